"""Performs scenes and strikes points, on a few lanes at a time."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from backends import Backends
from failpoints.layer import Fault, Passage
from security.canaries import Hit, hits

from crash.lane import Lane
from crash.run import NOT_REACHED, Run
from crash.scenes import SCENES
from crash.verdict import wrongs_of

PERFORMANCES: Final = 3
TRIES: Final = 2
"""A point may be passed in another order for once; not twice."""
RUN_SECONDS: Final = 90.0


@dataclass(frozen=True, slots=True)
class Case:
    """A fault and the scene in which it strikes."""

    fault: Fault
    scene: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run ended; right when nothing is wrong."""

    case: Case
    seconds: float
    wrongs: list[str]


@dataclass
class Suite:
    """Runs on servers that are there."""

    backends: Backends
    folder: Path
    failures: Path
    """Where the logs of a lane with a failure are kept."""
    seen: set[Passage] = field(default_factory=set)
    leaks: list[Hit] = field(default_factory=list)
    """Secrets that stood in a log."""
    _opened: int = 0

    async def record(
        self, tell: Callable[[str], None]
    ) -> tuple[dict[str, list[set[Passage]]], list[str]]:
        """Perform every scene with nothing armed.

        Returns:
            What was passed in each scene, in each of its performances; and what went wrong.
        """
        performed: dict[str, list[set[Passage]]] = {}
        wrongs: list[str] = []
        async with self._lane() as lane:
            for name in SCENES:
                began = time.monotonic()
                performed[name] = []
                for _ in range(PERFORMANCES):
                    lane.board.seen()
                    wrongs += [f"{name}: {wrong}" for wrong in await perform(lane, name, None)]
                    performed[name].append(lane.board.seen())
                tell(f"{name:24} {(time.monotonic() - began) / PERFORMANCES:5.1f} s")
        return performed, wrongs

    async def strike(
        self, cases: Iterable[Case], tell: Callable[[Verdict], None], *, lanes: int
    ) -> list[Verdict]:
        """Let every case happen, and return how each ended."""
        waiting = list(reversed(list(cases)))
        verdicts: list[Verdict] = []

        async def work() -> None:
            while waiting:
                async with self._lane() as lane:
                    while waiting:
                        verdict = await strike(lane, waiting.pop())
                        verdicts.append(verdict)
                        self.seen |= lane.board.seen()
                        tell(verdict)
                        if verdict.wrongs:
                            self._keep_logs(lane)
                            break
                self.leaks += hits(lane.stack.folder.glob("*.log"), lane.secrets())

        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(work())
        return verdicts

    def _lane(self) -> AbstractAsyncContextManager[Lane]:
        self._opened += 1
        return Lane.open(self.backends, self.folder / f"lane-{self._opened}")

    def _keep_logs(self, lane: Lane) -> None:
        source = lane.stack.folder
        shutil.copytree(source, self.failures / source.name, dirs_exist_ok=True)


async def strike(lane: Lane, case: Case) -> Verdict:
    """Let one case happen."""
    began = time.monotonic()
    for _ in range(TRIES):
        wrongs = await perform(lane, case.scene, case.fault)
        if not any(wrong.endswith(NOT_REACHED) for wrong in wrongs):
            break
    return Verdict(case, time.monotonic() - began, wrongs)


async def perform(lane: Lane, scene: str, fault: Fault | None) -> list[str]:
    """Play a scene to its end and return what is wrong then."""
    try:
        async with asyncio.timeout(RUN_SECONDS), Run.open(lane, fault) as run:
            await SCENES[scene].perform(run)
            return await run.settle() or await wrongs_of(run)
    except Exception as error:  # noqa: BLE001 - whatever breaks the scene is the verdict
        return [f"the scene broke: {error!r}"]
