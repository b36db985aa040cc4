"""Percentiles, medians and ratios."""

import pytest
from bench.measures.figures import median, median_ratio, percentile


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (95, 95), (99, 99), (100, 100)])
def test_a_percentile_is_a_value_that_was_measured(percent: float, expected: float) -> None:
    assert percentile(range(100, 0, -1), percent) == expected


def test_a_percentile_of_few_values_is_never_below_its_share() -> None:
    assert [percentile([1, 2, 3], percent) for percent in (0, 33, 34, 66, 67, 99)] == [
        *(1, 1, 2, 2, 3, 3)
    ]


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_the_median_of_two_rounds_lies_between_them() -> None:
    assert median([3, 1]) == 2


def test_a_ratio_compares_values_of_the_same_round() -> None:
    on_a_machine_that_slows_down = {1: 800.0, 2: 400.0, 3: 200.0}
    half_as_fast = {1: 400.0, 2: 200.0, 3: 100.0}
    assert median_ratio(half_as_fast, on_a_machine_that_slows_down) == 0.5


def test_a_round_without_the_reference_counts_for_no_ratio() -> None:
    assert median_ratio({1: 100.0, 2: 300.0}, {2: 100.0}) == 3
    assert median_ratio({1: 100.0}, {}) is None
