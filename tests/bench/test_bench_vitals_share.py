"""A little of each vital sign, on the whole product; `make vitals` takes its time."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from bench.arena import Arena
from bench.load.pictures import Kind
from bench.vitals.plan import Plan
from bench.vitals.run import measure

PLAN = Plan(
    starts=1,
    idle_seconds=0.1,
    photo=Kind(100, "JPEG", 640, 480),
    few_at_once=2,
    many_at_once=3,
    upload_seconds=1.5,
    lead_seconds=0.5,
    decode_seconds=0.2,
    job_seconds=1.0,
    in_flight=5,
    polled_jobs=5,
)

Figures = Callable[[str], list[str]]
"""Measures a part and returns what it found, claim by claim."""

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def figures(arena: Arena, tmp_path: Path) -> Figures:
    def measured(name: str) -> list[str]:
        (part,) = measure(PLAN, [name], arena, tmp_path, lambda _: None)
        assert not list(tmp_path.glob("**/run/*-0.json")), "a service is left"
        return [claim.figure for claim in part.claims]

    return measured


def test_each_service_is_started(figures: Figures) -> None:
    seconds = [float(figure.split()[0]) for figure in figures("start")]
    assert len(seconds) == 4
    assert min(seconds) > 0.1


def test_photos_are_taken_and_compared_with_decoding(figures: Figures) -> None:
    rate, memory = figures("uploads")
    taken = re.match(r"[\d.]+: ([\d.]+) of [\d.]+ a second", rate)
    assert taken
    assert float(taken[1]) > 0
    assert "with 3" in memory


def test_jobs_without_webhooks_are_asked_about(figures: Figures) -> None:
    added, polls = figures("polling")
    assert added.startswith("p50 ")
    assert float(polls) >= 1
