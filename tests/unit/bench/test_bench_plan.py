"""What is measured when, and how long that takes."""

from collections import Counter

import pytest
from bench.contenders.known import KNOWN
from bench.plan import Plan, chosen

MOST_MINUTES = 15


def test_every_round_has_every_contender_and_begins_with_another() -> None:
    shares = list(Plan(names=("a", "b", "c"), rounds=3).shares())
    assert Counter(shares) == Counter((number, name) for number in (1, 2, 3) for name in "abc")
    assert [name for _, name in shares] == [*"abc", *"bca", *"cab"]


def test_there_is_time_for_all() -> None:
    assert Plan().seconds < MOST_MINUTES * 60


def test_contenders_are_chosen_by_name() -> None:
    assert chosen("") == tuple(KNOWN)
    assert chosen(" taskiq,raw ") == ("taskiq", "raw")
    with pytest.raises(ValueError, match="no contender rw; there are product, "):
        chosen("rw")


@pytest.mark.parametrize(
    ("plan", "is_whole"),
    [
        (Plan(), True),
        (Plan(rounds=5), True),
        (Plan(rounds=1), False),
        (Plan(names=("raw",)), False),
        (Plan(burst_jobs=10), False),
    ],
)
def test_only_a_run_without_shortcuts_is_whole(plan: Plan, is_whole: bool) -> None:
    assert plan.is_whole is is_whole
