"""Work that is finished once it is begun, whatever becomes of whoever began it.

A handler is cancelled when its broker connection breaks. What it has begun at RunPod must be
written down all the same: RunPod says only once that it took a job.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field

import structlog

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Errands:
    """Runs work in tasks of its own."""

    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, work: Coroutine[None, None, None]) -> None:
        """Wait for the work; when the waiting is cancelled, the work goes on."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        await asyncio.shield(task)

    async def finish(self) -> None:
        """Wait until nothing runs any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("errand failed", error=repr(error))
