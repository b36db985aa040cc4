"""Processes that outlive the command that starts them: a pid file, a log, a stop by pid.

A pid alone does not name a process: it is used again after the process has ended. The pid file
therefore also keeps the boot and the clock tick at which the process began, and no signal is sent
unless both still agree.
"""

import json
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from pwd import struct_passwd

from local_stack.errors import StackError
from local_stack.waiting import holds_within

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
ENDED_STATES = {"Z", "X"}
LOG_LIMIT_BYTES = 5_000_000
TAIL_LINES = 25


@dataclass(frozen=True, slots=True)
class Identity:
    """One process of one boot; never the next one that gets its number."""

    pid: int
    started_ticks: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """Return who has this pid now, or None when nobody (or only a zombie) does."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        fields = stat.rpartition(")")[2].split()
        if fields[0] in ENDED_STATES:
            return None
        return cls(pid, int(fields[19]), BOOT_ID.read_text().strip())

    @classmethod
    def read(cls, file: Path) -> "Identity | None":
        """Return who the file names, alive or not; None when it names nobody."""
        try:
            return cls(**json.loads(file.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, file: Path) -> None:
        """Write the file that `read` reads."""
        file.write_text(json.dumps(asdict(self)))

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return Identity.of(self.pid) == self

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this process and to nobody else.

        Raises:
            StackError: It belongs to another user.
        """
        if self.alive:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return
            except PermissionError as error:
                message = f"process {self.pid} belongs to another user: stop it as that user"
                raise StackError(message) from error


class Process:
    """A named background process of the stack.

    Args:
        name: As shown to people; also the name of the pid file and of the log.
        run_folder: Where the pid file lies.
        log_folder: Where the log lies.
    """

    def __init__(self, name: str, run_folder: Path, log_folder: Path) -> None:
        self.name = name
        self.log = log_folder / f"{name}.log"
        self._pid_file = run_folder / f"{name}.json"
        self._child: subprocess.Popen[bytes] | None = None

    def start(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        folder: Path,
        user: struct_passwd | None = None,
    ) -> None:
        """Start the command detached from this terminal and remember who it is."""
        for needed in (self.log.parent, self._pid_file.parent):
            needed.mkdir(parents=True, exist_ok=True)
        self._rotate_log()
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )
        identity = Identity.of(self._child.pid)
        if identity is None:
            raise self.failure("ended at once")
        identity.write(self._pid_file)

    @property
    def identity(self) -> Identity | None:
        """Who the pid file names, alive or not."""
        return Identity.read(self._pid_file)

    @property
    def alive(self) -> bool:
        """Whether the process that was started last still runs."""
        identity = self.identity
        return identity is not None and identity.alive

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait until the process is ready.

        Raises:
            StackError: It ended, or was not ready in time; with the end of its log.
        """
        if not holds_within(seconds, lambda: ready() or not self.alive):
            raise self.failure(f"was not ready within {seconds:.0f} s")
        if not self.alive:
            raise self.failure("ended while it was starting")

    def stop(self, *, by: signal.Signals = signal.SIGTERM, grace_seconds: float = 10) -> bool:
        """Stop the process, first asking, then by force; True when there was one to stop."""
        identity = self.identity
        running = identity is not None and identity.alive
        if identity is not None and running:
            identity.signal(by)
            if not holds_within(grace_seconds, lambda: not identity.alive):
                identity.signal(signal.SIGKILL)
                holds_within(grace_seconds, lambda: not identity.alive)
        self._reap()
        self._pid_file.unlink(missing_ok=True)
        return running

    def detach(self) -> None:
        """Forget that the process is a child of this one: another process will stop it."""
        if self._child is not None:
            self._child.returncode = 0
            self._child = None

    def failure(self, what: str) -> StackError:
        """Return an error about this process that carries the end of its log."""
        return StackError(f"{self.name} {what}; its log is {self.log}", self.log_tail())

    def log_tail(self, lines: int = TAIL_LINES) -> str:
        """Return the last lines of the log."""
        try:
            with self.log.open(errors="replace") as log:
                return "".join(deque(log, maxlen=lines))
        except OSError:
            return ""

    def _reap(self) -> None:
        if self._child is not None:
            self._child.wait()
            self._child = None

    def _rotate_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))


def run(
    *command: str | Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: struct_passwd | None = None,
) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        StackError: It failed; with the end of its output.
    """
    done = subprocess.run(
        command,
        env=None if environment is None else dict(environment),
        cwd=folder,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        output = (done.stdout + done.stderr).splitlines()[-TAIL_LINES:]
        raise StackError(f"{command[0]} failed with {done.returncode}", "\n".join(output))
    return done.stdout


def inherited_environment(*, without: tuple[str, ...]) -> dict[str, str]:
    """Return this process's environment less the variables with these prefixes."""
    return {name: value for name, value in os.environ.items() if not name.startswith(without)}
