"""A contender made of processes that run a module of `bench.chains`."""

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bench.contenders.contender import INTAKE, ContenderFailed, Need
from bench.contenders.intake import Intake
from bench.ending import end
from bench.job_table import JobTable
from bench.site import Site
from local_stack.errors import StackError
from local_stack.places import repository
from local_stack.processes import Process, run

WORKERS: Final = "workers"
START_SECONDS: Final = 30
STOP_SECONDS: Final = 5

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """How a stack is started.

    Args:
        name: As shown to people.
        needs: The servers that it uses.
        workers: The commands that do the work: two, or one that makes two processes.
        intake: The command that makes the queues and hands jobs in; started before the workers.
        ready_text: What a worker logs when it takes jobs.
        set_up: A command that makes what the stack needs in an empty site.
    """

    name: str
    needs: frozenset[Need]
    workers: Sequence[Command]
    intake: Command
    ready_text: str
    set_up: Command | None = None


class ChainContender:
    """One of our own chains, as a `Contender`."""

    def __init__(self, chain: Chain) -> None:
        self.name = chain.name
        self.needs = chain.needs
        self._chain = chain
        self._processes: list[Process] = []
        self._resources = ExitStack()

    def start(self, site: Site, folder: Path) -> None:
        """See `Contender.start`."""
        environment = os.environ | site.environment()
        try:
            if self._chain.set_up:
                run(*self._chain.set_up, environment=environment, folder=repository())
            # First, because it makes the queues: RabbitMQ 3.10 fails when two make one at once.
            log = folder / "logs" / f"{self.name}-intake.log"
            self._intake = Intake(self._chain.intake, environment, log)
            self._resources.callback(self._intake.stop)
            for number, command in enumerate(self._chain.workers):
                process = Process(f"{self.name}-{number}", folder / "run", folder / "logs")
                self._processes.append(process)
                process.start(command, environment=environment, folder=repository())
            for process in self._processes:
                process.wait_until(partial(self._is_ready, process), seconds=START_SECONDS)
        except StackError as error:
            raise ContenderFailed(str(error), error.details) from error
        self._table = self._resources.enter_context(JobTable(site.database_url))

    def _is_ready(self, process: Process) -> bool:
        """Look for two lines in the log of one worker that makes both processes."""
        wanted = 2 // len(self._chain.workers)
        return process.log.read_text(errors="replace").count(self._chain.ready_text) >= wanted

    def parts(self) -> Mapping[str, Sequence[int]]:
        """See `Contender.parts`."""
        identities = [process.identity for process in self._processes]
        workers = [identity.pid for identity in identities if identity is not None]
        return {WORKERS: workers, INTAKE: [self._intake.pid]}

    def prepare(self, jobs: range) -> None:
        """See `Contender.prepare`."""
        self._table.insert(jobs)

    def hand_in(self, jobs: range, per_second: float | None) -> Mapping[int, float]:
        """See `Contender.hand_in`."""
        return self._intake.hand_in(jobs, per_second)

    def finished(self, jobs: range) -> Mapping[int, float]:
        """See `Contender.finished`."""
        return self._table.stored_at(jobs)

    def count_finished(self, jobs: range) -> int:
        """See `Contender.count_finished`."""
        return self._table.count_stored(jobs)

    def stop(self) -> None:
        """See `Contender.stop`."""
        self._resources.close()
        for process in self._processes:
            end(process, by=signal.SIGTERM, grace_seconds=STOP_SECONDS)

    def log_tail(self) -> str:
        """See `Contender.log_tail`."""
        return "\n".join(process.log_tail() for process in self._processes)
