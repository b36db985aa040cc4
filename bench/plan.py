"""How much is measured, and about how long that takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.contenders.known import KNOWN

START_SECONDS = 20
"""For the servers, once."""

SHARE_SECONDS = 20
"""For what surrounds the slow phase of a share: starting, warming up, the burst, stopping."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run measures.

    Args:
        names: The contenders.
        rounds: How often each is measured.
        warm_up_jobs: Done first and not counted.
        slow_jobs: Arrive one by one, for the added latency.
        slow_per_second: At this rate.
        burst_jobs: Arrive all at once, for the throughput and the processor's time.
    """

    names: Sequence[str] = tuple(KNOWN)
    rounds: int = 3
    warm_up_jobs: int = 200
    slow_jobs: int = 240
    slow_per_second: float = 20
    burst_jobs: int = 1000

    def shares(self) -> Iterator[tuple[int, str]]:
        """Yield round and contender; each round begins with another contender."""
        for number in range(self.rounds):
            first = number % len(self.names)
            for name in (*self.names[first:], *self.names[:first]):
                yield number + 1, name

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out that a usual run has."""
        return self == Plan(rounds=self.rounds) and self.rounds >= Plan().rounds

    @property
    def share_seconds(self) -> float:
        """About how long one contender takes in one round."""
        return SHARE_SECONDS + self.slow_jobs / self.slow_per_second

    @property
    def seconds(self) -> float:
        """About how long the run takes."""
        return START_SECONDS + self.rounds * len(self.names) * self.share_seconds


def chosen(names: str) -> tuple[str, ...]:
    """Return the contenders that a comma-separated list names, all for an empty one.

    Raises:
        ValueError: There is none of that name.
    """
    wanted = tuple(name.strip() for name in names.split(",") if name.strip())
    unknown = [name for name in wanted if name not in KNOWN]
    if unknown:
        message = f"no contender {', '.join(unknown)}; there are {', '.join(KNOWN)}"
        raise ValueError(message)
    return wanted or tuple(KNOWN)
