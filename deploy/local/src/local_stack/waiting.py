"""Waits for a condition; never a fixed sleep."""

import time
from collections.abc import Callable

POLL_SECONDS = 0.05


def holds_within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Tell whether the condition comes true within that many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
