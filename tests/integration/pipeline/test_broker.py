"""The real broker: events whose handler fails, and the outbox when the broker is away."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aio_pika
import pytest
import pytest_asyncio
from faststream.rabbit import RabbitRouter

from pipeline.conftest import Pipeline
from shared.broker.consuming import Outcome, create_broker, subscription
from shared.broker.publisher import Publisher
from shared.broker.topology import declare_topology
from shared.contracts.events import JobCreated
from shared.db.outbox import Outbox
from shared.domain.job import Stage
from shared.errors import BrokerUnavailable, PermanentError, RunPodUnavailable
from shared.ids import new_id
from shared.outbox.relay import Relay

pytestmark = pytest.mark.asyncio

QUEUE = "submitter.job-created"
QUICK = 0.02


@dataclass
class Ended:
    """Remembers which jobs were failed."""

    jobs: list[tuple[UUID, str]] = field(default_factory=list)

    async def fail_job(self, job_id: UUID, code: str) -> None:
        self.jobs.append((job_id, code))


@dataclass
class Worker:
    """A worker whose handler does what the test says, try by try."""

    outcomes: list[Exception | None]
    heard: list[JobCreated] = field(default_factory=list)

    async def on_job_created(self, event: JobCreated) -> None:
        self.heard.append(event)
        outcome = self.outcomes[min(len(self.heard), len(self.outcomes)) - 1]
        if outcome is not None:
            raise outcome


@dataclass
class Rig:
    """A publisher and a started worker on a virtual host of their own."""

    url: str
    publisher: Publisher
    worker: Worker
    ended: Ended

    async def ring(self, body: bytes | None = None) -> JobCreated:
        event = an_event()
        await self.publisher.publish(
            JobCreated.topic,
            event.model_dump_json().encode() if body is None else body,
            message_id=str(event.event_id),
            correlation_id=str(event.job_id),
            mandatory=True,
        )
        return event

    async def dead(self, count: int = 1) -> list[aio_pika.abc.AbstractIncomingMessage]:
        """Wait for so many dead messages and take them."""
        found: list[aio_pika.abc.AbstractIncomingMessage] = []
        async with asyncio.timeout(20):
            while len(found) < count:
                found += await self.waiting(f"{QUEUE}.dead")
                await asyncio.sleep(0.05)
        return found

    async def waiting(self, queue: str) -> list[aio_pika.abc.AbstractIncomingMessage]:
        """Take every message out of a queue."""
        connection = await aio_pika.connect(self.url)
        async with connection:
            channel = await connection.channel()
            source = await channel.get_queue(queue)
            found = []
            while (message := await source.get(no_ack=True, fail=False)) is not None:
                found.append(message)
            return found


def an_event() -> JobCreated:
    return JobCreated.model_validate(
        {
            "event_id": new_id(),
            "occurred_at": "2026-01-01T00:00:00Z",
            "account_id": new_id(),
            "job_id": new_id(),
            "seq": 1,
            "stage": Stage.QUEUED,
        }
    )


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


@pytest.fixture
def outcomes() -> list[Exception | None]:
    return [None]


@pytest_asyncio.fixture
async def rig(rabbitmq_url: str, outcomes: list[Exception | None]) -> AsyncIterator[Rig]:
    await declare_topology(rabbitmq_url, time_scale=QUICK)
    worker, ended = Worker(outcomes), Ended()
    async with Publisher(rabbitmq_url) as publisher:
        router = RabbitRouter(
            handlers=[subscription(worker.on_job_created, JobCreated, prefetch=4)]
        )
        broker = create_broker(rabbitmq_url, router, Outcome(publisher, ended))
        await broker.start()
        try:
            yield Rig(rabbitmq_url, publisher, worker, ended)
        finally:
            await broker.stop()


async def test_an_event_is_heard_once(rig: Rig) -> None:
    event = await rig.ring()
    await until(lambda: bool(rig.worker.heard))
    await asyncio.sleep(0.1)
    assert rig.worker.heard == [event]


@pytest.mark.parametrize("outcomes", [[RunPodUnavailable(), RunPodUnavailable(), None]])
async def test_a_transient_error_rests_in_a_wait_queue_and_comes_back(rig: Rig) -> None:
    event = await rig.ring()
    await until(lambda: len(rig.worker.heard) == 3)
    assert rig.worker.heard == [event] * 3
    assert rig.ended.jobs == []
    assert await rig.waiting(f"{QUEUE}.dead") == []


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([PermanentError("object_missing")], "object_missing"),
        ([ZeroDivisionError()], "internal_error"),
    ],
)
async def test_what_cannot_be_handled_is_kept_dead_and_its_job_fails(rig: Rig, code: str) -> None:
    event = await rig.ring()
    await until(lambda: bool(rig.ended.jobs))
    assert rig.ended.jobs == [(event.job_id, code)]
    (dead,) = await rig.waiting(f"{QUEUE}.dead")
    assert dead.headers["x-reason"] == code
    assert JobCreated.model_validate_json(dead.body) == event
    assert len(rig.worker.heard) == 1


async def put(
    url: str, body: bytes, headers: dict[str, Any] | None = None, content_type: str | None = None
) -> None:
    """Put a message of a stranger into the work queue."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        message = aio_pika.Message(body, headers=headers, content_type=content_type)
        await channel.default_exchange.publish(message, QUEUE)


