"""The process that hands jobs to a stack."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.contenders.contender import ContenderFailed
from bench.helper import Helper, HelperFailed


class Intake:
    """A running intake; see `bench.chains.intake` for what it does.

    Args:
        command: What to run.
        environment: What it is told.
        log: Where its complaints go.

    Raises:
        ContenderFailed: It was not ready in time.
    """

    def __init__(
        self, command: Sequence[str | Path], environment: Mapping[str, str], log: Path
    ) -> None:
        try:
            self._helper = Helper(command, environment, log)
        except HelperFailed as failure:
            raise ContenderFailed(f"the intake: {failure}") from failure

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._helper.pid

    def hand_in(self, jobs: range, per_second: float | None) -> Mapping[int, float]:
        """Hand jobs in and return when each went in; back when all are in.

        Raises:
            ContenderFailed: They did not go in.
        """
        order = {"first": jobs.start, "count": len(jobs), "per_second": per_second}
        try:
            went_in_at = self._helper.ask(
                order, takes_seconds=len(jobs) / per_second if per_second else 0
            )
        except HelperFailed as failure:
            raise ContenderFailed(f"the intake: {failure}") from failure
        return dict(zip(jobs, went_in_at, strict=True))

    def stop(self) -> None:
        """End it."""
        self._helper.stop()
