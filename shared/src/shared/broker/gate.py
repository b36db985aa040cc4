"""While Postgres is away nothing can be handled: messages wait, in place of being tried in vain.

Each try in vain would bring a message nearer to its dead queue. So after a few errors in a row
the gate closes: what was delivered is held, the broker delivers no more than the prefetch, and
handlers go on when Postgres answers again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from faststream import BaseMiddleware, ContextRepo
from faststream.message import StreamMessage

from shared.errors import DatabaseUnavailable

ERRORS_IN_A_ROW: Final = 3
ASK_AGAIN_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Gate:
    """A FastStream middleware factory that lets messages through while Postgres is there.

    Args:
        database_answers: asks Postgres.
    """

    database_answers: Callable[[], Awaitable[bool]]
    _errors: int = 0
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._open.set()

    def __call__(self, message: Any | None, /, *, context: ContextRepo) -> "_AtTheGate":  # noqa: ANN401
        return _AtTheGate(message, context=context, gate=self)

    @property
    def closed(self) -> bool:
        """Whether messages are held."""
        return not self._open.is_set()

    def note(self, error: Exception | None) -> None:
        """Count what became of a handler; close after too many errors of the database."""
        if not isinstance(error, DatabaseUnavailable):
            self._errors = 0
            return
        self._errors += 1
        if self._errors >= ERRORS_IN_A_ROW and not self.closed:
            self._open.clear()
            _log.warning("consuming pauses", reason="database", errors=self._errors)

    async def wait(self) -> None:
        """Return when messages may pass."""
        await self._open.wait()

    async def watch(self) -> None:
        """Look after the gate once: open it if it is closed and Postgres answers."""
        if self.closed and await self.database_answers():
            self._errors = 0
            self._open.set()
            _log.info("consuming goes on")
        await asyncio.sleep(ASK_AGAIN_SECONDS)


class _AtTheGate(BaseMiddleware):
    def __init__(self, message: Any | None, /, *, context: ContextRepo, gate: Gate) -> None:  # noqa: ANN401
        super().__init__(message, context=context)
        self._gate = gate

    async def consume_scope(
        self,
        call_next: Callable[[StreamMessage[Any]], Awaitable[Any]],
        msg: StreamMessage[Any],
    ) -> Any:  # noqa: ANN401
        await self._gate.wait()
        try:
            result = await call_next(msg)
        except Exception as error:
            self._gate.note(error)
            raise
        self._gate.note(None)
        return result
