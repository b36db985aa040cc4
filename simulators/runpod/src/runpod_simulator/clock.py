"""The simulated time that every duration of the endpoint runs on; it can go faster than a watch."""

import asyncio
import time


class ScaledClock:
    """A monotonic clock whose seconds may be shorter than real ones.

    A scale of 0.01 makes thirty simulated minutes pass in eighteen real seconds.
    """

    def __init__(self, scale: float = 1.0) -> None:
        """Start at zero.

        Args:
            scale: Real seconds per simulated second, above zero.
        """
        self._scale = scale
        self._simulated_base = 0.0
        self._real_base = time.monotonic()
        self._rescaled = asyncio.Event()

    @property
    def scale(self) -> float:
        """Real seconds per simulated second."""
        return self._scale

    def now(self) -> float:
        """Return the simulated seconds since the clock was made."""
        return self._simulated_base + (time.monotonic() - self._real_base) / self._scale

    def rescale(self, scale: float) -> None:
        """Change the pace from now on; everyone who sleeps notices."""
        self._simulated_base = self.now()
        self._real_base = time.monotonic()
        self._scale = scale
        self._rescaled.set()
        self._rescaled = asyncio.Event()

    async def sleep_until(self, instant: float | None) -> None:
        """Sleep until a simulated instant, or for ever when it is None."""
        while instant is None or (left := instant - self.now()) > 0:
            rescaled = self._rescaled
            timeout = None if instant is None else left * self._scale
            try:
                await asyncio.wait_for(rescaled.wait(), timeout)
            except TimeoutError:
                continue

    async def sleep(self, seconds: float | None) -> None:
        """Sleep for simulated seconds, or for ever when they are None."""
        await self.sleep_until(None if seconds is None else self.now() + seconds)
