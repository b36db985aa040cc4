"""What a woven call passes: a point before it and a point after it, at each of which it may fail.

A folder arms the points, because a running process cannot be given another environment, and a
process that was killed must not be killed again by what it was started with. A fault is an empty
file in `armed/` that is called what it does; who strikes first moves it to `struck/`, so it
strikes once, whatever restarts and however many processes run. Every passage is a line in `seen`.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self, TypeVar

HANG_SECONDS: Final = 130.0
"""Longer than every lease of the pipeline, so that whoever comes back is too late; scaled."""

ANY_SERVICE: Final = "any"
"""Whichever comes first."""

Answer = TypeVar("Answer")


class Edge(StrEnum):
    """On which side of the call."""

    BEFORE = "before"
    AFTER = "after"


class Mode(StrEnum):
    """What happens there."""

    KILL = "kill"
    """The process is gone, as in a power cut."""
    RAISE = "raise"
    """The call fails and was not made."""
    HANG = "hang"
    """The task stands still until its lease has passed to another, and goes on."""
    TIMEOUT = "timeout"
    """The call was made, and its caller hears of a time-out."""


EDGES: Final = {
    Mode.KILL: (Edge.BEFORE, Edge.AFTER),
    Mode.RAISE: (Edge.BEFORE,),
    Mode.HANG: (Edge.BEFORE, Edge.AFTER),
    Mode.TIMEOUT: (Edge.AFTER,),
}
"""Failing unmade is only possible before, and failing though made only after."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is to go wrong once.

    `with_effect` waits for a call that brought or changed something: most rounds of a loop do not.
    """

    service: str
    point: str
    edge: Edge
    mode: Mode
    with_effect: bool = False

    def __str__(self) -> str:
        effect = ":effect" if self.with_effect else ""
        return f"{self.service}={self.point}:{self.edge}:{self.mode}{effect}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote."""
        service, _, rest = text.partition("=")
        point, edge, mode, *effect = rest.split(":")
        return cls(service, point, Edge(edge), Mode(mode), bool(effect))


@dataclass(frozen=True, slots=True)
class Passage:
    """A point that a service passed."""

    service: str
    point: str
    edge: Edge
    had_effect: bool = False

    def __str__(self) -> str:
        return f"{self.service} {self.point} {self.edge}{' effect' if self.had_effect else ''}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read what `str` wrote."""
        service, point, edge, *effect = line.split()
        return cls(service, point, Edge(edge), bool(effect))


@dataclass(frozen=True, slots=True)
class Switchboard:
    """The folder by which a test arms points and learns what was passed."""

    folder: Path

    def __post_init__(self) -> None:
        for folder in (self._armed, self._struck):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def _armed(self) -> Path:
        return self.folder / "armed"

    @property
    def _struck(self) -> Path:
        return self.folder / "struck"

    @property
    def _seen(self) -> Path:
        return self.folder / "seen"

    def arm(self, fault: Fault) -> None:
        """Let something go wrong at the next occasion."""
        (self._armed / str(fault)).touch()

    def struck_at(self, fault: Fault) -> float | None:
        """Return when it went wrong, in seconds since 1970; None if it has not."""
        try:
            return (self._struck / str(fault)).stat().st_ctime
        except FileNotFoundError:
            return None

    def disarm(self) -> None:
        """Forget every fault, struck or not."""
        for file in (*self._armed.iterdir(), *self._struck.iterdir()):
            file.unlink(missing_ok=True)

    def take(self, passage: Passage) -> Mode | None:
        """Note a passage, and return what goes wrong at it; a fault is taken once."""
        self._note(passage)
        place = f"={passage.point}:{passage.edge}:"
        places = (f"{passage.service}{place}", f"{ANY_SERVICE}{place}")
        for name in os.listdir(self._armed):  # noqa: PTH208 - on the way of every call
            if name.startswith(places):
                fault = Fault.parse(name)
                if fault.with_effect and not passage.had_effect:
                    continue
                try:
                    (self._armed / name).rename(self._struck / name)
                except FileNotFoundError:
                    continue
                return fault.mode
        return None

    def seen(self) -> set[Passage]:
        """Return what was passed since the last time, and begin anew."""
        try:
            taken = self._seen.rename(self.folder / "seen.read")
        except FileNotFoundError:
            return set()
        return {Passage.parse(line) for line in taken.read_text().splitlines()}

    def _note(self, passage: Passage) -> None:
        line = os.open(self._seen, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(line, f"{passage}\n".encode())
        finally:
            os.close(line)


@dataclass(frozen=True, slots=True)
class Failure:
    """How a driver tells its caller that a call went wrong.

    Attributes:
        unmade: the error of a call that did not reach the other side.
        unanswered: the error of a call whose answer did not come in time.
    """

    unmade: Callable[[], Exception]
    unanswered: Callable[[], Exception]


@dataclass(frozen=True, slots=True)
class Layer:
    """The points of one process."""

    service: str
    switchboard: Switchboard
    hang_seconds: float

    async def around(
        self,
        point: str,
        call: Callable[[], Awaitable[Answer]],
        failure: Failure,
        *,
        has_effect: Callable[[Answer], bool] = lambda _: True,
    ) -> Answer:
        """Make a call between its two points."""
        before = self.switchboard.take(Passage(self.service, point, Edge.BEFORE))
        if before is Mode.RAISE:
            raise failure.unmade()
        await self._suffer(before)
        answer = await call()
        effect = has_effect(answer)
        after = self.switchboard.take(Passage(self.service, point, Edge.AFTER, effect))
        if after is Mode.TIMEOUT:
            raise failure.unanswered()
        await self._suffer(after)
        return answer

    async def _suffer(self, mode: Mode | None) -> None:
        if mode is Mode.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        if mode is Mode.HANG:
            await asyncio.sleep(self.hang_seconds)
