"""A listener's mailbox: bounded, so that a slow reader costs its own stream and no other."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final
from uuid import UUID

from gateway.stream.news import News

MAILBOX: Final = 64


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

    async def next(self, timeout_seconds: float) -> News | None:
        """Return the next news; None when there was none in time, or the mailbox is closed."""
        if not self._waiting and not self.closed:
            self._awake.clear()
            try:
                async with asyncio.timeout(timeout_seconds):
                    await self._awake.wait()
            except TimeoutError:
                return None
        return self._waiting.popleft() if self._waiting and not self.closed else None

    def close(self) -> None:
        """End it; safe to repeat."""
        if not self.closed:
            self.closed = True
            self._waiting.clear()
            self._awake.set()
            self._leave(self)

    def _make_room(self, news: News) -> bool:
        if news.is_progress:
            return False
        for waiting in self._waiting:
            if waiting.is_progress:
                self._waiting.remove(waiting)
                return True
        self.close()
        return False
