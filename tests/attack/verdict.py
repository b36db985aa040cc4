"""What must hold after an attack, and a report of it for people."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

from attack.campaign import POOLED_LIMIT, Outcome, Shot
from shared.errors import CATALOGUE

CHILD_LIMIT_MIB: Final = 1024
P99_LIMIT_SECONDS: Final = 2.0
GROWTH_LIMIT_MIB: Final = 48
DAWDLE_LIMIT_SECONDS: Final = 20.0
PEAK_LIMIT_MIB: Final = 96
"""Above the warm service: a few uploads of megabytes at a time pass through it."""

_UNANSWERED: Final = frozenset({"cut upload", "lying length", "lying chunks"})
"""Kinds whose sender hangs up or promises more than it sends: there may be nobody to answer."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that must hold, with the figure that shows it.

    ``needs_quiet``: it is about time, so a machine that does other things as well can break it.
    """

    text: str
    figure: str
    holds: bool
    needs_quiet: bool = False


def claims(outcome: Outcome) -> list[Claim]:
    """Return everything that was claimed of an attack, and whether it is so."""
    shots, before, after, watch = outcome.shots, outcome.before, outcome.after, outcome.watch
    assert before is not None
    assert after is not None
    assert watch is not None
    seconds = sorted(shot.answer.seconds for shot in shots if shot.answer)
    p99 = percentile(seconds, 0.99)
    growth_mib = (after.memory_kib - before.memory_kib) / 1024
    peak_mib = (watch.service_peak_kib - before.memory_kib) / 1024
    child_mib = watch.child_peak_kib / 1024
    return [
        Claim("every mutant was sent", str(len(shots)), len(shots) == outcome.plan.count),
        _none("answers of 500 and above", [s for s in shots if _status(s) >= 500]),
        _none("requests without an end", [s for s in shots if s.answer is None]),
        _none("connections closed without an answer", list(filter(_is_silent, shots))),
        _none("refusals without a code of the catalogue", list(filter(_is_wordless, shots))),
        _none("accepted that never may be", list(filter(_is_wrongly_taken, shots))),
        _none("good pictures refused", list(filter(_is_wrongly_refused, shots))),
        Claim(
            "one job for each acceptance, none for a cut or a refused upload",
            f"{outcome.rows} jobs, {outcome.rows_expected} acceptances",
            outcome.rows == outcome.rows_expected,
        ),
        Claim(
            "stored pictures with anything beside pixels, or under a name that was sent",
            str(len(outcome.unclean)) + "".join(f" {line}" for line in outcome.unclean[:3]),
            not outcome.unclean,
        ),
        Claim(
            f"99 of 100 answers within {P99_LIMIT_SECONDS:.0f} s",
            f"p50 {percentile(seconds, 0.5):.3f} s, p99 {p99:.3f} s, longest {seconds[-1]:.3f} s",
            p99 < P99_LIMIT_SECONDS,
            needs_quiet=True,
        ),
        Claim(
            f"no decoding child above {CHILD_LIMIT_MIB} MiB",
            f"{child_mib:.0f} MiB among {len(watch.children_seen)} children seen",
            0 < child_mib < CHILD_LIMIT_MIB,
        ),
        Claim(
            f"the service's memory grows by less than {GROWTH_LIMIT_MIB} MiB",
            f"{before.memory_kib / 1024:.0f} MiB before, {growth_mib:+.1f} MiB after",
            growth_mib < GROWTH_LIMIT_MIB,
        ),
        Claim(
            f"and is never {PEAK_LIMIT_MIB} MiB above",
            f"{peak_mib:+.1f} MiB at its peak",
            peak_mib < PEAK_LIMIT_MIB,
        ),
        Claim(
            f"no dawdling connection is held for {DAWDLE_LIMIT_SECONDS:.0f} s",
            f"{len(outcome.dawdled_seconds)} held, the longest for "
            f"{max(outcome.dawdled_seconds, default=0.0):.1f} s",
            max(outcome.dawdled_seconds, default=0.0) < DAWDLE_LIMIT_SECONDS,
            needs_quiet=True,
        ),
        Claim(
            "temporary files left",
            str(after.files_left - before.files_left),
            after.files_left <= before.files_left,
        ),
        Claim(
            "processes left",
            str(after.processes - before.processes),
            after.processes <= before.processes,
        ),
        Claim(
            f"open files and connections left, beside up to {POOLED_LIMIT} of its pools",
            str(after.open_files - before.open_files),
            after.open_files <= before.open_files + POOLED_LIMIT,
        ),
    ]


def percentile(ordered: list[float], share: float) -> float:
    """Return the value that a share of an ordered list does not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(outcome: Outcome) -> str:
    """Return the attack as a section of Markdown."""
    plan = outcome.plan
    summary = (
        f"{len(outcome.shots)} mutants, seed {plan.seed}, {plan.senders} at a time beside "
        f"{plan.dawdlers} dawdling connections, in {outcome.seconds:.0f} s."
    )
    lines = [summary, "", "| holds | claim | measured |", "|---|---|---|"]
    lines += [
        f"| {'yes' if claim.holds else 'NO'} | {claim.text} | {claim.figure} |"
        for claim in claims(outcome)
    ]
    lines += ["", "| kind | sent | answers | longest |", "|---|---|---|---|"]
    by_kind: dict[str, list[Shot]] = defaultdict(list)
    for shot in outcome.shots:
        by_kind[shot.kind.name].append(shot)
    for name, shots in by_kind.items():
        answers = Counter(_word(shot) for shot in shots)
        said = ", ".join(f"{count} {word}" for word, count in answers.most_common())
        longest = max((shot.answer.seconds for shot in shots if shot.answer), default=0.0)
        lines.append(f"| {name} | {len(shots)} | {said} | {longest:.2f} s |")
    return "\n".join(lines) + "\n"


def _none(text: str, found: list[Shot]) -> Claim:
    told = "".join(f"; {s.kind.name} #{s.index}: {_word(s)}" for s in found[:5])
    return Claim(text, f"{len(found)}{told}", not found)


def _status(shot: Shot) -> int:
    return shot.answer.status if shot.answer else 0


def _word(shot: Shot) -> str:
    if shot.answer is None:
        return "no end"
    if shot.answer.status == 0:
        return "no answer"
    return "accepted" if shot.answer.status == 202 else shot.answer.code or str(shot.answer.status)


def _is_silent(shot: Shot) -> bool:
    return shot.answer is not None and not shot.answer.status and shot.kind.name not in _UNANSWERED


def _is_wordless(shot: Shot) -> bool:
    return _status(shot) >= 400 and (shot.answer is None or shot.answer.code not in CATALOGUE)


def _is_wrongly_taken(shot: Shot) -> bool:
    return not shot.kind.may_pass and _status(shot) == 202


def _is_wrongly_refused(shot: Shot) -> bool:
    return shot.kind.must_pass and _status(shot) != 202
