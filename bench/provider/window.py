"""How many requests came at the busiest, as RunPod counts them."""

from collections import deque
from typing import Final

WINDOW_SECONDS: Final = 10.0
"""Source: RunPod docs, send-requests: requests in 10 s."""


class Window:
    """Counts the most requests within any ten seconds."""

    def __init__(self) -> None:
        self._came_at: deque[float] = deque()
        self.most = 0

    def note(self, now: float) -> None:
        """Count a request that comes now, in seconds that never go back."""
        self._came_at.append(now)
        while self._came_at[0] <= now - WINDOW_SECONDS:
            self._came_at.popleft()
        self.most = max(self.most, len(self._came_at))
