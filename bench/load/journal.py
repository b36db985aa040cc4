"""What people lived through: each wish from the first byte sent to the last one read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final

from bench.load.api import Job


class End(StrEnum):
    """How a wish ended for the person who had it."""

    DONE = "done"
    CANCELLED = "cancelled"
    """As they wanted it."""
    FAILED = "failed"
    REFUSED = "refused"
    BROKEN = "connection broken"
    LATE = "too late"
    """Nobody waits for ever."""


GOOD: Final = frozenset({End.DONE, End.CANCELLED})

UPLOAD: Final = "upload"
HEARD: Final = "heard"
DOWNLOAD: Final = "download"
STAGES: Final = (
    UPLOAD,
    *("queued", "sending", "warming", "generating", "saving"),
    HEARD,
    DOWNLOAD,
)
"""Where the time goes, in order: the answer to the form, the job's own stages, from its end to the
moment at which the person heard of it, and the fetching of the picture."""


@dataclass(slots=True)
class Errand:
    """One wish and what became of it; instants are seconds of the wall clock.

    Attributes:
        began_at: the first byte was sent.
        ended_at: the person knew how it ended.
        seconds: by stage, for those that it went through.
        come_backs: how often the person was asked to come back.
        streams: how often live events were opened.
        why: what went wrong.
    """

    began_at: float
    ended_at: float = 0.0
    end: End = End.LATE
    seconds: dict[str, float] = field(default_factory=dict)
    sent_bytes: int = 0
    come_backs: int = 0
    streams: int = 0
    why: str = ""

    @property
    def taken_seconds(self) -> float:
        """From asking to knowing."""
        return self.ended_at - self.began_at


@dataclass(slots=True)
class Journal:
    """All errands of a run."""

    errands: list[Errand] = field(default_factory=list)
    accounts: int = 0
    open_now: int = 0
    """Wishes that have begun and not ended."""

    @property
    def success_share(self) -> float:
        """Errands that ended as their person wanted, of all; 1 when there were none."""
        good = sum(errand.end in GOOD for errand in self.errands)
        return good / len(self.errands) if self.errands else 1.0

    def ends(self) -> Mapping[End, int]:
        """Return how many errands ended how."""
        return Counter(errand.end for errand in self.errands)

    def troubles(self) -> Sequence[tuple[str, int]]:
        """Return what went wrong, the most frequent first."""
        return Counter(errand.why for errand in self.errands if errand.why).most_common()

    def done(self) -> list[Errand]:
        """Return the errands that brought a picture."""
        return [errand for errand in self.errands if errand.end is End.DONE]

    def seconds_of(self, stage: str) -> list[float]:
        """Return how long each picture was in a stage, of those that were."""
        return [errand.seconds[stage] for errand in self.done() if stage in errand.seconds]


def stage_seconds(job: Job) -> dict[str, float]:
    """Return how long an ended job was in each of its stages."""
    entries = [(line["stage"], datetime.fromisoformat(line["at"])) for line in job["timeline"]]
    seconds: dict[str, float] = {}
    for (stage, began_at), (_, ended_at) in pairwise(entries):
        seconds[stage] = seconds.get(stage, 0.0) + (ended_at - began_at).total_seconds()
    return seconds


def finished_at(job: Job) -> float:
    """Return when a job ended by the server's clock, in seconds since 1970."""
    return datetime.fromisoformat(job["finished_at"]).timestamp()


def per_interval(
    instants: Sequence[float], began_at: float, seconds: float, interval_seconds: float
) -> Iterator[tuple[float, float]]:
    """Yield, for each interval of a run, its end in seconds and the rate of what fell into it."""
    count = max(round(seconds / interval_seconds), 1)
    found = Counter(int((instant - began_at) // interval_seconds) for instant in instants)
    for number in range(count):
        yield (number + 1) * interval_seconds, found[number] / interval_seconds
