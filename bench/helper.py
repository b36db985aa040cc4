"""A process of the bench's own that is given orders and answers, a line of JSON each."""

import json
import select
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from bench.chains.intake import READY
from local_stack.places import repository

_END_SECONDS: Final = 10
PATIENCE_SECONDS: Final = 60.0
"""For its start, and for an answer beyond what it must take."""


class HelperFailed(Exception):
    """It was silent, or said something else than what was asked."""


class Helper:
    """A running helper; it ends by itself when the bench does.

    Args:
        command: What to run.
        environment: What it is told.
        log: Where its complaints go.

    Raises:
        HelperFailed: It was not ready in time.
    """

    def __init__(
        self, command: Sequence[str | Path], environment: Mapping[str, str], log: Path
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
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
            self._hear(PATIENCE_SECONDS, expected=READY)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def ask(self, order: Mapping[str, object], *, takes_seconds: float = 0) -> Any:  # noqa: ANN401 - JSON
        """Give an order that may take so long, and return the answer.

        Raises:
            HelperFailed: There was none in time.
        """
        self._orders.write(f"{json.dumps(order)}\n")
        self._orders.flush()
        return json.loads(self._hear(takes_seconds + PATIENCE_SECONDS))

    def stop(self) -> None:
        """End it: its input ends, and it is killed when it takes no notice."""
        self._orders.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()

    def _hear(self, seconds: float, *, expected: str | None = None) -> str:
        readable, _, _ = select.select([self._answers], [], [], seconds)
        line = self._answers.readline().strip() if readable else ""
        if not line:
            message = "it has ended" if readable else f"it was silent for {seconds:.0f} s"
            raise HelperFailed(message)
        if expected not in {None, line}:
            message = f"it said {line!r}"
            raise HelperFailed(message)
        return line


def _open(pipe: IO[str] | None) -> IO[str]:
    """Return a pipe that was asked for, and so is there."""
    if pipe is None:
        raise ValueError("no pipe")
    return pipe
