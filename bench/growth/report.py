"""What growing costs, as a page and as JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path
from typing import Final

from bench.growth.plan import Plan, Scenario
from bench.growth.run import Measured, ratio

RESULTS: Final = Path(__file__).parents[1] / "results"


def holds(scenario: Scenario, measured: Sequence[Measured]) -> bool:
    """Say whether a job stays cheap enough."""
    return ratio(_of(scenario, measured)) <= scenario.limit


def markdown(plan: Plan, measured: Sequence[Measured], now: datetime) -> str:
    """Return the page."""
    setting = (
        f"{now:%d %B %Y}, {cpu_count()} cores: milliseconds of processor time for a job, medians of"
        f" {plan.bursts} bursts of {plan.burst_jobs} text-to-image jobs."
    )
    lines = ["# Growth", "", setting]
    for scenario in plan.scenarios:
        lines += ["", *_table(scenario, _of(scenario, measured))]
    return "\n".join(lines) + "\n"


def _table(scenario: Scenario, measured: Sequence[Measured]) -> Iterator[str]:
    parts = sorted(measured[0].cpu_ms)
    said = "holds" if holds(scenario, measured) else "does NOT hold"
    yield f"## {scenario.name[0].upper()}{scenario.name[1:]}"
    yield ""
    yield f"At most {scenario.limit:.1f} times: {ratio(measured):.2f} times, {said}."
    yield ""
    yield f"| {scenario.name} | jobs/s | all | {' | '.join(parts)} | quiet: cores | asks/s |"
    yield f"|---|{'--:|' * (len(parts) + 4)}"
    for one in measured:
        costs = " | ".join(f"{one.cpu_ms[part]:.2f}" for part in parts)
        yield (
            f"| {one.step} | {one.jobs_per_second:.1f} | {one.all_cpu_ms:.2f} | {costs}"
            f" | {sum(one.quiet_cores.values()):.2f} | {one.quiet_asks_per_second:.1f} |"
        )


def write(plan: Plan, measured: Sequence[Measured], results: Path = RESULTS) -> Path:
    """Write page and JSON; return the folder."""
    now = datetime.now(UTC)
    folder = results / f"growth-{now:%Y-%m-%dT%H%M%SZ}"
    folder.mkdir(parents=True)
    facts = {
        "measured_at": now.isoformat(timespec="seconds"),
        "steps": [asdict(one) for one in measured],
    }
    (folder / "result.json").write_text(f"{json.dumps(facts, indent=1)}\n", encoding="utf-8")
    (folder / "result.md").write_text(markdown(plan, measured, now), encoding="utf-8")
    return folder


def _of(scenario: Scenario, measured: Sequence[Measured]) -> list[Measured]:
    return [one for one in measured if one.scenario == scenario.name]
