"""The process that hands jobs to a stack, driven over its standard input."""

import json
import select
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from bench.chains.intake import READY
from bench.contenders.contender import ContenderFailed
from local_stack.places import repository

_END_SECONDS: Final = 10
_PATIENCE_SECONDS: Final = 60
"""For its start, and for all hand-overs beyond what a rate makes them take."""


class Intake:
    """A running intake; it ends by itself when the bench does.

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
        with log.open("ab") as complaints:
            self._process = subprocess.Popen(
                command,
                cwd=repository(),
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                start_new_session=True,
            )
        self._orders = _open(self._process.stdin)
        self._answers = _open(self._process.stdout)
        try:
            self._hear(_PATIENCE_SECONDS, READY)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def hand_in(self, jobs: range, per_second: float | None) -> Mapping[int, float]:
        """Hand jobs in and return when each went in; back when all are in."""
        order = {"first": jobs.start, "count": len(jobs), "per_second": per_second}
        self._orders.write(f"{json.dumps(order)}\n")
        self._orders.flush()
        paced_seconds = len(jobs) / per_second if per_second else 0
        went_in_at: list[float] = json.loads(self._hear(paced_seconds + _PATIENCE_SECONDS))
        return dict(zip(jobs, went_in_at, strict=True))

    def stop(self) -> None:
        """End it: its input ends, and it is killed when it takes no notice."""
        self._orders.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()

    def _hear(self, seconds: float, expected: str | None = None) -> str:
        """Return a line, which must be the expected one if there is one."""
        readable, _, _ = select.select([self._answers], [], [], seconds)
        line = self._answers.readline().strip() if readable else ""
        if not line or expected not in {None, line}:
            how = f"said {line!r}" if readable else f"was silent for {seconds:.0f} s"
            message = f"the intake {how}"
            raise ContenderFailed(message)
        return line


def _open(pipe: IO[str] | None) -> IO[str]:
    """Return a pipe that was asked for, and so is there."""
    if pipe is None:
        raise ValueError("no pipe")
    return pipe
