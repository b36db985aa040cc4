"""Turns at a few places; whoever would wait too long is told so at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from shared.errors import TransientError

_FIRST_GUESS_SECONDS: Final = 0.2
_WEIGHT_OF_LATEST: Final = 0.1


class Line:
    """Lets a few in at a time, in the order of their coming.

    Args:
        places: how many are in at a time.
        patience_seconds: the longest that anybody waits.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        places: int,
        patience_seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = places
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._free = asyncio.Semaphore(places)
        self._waiting = 0
        self._usual_seconds = _FIRST_GUESS_SECONDS

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a place and keep it for as long as the context.

        Raises:
            TransientError: the wait would be longer than anybody's patience, as far as the latest
                turns tell, or has become so; ``retry_after_seconds`` is how long the line takes.
        """
        expected_seconds = self._waiting * self._usual_seconds / self._places
        if expected_seconds > self._patience_seconds:
            raise TransientError(retry_after_seconds=expected_seconds)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise TransientError(retry_after_seconds=self._patience_seconds) from None
        finally:
            self._waiting -= 1
        began = self._clock()
        try:
            yield
        finally:
            took = self._clock() - began
            self._usual_seconds += _WEIGHT_OF_LATEST * (took - self._usual_seconds)
            self._free.release()
