"""Writes what a run found below `bench/results`.

Every run has a folder of its own there, which git ignores. A whole run on a quiet machine also
becomes `latest`, which is small and may be committed.
"""

import json
import platform
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from os import cpu_count
from pathlib import Path
from typing import Final

from bench.campaign import Outcome
from bench.report.standings import Standing, standings
from bench.report.svg import Bar, bars
from bench.report.table import as_markdown

RESULTS: Final = Path(__file__).parents[1] / "results"
LATEST: Final = "latest"

_PACKAGES: Final = (
    *("aio-pika", "asyncpg", "aiohttp", "taskiq", "taskiq-aio-pika", "celery", "gevent"),
    *("procrastinate", "psycopg", "uvloop"),
)


def write(outcome: Outcome, results: Path = RESULTS) -> Path:
    """Write JSON, Markdown and plots; return the folder."""
    now = datetime.now(UTC)
    folder = results / f"{now:%Y-%m-%dT%H%M%SZ}"
    folder.mkdir(parents=True)
    found = standings(outcome.shares)
    facts = {
        "measured_at": now.isoformat(timespec="seconds"),
        "machine": _machine(),
        "packages": dict(_versions()),
        "plan": asdict(outcome.plan),
        "load_before": outcome.load_before,
        "doubts": outcome.doubts(),
        "failures": outcome.failures,
        "standings": [asdict(standing) for standing in found],
        "shares": [asdict(share) for share in outcome.shares],
    }
    (folder / "result.json").write_text(f"{json.dumps(facts, indent=1)}\n", encoding="utf-8")
    (folder / "result.md").write_text(markdown(outcome, now), encoding="utf-8")
    for name, plot in plots(found).items():
        (folder / f"{name}.svg").write_text(plot, encoding="utf-8")
    if outcome.plan.is_whole and not outcome.doubts() and not outcome.failures:
        shutil.rmtree(results / LATEST, ignore_errors=True)
        shutil.copytree(folder, results / LATEST)
    return folder


def markdown(outcome: Outcome, now: datetime) -> str:
    """Return the table with what one must know to read it."""
    plan, found = outcome.plan, standings(outcome.shares)
    machine = _machine()
    provider = [share.provider_cpu_ms for share in outcome.shares]
    method = (
        f"Measured on {now:%d %B %Y}, {machine['cores']} cores ({machine['processor']}), medians of"
        f" {plan.rounds} interleaved rounds. Jobs a second: {plan.burst_jobs} jobs at once. Added"
        f" time: beyond the provider's 200 ms, {plan.slow_jobs} jobs at"
        f" {plan.slow_per_second:g}/s. Processor time and memory: of the burst. Provider and store"
        f" took {max(provider, default=0):.2f} ms of CPU a job at most, in no contender's figures."
    )
    lines = [method, "", as_markdown(found)]
    notes = [*outcome.failures, *outcome.doubts()]
    if notes:
        lines += ["", "Not to be trusted:", "", *(f"- {note}" for note in notes)]
    return "\n".join(lines) + "\n"


def plots(found: Sequence[Standing]) -> dict[str, str]:
    """Return the plots by file name."""
    rates = [Bar(one.contender, {"jobs/s": one.jobs_per_second}) for one in found]
    added = [Bar(one.contender, {"p50": one.added_ms[50]}) for one in found]
    cpu = [Bar(one.contender, one.cpu_ms) for one in found]
    return {
        "jobs_per_second": bars("Jobs a second, all at once", rates, 0),
        "added_time": bars("Milliseconds added to the provider's own, median", added, 1),
        "cpu": bars("Milliseconds of processor time a job", cpu, 2),
    }


def _versions() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            yield name, version(name)


def _machine() -> dict[str, str]:
    processors = (
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    )
    return {
        "cores": str(cpu_count()),
        "processor": next(processors, platform.machine()),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
