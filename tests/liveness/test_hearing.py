"""When silence means that a consumer is dead, and when it does not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aio_pika
import pytest
import pytest_asyncio
from faststream.rabbit import RabbitBroker, RabbitRouter

from shared.broker.canary import (
    ENOUGH_WAITING,
    HANDLER_LIMIT_SECONDS,
    SPARE_CANARIES,
    Canaries,
    Ears,
    Hearing,
    queues_of,
)
from shared.broker.consuming import Outcome, create_broker, subscription
from shared.broker.gate import ERRORS_IN_A_ROW, Gate
from shared.broker.publisher import Publisher, QueueLook
from shared.broker.topology import declare_topology
from shared.contracts.events import JobCreated
from shared.domain.job import Stage
from shared.errors import BrokerUnavailable, DatabaseUnavailable
from shared.ids import new_id

QUEUE = "submitter.job-created"
LIMIT_SECONDS = 30.0


def trouble(hearing: Hearing, now: float, consumers: int = 1) -> str | None:
    return hearing.trouble(now, consumers=consumers, silence_limit_seconds=LIMIT_SECONDS)


def test_silence_with_canaries_in_vain_is_trouble() -> None:
    deaf = Hearing(heard_at=0, offered=1 + SPARE_CANARIES, offered_since=0)
    assert trouble(deaf, LIMIT_SECONDS) is None
    assert trouble(deaf, LIMIT_SECONDS + 1) is not None


def test_silence_without_confirmed_canaries_is_an_outage_of_the_broker() -> None:
    assert trouble(Hearing(heard_at=0, offered=SPARE_CANARIES), 10 * LIMIT_SECONDS) is None


@pytest.mark.parametrize("consumers", [1, 2, 8])
def test_a_living_consumer_is_served_before_so_many_canaries_are_in_vain(consumers: int) -> None:
    """The broker goes round: each of so many canaries goes to another consumer."""
    patient = Hearing(heard_at=0, offered=consumers + SPARE_CANARIES - 1)
    assert trouble(patient, 10 * LIMIT_SECONDS, consumers) is None
    patient.offered += 1
    assert trouble(patient, 10 * LIMIT_SECONDS, consumers) is not None


def test_the_time_of_an_outage_is_no_silence() -> None:
    hearing = Hearing(heard_at=0)
    for now in (10.0, 20.0):
        hearing.note_offered(now)
    hearing.note_outage()
    for now in (100.0, 101.0, 102.0, 100 + LIMIT_SECONDS):
        hearing.note_offered(now)
        assert trouble(hearing, now) is None
    assert trouble(hearing, 101 + LIMIT_SECONDS) is not None


def test_anything_heard_starts_the_count_again() -> None:
    hearing = Hearing(heard_at=0, offered=50)
    hearing.note_heard(100)
    assert trouble(hearing, 100 + LIMIT_SECONDS - 1) is None
    assert hearing.offered == 0


def test_who_works_is_not_deaf_until_the_work_takes_too_long() -> None:
    busy = Hearing(heard_at=0, offered=50, running={1: 10.0, 2: 60.0})
    assert trouble(busy, 10 + HANDLER_LIMIT_SECONDS) is None
    assert trouble(busy, 10 + HANDLER_LIMIT_SECONDS + 1) is not None


@dataclass
class FakeQueue:
    """A queue with other consumers, of which nothing is heard here."""

    look: QueueLook
    sent: int = 0

    async def look_at(self, queue: str) -> QueueLook:
        assert queue == QUEUE
        return self.look

    async def send_canary(self, queue: str) -> None:
        assert queue == QUEUE
        self.sent += 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("look", "sent"),
    [(QueueLook(1, 0), 5), (QueueLook(1, ENOUGH_WAITING), 0), (QueueLook(0, 0), 0)],
    ids=["short", "long", "nobody consumes"],
)
async def test_canaries_never_pile_up(look: QueueLook, sent: int) -> None:
    now = 0.0
    queue = FakeQueue(look)
    canaries = Canaries(Ears(lambda: now), queue, 10, LIMIT_SECONDS, lambda: now)
    for _ in range(4):
        assert await canaries.round([QUEUE]) is None
        now += 10
    assert await canaries.round([QUEUE]) is not None
    assert queue.sent == sent


@dataclass
class FlickeringQueue(FakeQueue):
    """A queue whose broker answers only now and then."""

    looks: int = 0

    async def look_at(self, queue: str) -> QueueLook:
        self.looks += 1
        if self.looks % 4 == 0:
            raise BrokerUnavailable
        return await super().look_at(queue)


@pytest.mark.asyncio
async def test_a_round_without_confirm_starts_the_count_again() -> None:
    now = 0.0
    canaries = Canaries(
        Ears(lambda: now), FlickeringQueue(QueueLook(1, 0)), 10, LIMIT_SECONDS, lambda: now
    )
    for _ in range(40):
        with contextlib.suppress(BrokerUnavailable):
            assert await canaries.round([QUEUE]) is None
        now += 10


@dataclass
class Worker:
    """A handler that fails as long as the test wants."""

    error: Exception | None = None
    heard: list[JobCreated] = field(default_factory=list)
    failed: int = 0

    async def on_job_created(self, event: JobCreated) -> None:
        if self.error is not None:
            self.failed += 1
            raise self.error
        self.heard.append(event)


class NoJobs:
    async def fail_job(self, job_id: object, code: str) -> None:
        message = f"{job_id} was failed with {code}"
        raise AssertionError(message)


@dataclass
class Rig:
    url: str
    publisher: Publisher
    worker: Worker
    ears: Ears
    gate: Gate
    broker: RabbitBroker
    database_is_there: bool = True

    async def ring(self) -> None:
        event = JobCreated.model_validate(
            {
                "event_id": new_id(),
                "occurred_at": "2026-01-01T00:00:00Z",
                "account_id": new_id(),
                "job_id": new_id(),
                "seq": 1,
                "stage": Stage.QUEUED,
            }
        )
        await self.publisher.publish(
            JobCreated.topic,
            event.model_dump_json().encode(),
            message_id=str(event.event_id),
            correlation_id=str(event.job_id),
            mandatory=True,
        )

    async def waiting_in(self, queue: str) -> int:
        return (await self.publisher.look_at(queue)).waiting


async def until(holds: object, seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not (callable(holds) and holds()):
            await asyncio.sleep(0.02)


@pytest_asyncio.fixture
async def rig(rabbitmq_url: str) -> AsyncIterator[Rig]:
    await declare_topology(rabbitmq_url, time_scale=0.02)
    worker, ears = Worker(), Ears()
    async with Publisher(rabbitmq_url) as publisher:
        router = RabbitRouter(
            handlers=[subscription(worker.on_job_created, JobCreated, prefetch=4)]
        )
        there: list[Rig] = []

        async def database_answers() -> bool:
            return there[0].database_is_there

        gate = Gate(database_answers)
        broker = create_broker(rabbitmq_url, router, ears, Outcome(publisher, NoJobs()), gate)
        await broker.start()
        try:
            there.append(Rig(rabbitmq_url, publisher, worker, ears, gate, broker))
            yield there[0]
        finally:
            await broker.stop()


@pytest.mark.asyncio
async def test_a_canary_is_heard_and_reaches_no_handler_and_no_other_queue(rig: Rig) -> None:
    canaries = Canaries(rig.ears, rig.publisher, 10, LIMIT_SECONDS)
    before = rig.ears.hearing(QUEUE).heard_at
    assert queues_of(rig.broker) == [QUEUE]
    assert await canaries.round(queues_of(rig.broker)) is None
    await until(lambda: rig.ears.hearing(QUEUE).heard_at > before)
    assert (rig.worker.heard, rig.worker.failed) == ([], 0)
    for queue in (QUEUE, f"{QUEUE}.wait.10s", f"{QUEUE}.dead"):
        assert await rig.waiting_in(queue) == 0


@pytest.mark.asyncio
async def test_a_canary_into_a_queue_that_is_gone_is_not_confirmed(rig: Rig) -> None:
    connection = await aio_pika.connect(rig.url)
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete("poller.job-submitted")
    canaries = Canaries(rig.ears, rig.publisher, 10, LIMIT_SECONDS)
    with pytest.raises(BrokerUnavailable):
        await canaries.round(["poller.job-submitted"])
    assert await canaries.round([QUEUE]) is None


@pytest.mark.asyncio
async def test_without_a_database_messages_are_held_and_not_tried_in_vain(rig: Rig) -> None:
    rig.worker.error, rig.database_is_there = DatabaseUnavailable(), False
    for _ in range(40):
        await rig.ring()
    await until(lambda: rig.gate.closed)
    await rig.gate.watch()
    assert rig.gate.closed
    # Those that ran when the gate closed rest in the wait queue for a moment; none dies.
    assert rig.worker.failed <= ERRORS_IN_A_ROW + 4
    rig.worker.error, rig.database_is_there = None, True
    await rig.gate.watch()
    await until(lambda: len(rig.worker.heard) == 40)
    assert await rig.waiting_in(f"{QUEUE}.dead") == 0


@pytest.mark.asyncio
async def test_other_errors_do_not_close_the_gate(rig: Rig) -> None:
    for error in (DatabaseUnavailable(), DatabaseUnavailable(), BrokerUnavailable()) * 5:
        rig.gate.note(error)
    assert not rig.gate.closed
