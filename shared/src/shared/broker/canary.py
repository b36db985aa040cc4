"""Canaries: small messages through a process's own work queues, to see that it still hears.

A consumer can die without a word: behind a link that swallows everything, or when the broker
cancels it. Nothing in the process notices, for nothing is what it hears. So each worker puts a
canary into each of its work queues now and then. Whoever gets it drops it before any handler; but
a process that hears nothing at all, although the broker has confirmed more canaries than there
are consumers to share them, is deaf and must be restarted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from faststream import BaseMiddleware, ContextRepo
from faststream.exceptions import AckMessage
from faststream.message import StreamMessage
from faststream.rabbit import RabbitBroker
from faststream.rabbit.subscriber.usecase import RabbitSubscriber

from shared.broker.publisher import CANARY, QueueLook
from shared.broker.topology import work_queue_of
from shared.errors import BrokerUnavailable

ENOUGH_WAITING: Final = 50
"""With that much in the queue a canary would only wait behind it, and tell nothing more."""
SPARE_CANARIES: Final = 2
HANDLER_LIMIT_SECONDS: Final = 90.0
"""Nothing that a handler does takes this long; one that does hangs."""
SHORTEST_SILENCE_SECONDS: Final = 10.0
"""However the timers are scaled: a busy machine must not look like a deaf process."""


@dataclass(slots=True)
class Hearing:
    """What one consumer has heard, and how often something was there for it to hear."""

    heard_at: float
    offered: int = 0
    offered_since: float = 0.0
    running: dict[int, float] = field(default_factory=dict)

    def note_heard(self, now: float) -> None:
        """Note a delivery, or the end of a handler."""
        self.heard_at = now
        self.offered = 0

    def note_offered(self, now: float) -> None:
        """Note that the broker has, or would have, something for this consumer."""
        if not self.offered:
            self.offered_since = now
        self.offered += 1

    def note_outage(self) -> None:
        """Note that the broker did not answer: nobody can have heard anything."""
        self.offered = 0

    def trouble(self, now: float, *, consumers: int, silence_limit_seconds: float) -> str | None:
        """Say why this consumer must be taken for dead, if it must.

        Args:
            now: monotonic seconds.
            consumers: of all processes together; the broker serves them in turn, so of that many
                canaries in a row each living consumer that is not busy gets one.
            silence_limit_seconds: how long silence is nothing special.
        """
        if self.running:
            oldest = now - min(self.running.values())
            return f"a handler hangs for {oldest:.0f} s" if oldest > HANDLER_LIMIT_SECONDS else None
        in_vain = now - self.offered_since
        if self.offered >= consumers + SPARE_CANARIES and in_vain > silence_limit_seconds:
            silence = now - self.heard_at
            return f"nothing was heard for {silence:.0f} s, {self.offered} canaries in vain"
        return None


class Ears:
    """A FastStream middleware factory that notes every delivery and drops the canaries."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.hearings: dict[str, Hearing] = {}

    def __call__(self, message: Any | None, /, *, context: ContextRepo) -> "_Ear":  # noqa: ANN401
        return _Ear(message, context=context, ears=self)

    def hearing(self, queue: str) -> Hearing:
        """Return what the consumer of a queue has heard; new ones have just heard something."""
        return self.hearings.setdefault(queue, Hearing(self._clock()))

    @contextmanager
    def handling(self, queue: str, mark: int) -> Iterator[None]:
        """Note that a handler runs, and that it has ended."""
        hearing = self.hearing(queue)
        hearing.note_heard(self._clock())
        hearing.running[mark] = self._clock()
        try:
            yield
        finally:
            del hearing.running[mark]
            hearing.note_heard(self._clock())


class _Ear(BaseMiddleware):
    def __init__(self, message: Any | None, /, *, context: ContextRepo, ears: Ears) -> None:  # noqa: ANN401
        super().__init__(message, context=context)
        self._ears = ears

    async def consume_scope(
        self,
        call_next: Callable[[StreamMessage[Any]], Awaitable[Any]],
        msg: StreamMessage[Any],
    ) -> Any:  # noqa: ANN401
        raw = msg.raw_message
        with self._ears.handling(work_queue_of(raw.routing_key), id(self)):
            if raw.type == CANARY:
                raise AckMessage
            return await call_next(msg)


class CanaryPublisher(Protocol):
    """Looks at a queue, and puts a message into it."""

    async def look_at(self, queue: str) -> QueueLook: ...

    async def send_canary(self, queue: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Canaries:
    """Sends the canaries of one process and judges its consumers."""

    ears: Ears
    publisher: CanaryPublisher
    interval_seconds: float
    silence_limit_seconds: float
    clock: Callable[[], float] = time.monotonic

    async def round(self, queues: Iterable[str]) -> str | None:
        """Send a canary into each queue; return what is wrong with a consumer, if anything is.

        Raises:
            BrokerUnavailable: a canary was not confirmed, so silence means nothing.
        """
        try:
            looks = await asyncio.gather(*(self._offer(queue) for queue in queues))
        except BrokerUnavailable:
            for hearing in self.ears.hearings.values():
                hearing.note_outage()
            raise
        for queue, consumers in looks:
            trouble = self.ears.hearing(queue).trouble(
                self.clock(),
                consumers=consumers,
                silence_limit_seconds=max(self.silence_limit_seconds, SHORTEST_SILENCE_SECONDS),
            )
            if trouble is not None:
                return f"{queue}: {trouble}"
        return None

    async def _offer(self, queue: str) -> tuple[str, int]:
        hearing = self.ears.hearing(queue)
        seen = await self.publisher.look_at(queue)
        if seen.consumers and seen.waiting < ENOUGH_WAITING:
            await self.publisher.send_canary(queue)
        hearing.note_offered(self.clock())
        return queue, seen.consumers


def queues_of(broker: RabbitBroker) -> list[str]:
    """Return the names of the queues that a process consumes."""
    return [one.queue.name for one in broker.subscribers if isinstance(one, RabbitSubscriber)]
