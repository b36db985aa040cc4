"""Use case: empty the dead queues into rows, then explain each row or ring its job again.

First all is kept, then something is done about it, from the rows alone: whoever dies in between
leaves a row that the next round takes up.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog
from prometheus_client import Counter

from shared.db.dead_messages import DeadMessage
from shared.domain.dead_letter import (
    DELIVERY_LIMIT,
    MAX_REDRIVES,
    Cause,
    DeadLetter,
    DeadState,
    cause_of,
    why,
)
from shared.errors import CATALOGUE

BATCH = 100

_log = structlog.get_logger(__name__)


class DeadQueues(Protocol):
    """Hands over what lies in the dead queues."""

    async def read(self, keep: Callable[[DeadLetter], Awaitable[object]]) -> int: ...


class DeadMessages(Protocol):
    """The rows."""

    async def record(self, letter: DeadLetter) -> bool: ...

    async def unexplained(self, limit: int) -> list[DeadMessage]: ...

    async def explain(self, message_id: UUID, explanation: str, state: DeadState) -> bool: ...

    async def replay(self, message_id: UUID, explanation: str) -> DeadState | None: ...


class Jobs(Protocol):
    """Fails jobs."""

    async def fail_job(self, job_id: UUID, code: str) -> None: ...


@dataclass(frozen=True, slots=True)
class ReapDeadLetters:
    """Keeps, then decides; safe when several run at once.

    `found` counts the dead messages by the labels `queue` and `cause`.
    """

    queues: DeadQueues
    dead: DeadMessages
    jobs: Jobs
    found: Counter

    async def __call__(self) -> None:
        """Go round once.

        Raises:
            BrokerUnavailable: the dead queues could not be read; the rows are done next time.
            DatabaseUnavailable: as it says; nothing is lost.
        """
        await self._decide_all()
        if await self.queues.read(self._keep):
            await self._decide_all()

    async def _decide_all(self) -> None:
        while unexplained := await self.dead.unexplained(BATCH):
            for message in unexplained:
                await self._decide(message)

    async def _keep(self, letter: DeadLetter) -> None:
        if await self.dead.record(letter):
            self.found.labels(letter.queue, cause_of(letter.reason).value).inc()
            _log.error(
                "dead message",
                queue=letter.queue,
                reason=letter.reason,
                message_id=letter.message_id,
                job=str(letter.job_id),
            )

    async def _decide(self, message: DeadMessage) -> None:
        cause, said = cause_of(message.reason), why(message.reason, message.tries)
        if cause is Cause.UNREADABLE or message.job_id is None:
            said += " No job was changed by it: the sweeper rings whatever waits."
            await self.dead.explain(message.id, said, DeadState.OPEN)
        elif cause is Cause.REFUSED:
            code = message.reason if message.reason in CATALOGUE else "internal_error"
            await self.jobs.fail_job(message.job_id, code)
            said += " Its job was failed, unless it had ended before."
            await self.dead.explain(message.id, said, DeadState.SETTLED)
        elif message.reason == DELIVERY_LIMIT and message.redrives >= MAX_REDRIVES:
            await self.jobs.fail_job(message.job_id, "internal_error")
            said += f" Its job had been rung again {message.redrives} times and was failed."
            await self.dead.explain(message.id, said, DeadState.SETTLED)
        else:
            await self.dead.replay(message.id, said)
