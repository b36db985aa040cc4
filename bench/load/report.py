"""What a run has found, for people and for programs: a page, plots and JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path
from typing import Final

from bench.load.journal import STAGES, per_interval
from bench.load.run import Outcome, Plan
from bench.measures.figures import percentile
from bench.report.lines import lines

RESULTS: Final = Path(__file__).parents[1] / "results"

SUCCESS_SHARE: Final = 0.95
MEAN_SECONDS: Final = 60.0
"""What the customer asks for, with 100 people at once."""

INTERVAL_SECONDS: Final = 5.0
_TROUBLES_SHOWN: Final = 10
_MIB: Final = 1024 * 1024


def claims(outcome: Outcome) -> list[tuple[bool, str, str]]:
    """Return what is promised: whether it holds, the promise, and the figure."""
    journal = outcome.journal
    mean = _mean([errand.taken_seconds for errand in journal.done()])
    return [
        (bool(journal.done()), "pictures were made", str(len(journal.done()))),
        (
            journal.success_share > SUCCESS_SHARE,
            f"more than {SUCCESS_SHARE:.0%} end as wanted",
            f"{journal.success_share:.2%}",
        ),
        (
            mean < MEAN_SECONDS,
            f"a picture takes less than {MEAN_SECONDS:.0f} s, mean",
            f"{mean:.2f} s",
        ),
    ]


def markdown(outcome: Outcome, now: datetime) -> str:
    """Return the page."""
    plan = outcome.plan
    lines_of_page = [
        f"# {plan.people} people for {plan.seconds:.0f} s",
        "",
        _setting(plan, now),
        "",
        *_claims(outcome),
        "",
        *_wishes(outcome),
        "",
        *_times(outcome),
        "",
        *_parts(outcome),
    ]
    return "\n".join(lines_of_page) + "\n"


def _setting(plan: Plan, now: datetime) -> str:
    return (
        f"{now:%d %B %Y}, {cpu_count()} cores, which also carried the people, the servers and the"
        f" simulated RunPod with {plan.workers} GPUs. {plan.pause_seconds:.0f} s between two wishes"
        f" of a person, seed {plan.seed}."
    )


def _claims(outcome: Outcome) -> Iterator[str]:
    yield "| holds | claim | measured |"
    yield "|---|---|---|"
    for holds, claim, said in claims(outcome):
        yield f"| {'yes' if holds else 'NO'} | {claim} | {said} |"


def _wishes(outcome: Outcome) -> Iterator[str]:
    journal = outcome.journal
    ends = ", ".join(f"{count} {end.value}" for end, count in journal.ends().items())
    sent_mib = sum(errand.sent_bytes for errand in journal.errands) / _MIB
    come_backs = sum(errand.come_backs for errand in journal.errands)
    streams = sum(errand.streams for errand in journal.errands)
    yield (
        f"{len(journal.errands)} wishes of {journal.accounts} accounts: {ends}."
        f" {len(journal.done()) / outcome.seconds:.2f} pictures a second, {sent_mib:.0f} MiB of"
        f" photos sent, asked to come back {come_backs} times, live events opened {streams} times."
    )
    if troubles := journal.troubles():
        yield ""
        yield from (f"- {count} times: {why}" for why, count in troubles[:_TROUBLES_SHOWN])


def _times(outcome: Outcome) -> Iterator[str]:
    journal = outcome.journal
    yield "| seconds | mean | p50 | p95 | p99 | longest |"
    yield "|---|--:|--:|--:|--:|--:|"
    yield _figures("asked until seen", [errand.taken_seconds for errand in journal.done()])
    for stage in STAGES:
        yield _figures(stage, journal.seconds_of(stage))


def _figures(name: str, values: Sequence[float]) -> str:
    if not values:
        return f"| {name} | - | - | - | - | - |"
    found = (_mean(values), *(percentile(values, percent) for percent in (50, 95, 99, 100)))
    return f"| {name} | {' | '.join(f'{value:.3f}' for value in found)} |"


def _parts(outcome: Outcome) -> Iterator[str]:
    gauges, pictures = outcome.gauges, max(len(outcome.journal.done()), 1)

    def processor(seconds: float) -> str:
        return f"{seconds / outcome.seconds:.2f} | {1000 * seconds / pictures:.1f}"

    yield "| part | cores used | CPU ms a picture | MiB: first | most | last | connections, most |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for part, looks in gauges.looks.items():
        memory = [look.memory_mib for look in looks]
        most = max(look.connections for look in looks)
        yield (
            f"| {part} | {processor(gauges.cpu_seconds[part])} | {memory[0]:.0f}"
            f" | {max(memory):.0f} | {memory[-1]:.0f} | {most} |"
        )
    yield f"| the people | {processor(outcome.own_cpu_seconds)} | | | | |"


def plots(outcome: Outcome) -> dict[str, str]:
    """Return the plots by file name."""
    done = [errand.ended_at for errand in outcome.journal.done()]
    began = [errand.began_at for errand in outcome.journal.errands]
    times = (outcome.began_at, outcome.seconds, INTERVAL_SECONDS)
    return {
        "throughput": lines(
            "Jobs a second",
            {
                "asked for": list(per_interval(began, *times)),
                "seen": list(per_interval(done, *times)),
            },
        ),
        "under_way": lines("Wishes under way", {"": outcome.gauges.under_way}),
        "memory": lines(
            "Memory, MiB",
            {
                part: [(look.at_seconds, look.memory_mib) for look in looks]
                for part, looks in outcome.gauges.looks.items()
            },
        ),
    }


def write(outcome: Outcome, results: Path = RESULTS) -> Path:
    """Write page, JSON and plots; return the folder."""
    now = datetime.now(UTC)
    folder = results / f"load-{now:%Y-%m-%dT%H%M%SZ}"
    folder.mkdir(parents=True)
    facts = {
        "measured_at": now.isoformat(timespec="seconds"),
        "plan": asdict(outcome.plan),
        "seconds": outcome.seconds,
        "claims": claims(outcome),
        "cpu_seconds": dict(outcome.gauges.cpu_seconds),
        "looks": {
            part: [asdict(look) for look in looks] for part, looks in outcome.gauges.looks.items()
        },
        "errands": [asdict(errand) for errand in outcome.journal.errands],
    }
    (folder / "result.json").write_text(f"{json.dumps(facts, indent=1)}\n", encoding="utf-8")
    (folder / "result.md").write_text(markdown(outcome, now), encoding="utf-8")
    for name, plot in plots(outcome).items():
        (folder / f"{name}.svg").write_text(plot, encoding="utf-8")
    return folder


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
