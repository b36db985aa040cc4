"""The gate of the checker: twelve builds with a well-known mistake, each to be caught.

A pass of the chaos run means nothing unless the same checker fails builds that deserve it. Each
mutant is the product's own source with a few lines replaced; it runs under the scenario that its
mistake is about. Every scenario first runs on the unchanged product, which must hold: a checker
that fails everything catches every mutant too.
"""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chaos.mutations import MUTANTS, Mutant
from chaos.run import Options, commit, run
from chaos.scenarios import SCENARIOS
from chaos.verdict import Verdict
from local_stack.places import LOCAL_FOLDER, repository

SOURCES: Final = (
    "shared",
    *(f"services/{name}" for name in ("gateway", "submitter", "poller", "storer")),
)
LANES: Final = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the checker said of a build; the unchanged product has no mutant's name."""

    mutant: Mutant | None
    scenario: str
    verdict: Verdict

    @property
    def right(self) -> bool:
        """Whether the checker was right: good builds hold, broken ones do not."""
        return self.verdict.holds == (self.mutant is None)

    @property
    def evidence(self) -> str:
        """What gave the build away: rules with their counts, and the first finding."""
        rules = Counter(finding.rule for finding in self.verdict.findings)
        counted = ", ".join(f"{rule} x {count}" for rule, count in sorted(rules.items()))
        first = f"; {self.verdict.findings[0].detail}" if self.verdict.findings else ""
        return f"{counted}{first}" or "nothing"


class StaleMutantError(Exception):
    """The lines that a mutant replaces are not in the source any more."""


async def judge(names: Sequence[str], *, lanes: int = LANES) -> list[Outcome]:
    """Run the scenarios and the mutants, or just the mutants of some names with their scenarios.

    Args:
        names: of mutants; all of them when empty.
        lanes: how many builds run at the same time; most of a run is waiting.
    """
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    free = asyncio.Semaphore(lanes)

    async def judged(mutant: Mutant | None, scenario: str) -> Outcome:
        async with free:
            return _tell(Outcome(mutant, scenario, await _run(scenario, mutant)))

    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(judged(mutant, name))
            for name in dict.fromkeys(mutant.scenario for mutant in chosen)
            for mutant in (None, *(mutant for mutant in chosen if mutant.scenario == name))
        ]
    return [task.result() for task in running]


async def _run(scenario: str, mutant: Mutant | None) -> Verdict:
    chosen = SCENARIOS[scenario]
    with tempfile.TemporaryDirectory(dir=repository() / LOCAL_FOLDER) as folder:
        sources = mutated(mutant, Path(folder)) if mutant else ()
        options = Options(time_scale=chosen.time_scale, source_folders=sources, quiet=True)
        return await run(chosen.schedule, options)


def _tell(outcome: Outcome) -> Outcome:
    name = outcome.mutant.name if outcome.mutant else "(unchanged)"
    word = "right" if outcome.right else "WRONG"
    print(f"{outcome.scenario}: {name}: {word}: {outcome.evidence[:300]}", flush=True)
    return outcome


def mutated(mutant: Mutant, folder: Path) -> tuple[Path, ...]:
    """Copy the sources into a folder, make the mutant's changes, and return what to import from.

    Raises:
        StaleMutantError: a line to be replaced is not there exactly once.
    """
    sources = []
    for source in SOURCES:
        shutil.copytree(
            repository() / source / "src",
            folder / source / "src",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        sources.append(folder / source / "src")
    for edit in mutant.edits:
        path = folder / edit.path
        text = path.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            message = f"{mutant.name}: {edit.path} has {text.count(edit.old)} times: {edit.old}"
            raise StaleMutantError(message)
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    return tuple(sources)


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as a section of a page."""
    mutants = [outcome for outcome in outcomes if outcome.mutant]
    controls = [outcome for outcome in outcomes if not outcome.mutant]
    caught = sum(outcome.right for outcome in mutants)
    held = sum(outcome.right for outcome in controls)
    lines = [
        f"Commit `{commit()}`. **{caught} of {len(mutants)} caught.**",
        f"The unchanged product holds in {held} of {len(controls)} scenarios.",
        "",
        "| mistake | scenario | caught by |",
        "|---|---|---|",
    ]
    for outcome in mutants:
        assert outcome.mutant is not None
        by = outcome.evidence if outcome.right else "**not caught**"
        lines.append(f"| {outcome.mutant.name} | {outcome.scenario} | {by[:160]} |")
    return "\n".join(lines) + "\n"
