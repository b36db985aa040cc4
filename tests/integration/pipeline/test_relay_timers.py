"""The relay's own time limits follow TIME_SCALE, like every other of the pipeline."""

import asyncio
import time
from dataclasses import dataclass, field

import pytest

from pipeline.conftest import Pipeline
from shared.db.outbox import Outbox
from shared.domain.timers import Timers
from shared.outbox.relay import Relay

pytestmark = pytest.mark.asyncio

SCALE = 0.05


@dataclass
class Published:
    """Takes every event."""

    topics: list[str] = field(default_factory=list)

    async def publish(
        self, topic: str, body: bytes, *, message_id: str, correlation_id: str, mandatory: bool
    ) -> None:
        _ = body, message_id, correlation_id, mandatory
        self.topics.append(topic)


async def test_what_was_published_is_forgotten_with_the_next_look(pipeline: Pipeline) -> None:
    timers = Timers().scaled(SCALE)
    outbox, published, filled = Outbox(pipeline.database), Published(), asyncio.Event()
    relay = Relay(outbox, published, filled, timers)
    await pipeline.queued()
    await relay.step()
    assert len(await pipeline.database.rows("SELECT 1 FROM outbox")) == 1
    await pipeline.queued()
    await relay.step()
    assert published.topics == ["job.created"] * 2
    assert len(await pipeline.database.rows("SELECT 1 FROM outbox")) == 1
    await relay.step()
    assert await pipeline.database.rows("SELECT 1 FROM outbox") == []
    assert published.topics == ["job.created"] * 2


async def test_what_a_dead_relay_had_taken_is_carried_by_another(pipeline: Pipeline) -> None:
    timers = Timers().scaled(SCALE)
    outbox, published = Outbox(pipeline.database), Published()
    await pipeline.queued()
    began = time.monotonic()
    assert await outbox.lease(10, timers.outbox_lease)
    relay = Relay(outbox, published, asyncio.Event(), timers)
    while not published.topics:
        await relay.step()
    assert published.topics == ["job.created"]
    assert time.monotonic() - began > timers.outbox_lease * 0.8
