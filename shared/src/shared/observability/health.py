"""Health: named checks for readiness, heartbeats of background loops for liveness."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Check = Callable[[], Awaitable[bool]]

CHECK_TIMEOUT_SECONDS = 2.0


@dataclass(slots=True)
class Health:
    """What a process says of itself: ready when every check holds, live while its loops beat."""

    checks: dict[str, Check] = field(default_factory=dict)
    loop_silence_limit_seconds: float = 60.0
    _beats: dict[str, float] = field(default_factory=dict)
    starting: bool = False
    """Whether the service does not serve or consume yet, though its checks may hold."""
    draining: bool = False
    broken: str | None = None
    """Why this process has given itself up."""

    def beat(self, loop: str) -> None:
        """Note that a background loop has come round."""
        self._beats[loop] = time.monotonic()

    def silent_loops(self) -> list[str]:
        """Return the loops that have not come round for too long."""
        oldest = time.monotonic() - self.loop_silence_limit_seconds
        return [name for name, at in self._beats.items() if at < oldest]

    async def failing(self) -> list[str]:
        """Return the names of what keeps the process from being ready."""
        if self.draining:
            return ["draining"]
        checks = dict(self.checks)  # more may come while these are awaited
        held = await asyncio.gather(*map(_holds, checks.values()))
        failing = [name for name, ok in zip(checks, held, strict=True) if not ok]
        return ["starting"] * self.starting + failing + self.silent_loops()


async def _holds(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            return await check()
    except Exception:  # noqa: BLE001 - a check that breaks is a check that does not hold
        return False
