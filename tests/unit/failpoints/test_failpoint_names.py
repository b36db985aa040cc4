"""Every call has a name, every name has a scene, and the product knows nothing of either."""

from pathlib import Path

import pytest
from crash.cases import NEVER, never_hit, read_places, unheard_of
from crash.scenes import SCENES
from failpoints.points import known_points, read_only_points, statements

REPOSITORY = Path(__file__).parents[3]


def test_no_known_point_is_without_a_run() -> None:
    """After a new statement, request, event or queue: `python -m crash --record`."""
    places = read_places()
    assert never_hit(place.point for place in places) == []
    assert unheard_of(place.point for place in places) == []
    assert {place.scene for place in places} <= SCENES.keys()


def test_what_is_never_hit_is_known_and_has_a_reason() -> None:
    assert NEVER.keys() <= known_points()
    assert all(NEVER.values())
    assert NEVER.keys().isdisjoint(place.point for place in read_places())


def test_a_statement_is_named_by_its_module_and_constant() -> None:
    named = set(statements().values())
    assert {"dispatching.BEGIN_POST", "outbox.LEASE", "storing.FINISH"} <= named
    assert not {name for name in named if "._" in name}


@pytest.mark.parametrize(
    ("point", "is_read"),
    [
        ("db.storing.FINISH", False),
        ("db.sweeping.RING_UNWANTED", False),
        ("db.outbox.LEASE", False),
        ("http.run", False),
        ("s3.PutObject", False),
        ("db.storing.OWNED", True),
        ("http.status", True),
        ("s3.GetObject", True),
    ],
)
def test_only_calls_that_change_nothing_are_taken_as_one_place(point: str, is_read: bool) -> None:
    assert point in known_points()
    assert (point in read_only_points()) is is_read


def test_the_product_has_no_hook_for_it() -> None:
    product = [
        path
        for folder in ("shared", "services", "deploy", "simulators")
        for path in (REPOSITORY / folder).rglob("*")
        if path.suffix in {".py", ".toml", ".yml", ".sh"} or path.name == "Dockerfile"
    ]
    assert len(product) > 100
    assert [p for p in product if "failpoint" in p.read_text(encoding="utf-8").lower()] == []
