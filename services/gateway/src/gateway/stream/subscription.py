"""A listener's mailbox: bounded, so that a slow reader costs its own stream and no other."""

import asyncio
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Final
from uuid import UUID

from gateway.stream.news import News

MAILBOX: Final = 64


class Beat(Enum):
    """Nothing has happened, but time has passed."""

    BEAT = "beat"


BEAT: Final = Beat.BEAT


class Subscription:
    """News for one listener; `job_id` None means everything of the account."""

    def __init__(
        self,
        account_id: UUID,
        job_id: UUID | None,
        leave: Callable[["Subscription"], None],
        *,
        size: int = MAILBOX,
    ) -> None:
        self.account_id = account_id
        self.job_id = job_id
        self.closed = False
        self._leave = leave
        self._size = size
        self._waiting: deque[News] = deque()
        self._beat_is_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._awake = asyncio.Event()

    def offer(self, news: News) -> None:
        """Put news into the mailbox.

        When it is full, progress is dropped first; when there is none, the stream is closed and
        its reader comes back and is told what it missed.
        """
        if self.closed:
            return
        if len(self._waiting) >= self._size and not self._make_room(news):
            return
        self._waiting.append(news)
        self._awake.set()

    def beat_every(self, seconds: float) -> None:
        """Let `next` return a beat so often; beats that nobody takes are one.

        A timer that calls back costs half of one that interrupts whoever waits (measured).
        """
        if not self.closed:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._beat, seconds)

    async def next(self) -> News | Beat | None:
        """Return the beat that is due or else the next news; None when the mailbox is closed."""
        if not (self._waiting or self._beat_is_due or self.closed):
            self._awake.clear()
            await self._awake.wait()
        if self.closed:
            return None
        if self._beat_is_due:
            self._beat_is_due = False
            return BEAT
        return self._waiting.popleft()

    def close(self) -> None:
        """End it; safe to repeat."""
        if not self.closed:
            self.closed = True
            if self._timer is not None:
                self._timer.cancel()
            self._waiting.clear()
            self._awake.set()
            self._leave(self)

    def _beat(self, seconds: float) -> None:
        self._beat_is_due = True
        self._awake.set()
        self.beat_every(seconds)

    def _make_room(self, news: News) -> bool:
        if news.is_progress:
            return False
        for waiting in self._waiting:
            if waiting.is_progress:
                self._waiting.remove(waiting)
                return True
        self.close()
        return False
