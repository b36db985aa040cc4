"""The verdict of a run, in numbers: what was asked, promised, found again, lost, doubled."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from chaos.check import Finding, failures, orphans, repeated, wasted_ms
from chaos.evidence import Evidence
from chaos.inflict import Struck
from chaos.schedule import Kind, Schedule

LOST = "is not there: lost"
MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a run."""

    schedule: Schedule
    commit: str
    evidence: Evidence
    findings: list[Finding]
    struck: list[Struck]
    simulator_struck: dict[str, int]
    store_struck: dict[str, int]
    unexpected_exits: Counter[str]
    load_seconds: float
    settle_seconds: float
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every rule holds."""
        return not self.findings

    @property
    def numbers(self) -> dict[str, int]:
        """The counts that a verdict is about."""
        wishes, jobs = self.evidence.wishes, self.evidence.jobs
        acknowledged = {wish.job_id for wish in wishes if wish.acknowledged}
        lost = sum(LOST in finding.detail for finding in self.findings)
        doubled = sum(finding.rule in {"I3", "I6"} for finding in self.findings)
        return {
            "attempted": len(wishes),
            "acknowledged": len(acknowledged),
            "recovered": sum(str(job_id) not in acknowledged for job_id in jobs),
            "lost": lost,
            "duplicated": doubled,
            "unexpected": len(self.findings) - lost - doubled,
            "extra submissions": sum(repeated(self.evidence).values()),
        }

    def recoveries(self) -> dict[Kind, list[tuple[float, float | None]]]:
        """Return for each fault how long it lasted and when the next job was done after its end."""
        finished = sorted(
            job.finished_at.timestamp()
            for job in self.evidence.jobs.values()
            if job.state == "done" and job.finished_at is not None
        )
        found: dict[Kind, list[tuple[float, float | None]]] = defaultdict(list)
        for struck in self.struck:
            after = next((at - struck.healed_at for at in finished if at > struck.healed_at), None)
            found[struck.fault.kind].append((struck.healed_at - struck.began_at, after))
        return found

    def markdown(self) -> str:
        """Return the verdict as a section of a page."""
        schedule, numbers = self.schedule, self.numbers
        word = "Holds" if self.holds else "DOES NOT HOLD"
        lines = [
            f"### Seed {schedule.seed}: {schedule.jobs} jobs, {len(schedule.faults)} faults",
            "",
            f"Commit `{self.commit}`. **{word}.**",
            "",
            f"Load {self.load_seconds:.0f} s, quiet after {self.settle_seconds:.0f} s more.",
            "",
            f"| {' | '.join(numbers)} |",
            "|" + "---|" * len(numbers),
            f"| {' | '.join(map(str, numbers.values()))} |",
            "",
            *(f"- {fact}" for fact in [*self._facts(), *self.notes]),
            "",
            "| fault | times | lasted p50, s | next job done after it: p50, s | max, s |",
            "|---|---|---|---|---|",
            *self._recovery_rows(),
        ]
        if self.findings:
            lines += ["", "Findings:", "", *(f"- {f}" for f in self.findings[:MOST_FINDINGS])]
        return "\n".join(lines) + "\n"

    def _facts(self) -> list[str]:
        evidence = self.evidence
        states = Counter(job.state for job in evidence.jobs.values())
        billed_ms = sum(submission.billed_ms for submission in evidence.submissions)
        return [
            f"Jobs: {_counted(states)}; failed: {_counted(failures(evidence))}.",
            f"Extra submissions by what ended the one before: {_counted(repeated(evidence))}.",
            f"GPU time for what nobody got: {wasted_ms(evidence)} ms of {billed_ms} ms.",
            f"Objects of no job, for garbage collection: {len(orphans(evidence))}.",
            f"RunPod's faults struck: {_counted(self.simulator_struck)}.",
            f"The store's faults struck: {_counted(self.store_struck)}.",
            f"Processes that ended by themselves: {_counted(self.unexpected_exits)}.",
        ]

    def _recovery_rows(self) -> list[str]:
        rows = []
        for kind, both in sorted(self.recoveries().items()):
            lasted = [seconds for seconds, _ in both]
            after = [seconds for _, seconds in both if seconds is not None]
            p50, longest = (f"{median(after):.1f}", f"{max(after):.1f}") if after else ("-", "-")
            rows.append(f"| {kind} | {len(both)} | {median(lasted):.1f} | {p50} | {longest} |")
        return rows


def _counted(counts: Counter[str] | dict[str, int]) -> str:
    ordered: Sequence[tuple[str, int]] = sorted(
        counts.items(), key=lambda item: (-item[1], item[0])
    )
    return ", ".join(f"{count} {name}" for name, count in ordered) or "none"
