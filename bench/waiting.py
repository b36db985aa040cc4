"""Waiting for a number that grows."""

import time
from collections.abc import Callable

from bench.contenders.contender import ContenderFailed


def wait_for_more(
    count: Callable[[], int],
    wanted: int,
    log_tail: Callable[[], str],
    *,
    stalled_seconds: float,
    look_seconds: float,
) -> None:
    """Wait until there are so many, as long as some are added now and then.

    Raises:
        ContenderFailed: none was for ``stalled_seconds``; with the end of the logs.
    """
    seen, looked_at = -1, time.monotonic()
    while (now_seen := count()) < wanted:
        if now_seen != seen:
            seen, looked_at = now_seen, time.monotonic()
        elif time.monotonic() > looked_at + stalled_seconds:
            message = f"{seen} of {wanted} jobs, and no more for {stalled_seconds:.0f} s"
            raise ContenderFailed(message, log_tail())
        time.sleep(look_seconds)
