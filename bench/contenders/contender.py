"""What a stack must do to be compared; a new one is a class like this and a line in `known`."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from bench.site import Site

INTAKE: Final = "intake"
"""The part that hands jobs in; all other parts of a stack are its own."""


class Need(StrEnum):
    """Servers that a stack stands on; its share of the others' time is not counted."""

    BROKER = "broker"
    POSTGRES = "postgres"


class ContenderFailed(Exception):
    """A contender did not start, or did not finish its jobs.

    Args:
        message: What it did not do.
        details: The end of its logs.
    """

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class Contender(Protocol):
    """One stack in one round.

    Jobs are numbers. The bench calls `start`, then `prepare`, `hand_in` and `finished` for some
    ranges of them, and `stop` in any case.
    """

    name: str
    needs: frozenset[Need]

    def start(self, site: Site, folder: Path) -> None:
        """Start all processes on an empty site; back when they take jobs.

        The folder is this share's own. Pid files go below `folder/run`, as those of
        `local_stack.processes` do, so that a later run can end what this one could not.

        Raises:
            ContenderFailed: They do not come up.
        """

    def parts(self) -> Mapping[str, Sequence[int]]:
        """Return the ids of its own processes by part; children are counted with their parents."""

    def prepare(self, jobs: range) -> None:
        """Do beforehand what is not to be measured."""

    def hand_in(self, jobs: range, per_second: float | None) -> Mapping[int, float]:
        """Hand jobs in, at a rate or as fast as possible; back when all are in.

        Returns:
            When each went in, in seconds since 1970.
        """

    def finished(self, jobs: range) -> Mapping[int, float]:
        """Return when each of those jobs was done that are, in seconds since 1970."""

    def count_finished(self, jobs: range) -> int:
        """Return how many of those jobs are done; asked for often, so it must be cheap."""

    def stop(self) -> None:
        """End all processes; also after a start that failed."""

    def log_tail(self) -> str:
        """Return the end of what its processes said."""
