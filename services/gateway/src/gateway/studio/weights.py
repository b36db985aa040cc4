"""Reads the headers in which a browser lists what it prefers; pure."""

from typing import Final

_MOST_ENTRIES: Final = 20


def by_weight(header: str) -> list[str]:
    """Return the entries of an ``Accept-…`` header, the best first, without those that weigh 0."""
    wishes = [_weighted(entry) for entry in header.split(",")[:_MOST_ENTRIES]]
    wishes.sort(key=lambda wish: -wish[1])
    return [name for name, weight in wishes if name and weight > 0]


def _weighted(entry: str) -> tuple[str, float]:
    name, _, options = entry.strip().partition(";")
    quality = options.replace(" ", "").partition("q=")[2]
    try:
        weight = float(quality) if quality else 1.0
    except ValueError:
        weight = 0.0
    return name.strip().lower(), weight
