"""Dead messages on the real broker: kept as rows, explained, or rung again from the database."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
import pytest
import pytest_asyncio
from faststream.rabbit import RabbitRouter
from prometheus_client import CollectorRegistry, Counter

from pipeline.conftest import Pipeline
from poller.reap_dead_letters import ReapDeadLetters
from shared.broker.consuming import Outcome, create_broker, subscription
from shared.broker.dead_letters import DeadLetters
from shared.broker.publisher import Publisher
from shared.broker.topology import DELIVERY_LIMIT, declare_topology
from shared.contracts.events import JobCreated
from shared.db.dead_messages import DeadMessages
from shared.db.outbox import Outbox
from shared.domain.dead_letter import MAX_REDRIVES, DeadLetter, DeadState
from shared.errors import BrokerUnavailable, DatabaseUnavailable, PermanentError
from shared.ids import new_id
from shared.outbox.relay import Relay

pytestmark = pytest.mark.asyncio

QUEUE = "submitter.job-created"
DEAD = f"{QUEUE}.dead"


@dataclass
class Rig:
    """The reaper over a database and a virtual host of their own."""

    pipeline: Pipeline
    url: str
    queues: DeadLetters
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.dead = DeadMessages(self.pipeline.database)
        found = Counter("found", "-", ("queue", "cause"), registry=self.registry)
        self.reap = ReapDeadLetters(self.queues, self.dead, self.pipeline.ending, found)

    async def put(
        self,
        queue: str,
        body: bytes,
        headers: dict[str, Any] | None = None,
        *,
        message_id: str | None = None,
    ) -> None:
        async with await aio_pika.connect(self.url) as connection:
            channel = await connection.channel()
            message = aio_pika.Message(body, headers=headers, message_id=message_id)
            await channel.default_exchange.publish(message, queue)

    async def in_vain(self, job_id: UUID) -> None:
        """Let a doorbell of the job come back to the broker until the broker has enough."""
        await self.put(
            QUEUE, json.dumps({"job_id": str(job_id)}).encode(), message_id=str(new_id())
        )
        async with await aio_pika.connect(self.url) as connection:
            channel = await connection.channel()
            queue = await channel.get_queue(QUEUE, ensure=False)
            for _ in range(DELIVERY_LIMIT + 1):
                message = await queue.get(timeout=5)
                assert message is not None
                await message.reject(requeue=True)
        await self.until_dead()

    async def until_dead(self, count: int = 1) -> None:
        async with await aio_pika.connect(self.url) as connection, asyncio.timeout(20):
            channel = await connection.channel()
            while True:
                queue = await channel.declare_queue(DEAD, passive=True)
                if queue.declaration_result.message_count == count:
                    return
                await asyncio.sleep(0.05)

    async def rows(self) -> list[asyncpg.Record]:
        return await self.pipeline.database.rows("SELECT * FROM dead_messages ORDER BY id")

    async def row(self) -> asyncpg.Record:
        (row,) = await self.rows()
        return row

    def found(self, cause: str) -> float | None:
        return self.registry.get_sample_value("found_total", {"queue": QUEUE, "cause": cause})


@pytest_asyncio.fixture
async def rig(rabbitmq_url: str, pipeline: Pipeline) -> AsyncIterator[Rig]:
    await declare_topology(rabbitmq_url, time_scale=0.02)
    async with DeadLetters(rabbitmq_url, time_scale=0.02) as queues:
        yield Rig(pipeline, rabbitmq_url, queues)


@asynccontextmanager
async def refusing_worker(rig: Rig) -> AsyncIterator[Relay]:
    """Run a worker whose handler refuses everything; yields the relay that feeds it."""

    async def refuse(event: JobCreated) -> None:
        raise PermanentError("object_missing", job=str(event.job_id))

    async with Publisher(rig.url) as publisher:
        router = RabbitRouter(handlers=[subscription(refuse, JobCreated, prefetch=1)])
        broker = create_broker(rig.url, router, Outcome(publisher, rig.pipeline.ending))
        await broker.start()
        try:
            yield Relay(Outbox(rig.pipeline.database), publisher, asyncio.Event())
        finally:
            await broker.stop()


async def test_what_a_handler_refused_is_a_row_that_says_so(rig: Rig) -> None:
    job_id = await rig.pipeline.queued()
    async with refusing_worker(rig) as relay:
        await relay.drain()
        await rig.until_dead()
    await rig.reap()
    row = await rig.row()
    assert (row["queue"], row["topic"], row["job_id"]) == (QUEUE, "job.created", job_id)
    assert (row["reason"], row["tries"], row["state"]) == ("object_missing", 1, "settled")
    assert "its job was failed" in row["explanation"].lower()
    assert row["died_at"] is not None
    assert json.loads(row["body"])["job_id"] == str(job_id)
    assert (await rig.pipeline.job(job_id))["error_code"] == "object_missing"
    assert rig.found("refused") == 1


async def test_an_innocent_of_the_delivery_limit_is_rung_again_from_the_tables(rig: Rig) -> None:
    job_id = await rig.pipeline.queued()
    await rig.in_vain(job_id)
    await rig.reap()
    row = await rig.row()
    assert (row["reason"], row["state"]) == ("delivery_limit", "replayed")
    assert "Rung again: job.created." in row["explanation"]
    assert await rig.pipeline.topics(job_id) == ["job.created", "job.created"]
    deaths = json.loads(row["deaths"])
    assert (deaths[0]["reason"], deaths[0]["queue"]) == ("delivery_limit", QUEUE)


async def test_a_job_whose_messages_end_every_process_fails_at_last(rig: Rig) -> None:
    job_id = await rig.pipeline.queued()
    for _ in range(MAX_REDRIVES):
        await rig.in_vain(job_id)
        await rig.reap()
        assert (await rig.pipeline.job(job_id))["state"] == "queued"
    await rig.in_vain(job_id)
    await rig.reap()
    job = await rig.pipeline.job(job_id)
    assert (job["state"], job["error_code"]) == ("failed", "internal_error")
    assert await rig.pipeline.credits_of(job_id) == (100, 0)
    states = [row["state"] for row in await rig.rows()]
    assert states == ["replayed"] * MAX_REDRIVES + ["settled"]


async def test_a_doorbell_of_an_ended_job_is_settled_and_rings_nothing(rig: Rig) -> None:
    job_id = await rig.pipeline.done()
    rung = await rig.pipeline.topics(job_id)
    await rig.in_vain(job_id)
    await rig.reap()
    row = await rig.row()
    assert row["state"] == "settled"
    assert "No job waits for it" in row["explanation"]
    assert await rig.pipeline.topics(job_id) == rung


STRANGE: dict[str, tuple[bytes, dict[str, Any]]] = {
    "empty": (b"", {}),
    "NUL": (b"a\0b", {"x-reason": "a\0b"}),
    "no text": (b"\xff\xfe", {}),
    "large": (b"x" * 10_000_000, {}),
    "no such job": (json.dumps({"job_id": str(new_id())}).encode(), {"x-reason": "rejected"}),
    "deaths that are none": (b"{}", {"x-death": "yes"}),
    "deaths of a stranger": (
        b"{}",
        {"x-death": [{"reason": 7.5, "time": 7, "x": ["\0"]}]},
    ),
    "more deaths than are kept": (b"{}", {"x-death": [{"reason": "rejected"}] * 50}),
    "tries of a stranger": (b"{}", {"x-tries": 2**60}),
    "reason of a stranger": (b"{}", {"x-reason": ["a", {"b": 1}] * 500}),
}


@pytest.mark.parametrize("kind", STRANGE)
async def test_whatever_lies_in_a_dead_queue_becomes_a_row(rig: Rig, kind: str) -> None:
    body, headers = STRANGE[kind]
    await rig.put(DEAD, body, headers, message_id="\0" if kind == "NUL" else None)
    await rig.until_dead()
    await rig.reap()
    row = await rig.row()
    assert row["reason"]
    assert row["explanation"]
    assert row["body_bytes"] == len(body)
    assert len(row["body"]) <= 4096
    await rig.until_dead(0)


async def test_junk_stays_open_with_an_explanation_and_each_piece_is_a_row(rig: Rig) -> None:
    for number in range(20):
        headers = {"x-reason": "event_unreadable", "x-tries": 1}
        await rig.put(DEAD, b"junk", headers, message_id=str(number))
    await rig.until_dead(20)
    await rig.reap()
    rows = await rig.rows()
    assert [row["reason"] for row in rows] == ["event_unreadable"] * 20
    assert {row["state"] for row in rows} == {"open"}
    assert all("no event" in row["explanation"] for row in rows)
    assert rig.found("unreadable") == 20


async def test_a_reader_that_dies_before_it_drops_a_message_leaves_one_row(rig: Rig) -> None:
    await rig.put(DEAD, b"junk", {"x-reason": "event_unreadable"}, message_id="1")
    await rig.until_dead()

    async def keep_and_die(letter: DeadLetter) -> None:
        await rig.dead.record(letter)
        raise DatabaseUnavailable

    with pytest.raises(DatabaseUnavailable):
        await rig.queues.read(keep_and_die)
    await rig.until_dead()
    await rig.reap()
    await rig.until_dead(0)
    assert len(await rig.rows()) == 1


async def test_a_canary_is_no_dead_message(rig: Rig) -> None:
    async with Publisher(rig.url) as publisher:
        await publisher.send_canary(DEAD)
    await rig.until_dead()
    await rig.reap()
    await rig.until_dead(0)
    assert await rig.rows() == []


async def test_two_readers_share_the_messages(rig: Rig) -> None:
    for number in range(30):
        await rig.put(DEAD, b"junk", message_id=str(number))
    await rig.until_dead(30)
    async with DeadLetters(rig.url) as other:
        first, second = await asyncio.gather(
            rig.queues.read(rig.dead.record), other.read(rig.dead.record)
        )
    assert first + second == 30
    assert len(await rig.rows()) == 30


async def test_poison_without_a_dead_queue_to_go_to_is_not_lost(rig: Rig) -> None:
    jobs = [await rig.pipeline.queued() for _ in range(10)]
    async with await aio_pika.connect(rig.url) as connection:
        channel = await connection.channel()
        await channel.queue_delete(DEAD)

    async def all_failed_and_kept() -> bool:
        states = [(await rig.pipeline.job(job_id))["state"] for job_id in jobs]
        kept = {row["job_id"] for row in await rig.rows()}
        return set(states) == {"failed"} and kept == set(jobs)

    async with refusing_worker(rig) as relay, asyncio.timeout(90):
        await relay.drain()
        with pytest.raises(BrokerUnavailable):
            await rig.reap()
        while not await all_failed_and_kept():
            # The broker tries a lost target again after three minutes; the sweeper is quicker.
            await rig.pipeline.database.rows(
                "UPDATE jobs SET next_ring_at = now() WHERE finished_at IS NULL"
            )
            await rig.pipeline.sweeping.repair()
            await relay.drain()
            await rig.reap()
            await asyncio.sleep(0.1)


async def test_a_dead_queue_that_is_gone_is_declared_again(rig: Rig) -> None:
    async with await aio_pika.connect(rig.url) as connection:
        channel = await connection.channel()
        await channel.queue_delete(DEAD)
    with pytest.raises(BrokerUnavailable):
        await rig.reap()
    await rig.reap()
    await rig.until_dead(0)


async def test_without_a_broker_the_rows_are_still_decided(pipeline: Pipeline) -> None:
    async with DeadLetters("amqp://nobody:nothing@127.0.0.1:9/") as queues:
        rig = Rig(pipeline, "", queues)
        await rig.dead.record(a_letter(None, reason="event_unreadable"))
        with pytest.raises(BrokerUnavailable):
            await rig.reap()
    assert (await rig.row())["explanation"]


def a_letter(job_id: UUID | None, *, reason: str = "rejected") -> DeadLetter:
    return DeadLetter(
        queue=QUEUE,
        fingerprint=new_id().bytes,
        message_id=None,
        topic="job.created",
        job_id=job_id,
        body="",
        body_bytes=0,
        reason=reason,
        tries=1,
        deaths="[]",
        died_at=None,
    )


async def replayed(pipeline: Pipeline, job_id: UUID) -> tuple[DeadState | None, list[str]]:
    """Replay a dead message of a job; return the row's state and what was rung."""
    dead = DeadMessages(pipeline.database)
    await dead.record(a_letter(job_id))
    (message,) = await dead.unexplained(1)
    before = await pipeline.topics(job_id)
    state = await dead.replay(message.id, "It died.")
    assert await dead.replay(message.id, "Again.") is None
    after = await pipeline.topics(job_id)
    assert sorted(message.needs) == sorted(after[len(before) :])
    return state, after[len(before) :]