JUNK = {
    "no JSON": b"junk",
    "not even text": b"\xff\xfe\x00",
    "empty": b"",
    "another type": b"[1, 2, 3]",
    "a number": b"7",
    "nothing": b"null",
    "no fields": b"{}",
    "a job that is no id": b'{"job_id": "no"}',
    "too deep": b"[" * 4000,
    "too large": b'{"padding": "' + b"x" * 10_000_000 + b'"}',
}


@pytest.mark.parametrize("kind", JUNK)
async def test_an_unreadable_event_is_kept_dead_with_a_reason_and_stops_nothing(
    rig: Rig, kind: str
) -> None:
    await put(rig.url, JUNK[kind])
    event = await rig.ring()
    await until(lambda: rig.worker.heard == [event])
    (dead,) = await rig.dead()
    assert dead.body == JUNK[kind]
    assert dead.headers["x-reason"] == "event_unreadable"
    assert dead.message_id is not None
    assert rig.ended.jobs == []


@pytest.mark.parametrize(
    "change", [{"schema_version": 2}, {"seq": "many"}, {"stage": "resting"}, {"event_id": None}]
)
async def test_an_event_of_another_schema_leaves_its_job_alone(
    rig: Rig, change: dict[str, Any]
) -> None:
    event = an_event()
    await put(rig.url, json.dumps(event.model_dump(mode="json") | change).encode())
    (dead,) = await rig.dead()
    assert dead.headers["x-reason"] == "event_unreadable"
    assert rig.ended.jobs == []
    assert rig.worker.heard == []


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "application/json; charset=latin-1", "image/png", "?"]
)
async def test_the_content_type_decides_nothing(rig: Rig, content_type: str | None) -> None:
    event = an_event()
    await put(rig.url, event.model_dump_json().encode(), content_type=content_type)
    await until(lambda: rig.worker.heard == [event])


@pytest.mark.parametrize("outcomes", [[PermanentError("object_missing")]])
@pytest.mark.parametrize("tries", ["many", -3, True, [1], {"a": 1}, 2**40])
async def test_strange_headers_change_nothing(rig: Rig, tries: object) -> None:
    event = an_event()
    await put(rig.url, event.model_dump_json().encode(), headers={"x-tries": tries})
    (dead,) = await rig.dead()
    assert dead.headers["x-reason"] == "object_missing"
    assert rig.ended.jobs == [(event.job_id, "object_missing")]


async def test_200_junk_messages_are_each_read_once(rig: Rig) -> None:
    bodies = [body for body in JUNK.values() if len(body) < 10_000]
    for number in range(200):
        await put(rig.url, bodies[number % len(bodies)])
    event = await rig.ring()
    await until(lambda: rig.worker.heard == [event], seconds=30)
    dead = await rig.dead(200)
    assert [message.headers["x-tries"] for message in dead] == [1] * 200
    assert len({message.message_id for message in dead}) == 200
    assert await rig.waiting(QUEUE) == []


async def test_an_event_that_must_arrive_and_has_no_queue_is_an_error(rig: Rig) -> None:
    with pytest.raises(BrokerUnavailable):
        await rig.publisher.publish(
            "nobody.listens", b"{}", message_id="1", correlation_id="1", mandatory=True
        )


async def test_the_relay_carries_the_outbox_to_the_worker(rig: Rig, pipeline: Pipeline) -> None:
    relay = Relay(Outbox(pipeline.database), rig.publisher, pipeline.database.outbox_filled)
    jobs = [await pipeline.queued() for _ in range(5)]
    assert await relay.drain() == 5
    await until(lambda: len(rig.worker.heard) == 5)
    assert sorted(event.job_id for event in rig.worker.heard) == sorted(jobs)
    assert await pipeline.database.rows("SELECT 1 FROM outbox") == []


async def test_many_relays_publish_each_row_once(rig: Rig, pipeline: Pipeline) -> None:
    for _ in range(30):
        await pipeline.queued()
    relays = [Relay(Outbox(pipeline.database), rig.publisher, asyncio.Event()) for _ in range(5)]
    assert sum(await asyncio.gather(*(relay.drain() for relay in relays))) == 30
    await until(lambda: len(rig.worker.heard) == 30)
    assert len({event.event_id for event in rig.worker.heard}) == 30


async def test_without_a_broker_the_outbox_keeps_everything(pipeline: Pipeline) -> None:
    job_id = await pipeline.queued()
    publisher = Publisher("amqp://nobody:nothing@127.0.0.1:9/")
    relay = Relay(Outbox(pipeline.database), publisher, asyncio.Event())
    with pytest.raises(BrokerUnavailable):
        await relay.drain()
    assert await pipeline.topics(job_id) == ["job.created"]
