"""The page of a run."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from os import cpu_count

from bench.vitals.part import Part


def markdown(parts: Sequence[Part], now: datetime) -> str:
    """Return the page."""
    setting = f"{now:%d %B %Y}, {cpu_count()} cores, which also carried the servers."
    lines = ["# Vitals", "", setting]
    for part in parts:
        lines += ["", *_section(part)]
    return "\n".join(lines) + "\n"


def _section(part: Part) -> Iterator[str]:
    yield f"## {part.title}"
    yield ""
    yield "| holds | claim | measured |"
    yield "|---|---|---|"
    for claim in part.claims:
        yield f"| {'yes' if claim.holds else 'NO'} | {claim.promise} | {claim.figure} |"
    yield ""
    yield part.note
    if not part.disturbance.is_quiet:
        yield ""
        yield f"The machine was not quiet meanwhile: {part.disturbance}."