@pytest.mark.parametrize(
    ("start", "rings"),
    [
        ("queued", ["job.created"]),
        ("claimed", ["job.created"]),
        ("posting", []),
        ("running", ["attempt.poll_requested"]),
        ("storing_job", ["job.completed"]),
        ("done", []),
    ],
)
async def test_a_replay_rings_for_what_the_job_needs_now(
    pipeline: Pipeline, start: str, rings: list[str]
) -> None:
    reached = await getattr(pipeline, start)()
    job_id = reached if isinstance(reached, UUID) else reached.job_id
    state, rung = await replayed(pipeline, job_id)
    assert rung == rings
    assert state is (DeadState.REPLAYED if rings else DeadState.SETTLED)


async def test_a_replay_makes_a_running_attempt_due(pipeline: Pipeline) -> None:
    attempt = await pipeline.running()
    await pipeline.following.poll_later(attempt.attempt_id, 60)
    await pipeline.following.claim_due(10)
    assert await pipeline.following.claim_due(10) == []
    await replayed(pipeline, attempt.job_id)
    assert [due.attempt_id for due in await pipeline.following.claim_due(10)] == [
        attempt.attempt_id
    ]


async def test_a_replay_stops_what_nobody_wants_and_removes_what_was_deleted(
    pipeline: Pipeline,
) -> None:
    unwanted = await pipeline.running()
    await pipeline.ending.fail_job(unwanted.job_id, "deadline")
    _, rung = await replayed(pipeline, unwanted.job_id)
    assert sorted(rung) == ["attempt.poll_requested", "job.cancel_requested"]
    deleted = await pipeline.done()
    await pipeline.age("UPDATE jobs SET deleted_at = now() WHERE id = $1", deleted)
    _, rung = await replayed(pipeline, deleted)
    assert rung == ["job.delete_requested"]
