"""Percentiles, medians and ratios; nothing is measured here."""

import statistics
from collections.abc import Mapping, Sequence
from math import ceil


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that this percentage of the values does not exceed.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(ceil(percent / 100 * len(ordered)), 1) - 1]


def median(values: Sequence[float]) -> float:
    """Return the middle value, or the mean of the two in the middle."""
    return statistics.median(values)


def median_ratio(values: Mapping[int, float], references: Mapping[int, float]) -> float | None:
    """Return the median of the ratios of values of the same round; None without any pair.

    In pairs, so that a round on a slow machine is slow on both sides.
    """
    pairs = [value / references[number] for number, value in values.items() if number in references]
    return statistics.median(pairs) if pairs else None
