"""Which points are struck, and in which scene each is sure to be passed.

`points.txt` is what a recording saw: `python -m crash --record` writes it anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from failpoints.layer import ANY_SERVICE, EDGES, Edge, Fault, Mode, Passage
from failpoints.points import known_points, read_only_points

from shared.contracts.catalogue import ROUTES

FILE: Final = Path(__file__).with_name("points.txt")
HEADER: Final = "# service point effect scene; written by `python -m crash --record`\n"

NEVER: Final[Mapping[str, str]] = {
    "db.dead_messages.LIST": "an operator's command asks for it, no service does",
    "db.dead_messages.SELECT": "a part of other statements",
}
"""Known points that no service passes, each with its reason."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A point of a service, and the scene in which it is passed.

    `effect` says that the call brings or changes something there: only then it is struck after.
    """

    service: str
    point: str
    effect: bool
    scene: str

    def __str__(self) -> str:
        effect = "effect" if self.effect else "-"
        return f"{self.service} {self.point} {effect} {self.scene}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read what `str` wrote."""
        service, point, effect, scene = line.split()
        return cls(service, point, effect == "effect", scene)

    def faults(self, mode: Mode) -> list[Fault]:
        """Return what can go wrong here in one mode.

        A call that changes nothing leaves the world the same: after it is before it, and not to
        hear its answer is not to have made it.
        """
        edges = EDGES[mode]
        if self.point in read_only_points():
            edges = tuple(edge for edge in edges if edge is Edge.BEFORE)
        return [
            Fault(self.service, self.point, edge, mode, self.effect and edge is Edge.AFTER)
            for edge in edges
        ]


def read_places() -> list[Place]:
    """Return what the last recording saw."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [Place.parse(line) for line in lines if not line.startswith("#")]


def write_places(places: Iterable[Place]) -> None:
    """Keep what a recording saw."""
    lines = "".join(f"{place}\n" for place in sorted(places))
    FILE.write_text(HEADER + lines, encoding="utf-8")


def choose_places(seen: Mapping[str, list[set[Passage]]]) -> list[Place]:
    """Choose a scene for every point of every service.

    Args:
        seen: what was passed in each scene, in each of its performances; the plainest scene first.

    A scene is better when the call has an effect in it, and when it was passed each time.
    """
    best: dict[tuple[str, str], tuple[tuple[bool, bool], Place]] = {}
    for scene, performances in seen.items():
        for passage in set().union(*performances):
            if passage.edge is not Edge.AFTER:
                continue
            rank = (passage.had_effect, all(passage in one for one in performances))
            key = (_who(passage), passage.point)
            if key not in best or rank > best[key][0]:
                place = Place(*key, passage.had_effect, scene)
                best[key] = (rank, place)
    return [place for _, place in best.values()]


def _who(passage: Passage) -> str:
    """Return whose passage it is: an event is carried by whichever relay comes first."""
    topics = {f"publish.{route.event.topic}" for route in ROUTES}
    return ANY_SERVICE if passage.point in topics else passage.service


def never_hit(points: Iterable[str]) -> list[str]:
    """Return the known points that are missing, and have no reason to."""
    return sorted(known_points() - set(points) - NEVER.keys())


def unheard_of(points: Iterable[str]) -> list[str]:
    """Return the points that nobody knows: a call of a kind that has no name yet."""
    return sorted(set(points) - known_points())
