"""The standings as a table: aligned for a terminal, or as Markdown; both from the same cells."""

from collections.abc import Sequence

from bench.contenders.contender import Need
from bench.report.standings import Standing

_HEADS = (
    *("contender", "jobs/s", "vs raw", "added p50", "p95", "p99 ms"),
    *("CPU ms/job: own", "broker", "postgres", "all", "PSS MiB"),
)


def cells(standing: Standing) -> tuple[str, ...]:
    """Return one line of the table."""
    return (
        standing.contender,
        f"{standing.jobs_per_second:,.0f}",
        _number(standing.ratio),
        *(f"{ms:.1f}" for ms in standing.added_ms.values()),
        f"{standing.own_cpu_ms:.2f}",
        _number(standing.server_cpu_ms(Need.BROKER)),
        _number(standing.server_cpu_ms(Need.POSTGRES)),
        f"{standing.all_cpu_ms:.2f}",
        f"{standing.own_pss_mib:.0f}",
    )


def for_terminal(found: Sequence[Standing]) -> str:
    """Return columns of even width, numbers to the right."""
    lines = [_HEADS, *map(cells, found)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def as_markdown(found: Sequence[Standing]) -> str:
    """Return a table of Markdown."""
    rule = ("---", *("--:" for _ in _HEADS[1:]))
    lines = [_HEADS, rule, *map(cells, found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
