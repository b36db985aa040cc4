"""What a part of the run says: its claims, and whether the machine was quiet meanwhile."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.measures.cpu import cpu_seconds
from bench.measures.machine import Disturbance, MachineClock

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Claim:
    """A promise, what was measured, and whether it holds."""

    holds: bool
    promise: str
    figure: str


@dataclass(frozen=True, slots=True)
class Part:
    """What was found.

    Attributes:
        title: as shown to people.
        note: what helps to judge the figures.
        disturbance: what others took of the machine.
    """

    title: str
    claims: Sequence[Claim]
    note: str
    disturbance: Disturbance


@dataclass(slots=True)
class Watch:
    """What others take of the machine while something is measured, over several times.

    Attributes:
        machine: its clock.
        ours_seconds: the processor time of this process and all that it started.
    """

    machine: Callable[[], MachineClock] = MachineClock.now
    ours_seconds: Callable[[], float] = lambda: cpu_seconds(os.getpid())
    _working: int = 0
    _stolen: int = 0
    _total: int = 0
    _ours_seconds: float = field(default=0.0)

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Count the time within as measured."""
        before, ours = self.machine(), self.ours_seconds()
        yield
        after = self.machine()
        self._working += after.working - before.working
        self._stolen += after.stolen - before.stolen
        self._total += after.total - before.total
        self._ours_seconds += max(self.ours_seconds() - ours, 0)

    @property
    def disturbance(self) -> Disturbance:
        """Return it for all these times together."""
        spent = MachineClock(self._working, self._stolen, self._total)
        return Disturbance.between(MachineClock(0, 0, 0), spent, self._ours_seconds)
