"""All parts of a run, in turn, on the same servers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.arena import Arena
from bench.vitals.idle import measure_idle
from bench.vitals.limits import measure_limits
from bench.vitals.part import Part, Say
from bench.vitals.plan import Plan
from bench.vitals.polling import measure_polling
from bench.vitals.starts import measure_starts
from bench.vitals.uploads import measure_uploads

MEASURES: Final[Mapping[str, Callable[[Plan, Arena, Path, Say], Part]]] = {
    "start": measure_starts,
    "idle": measure_idle,
    "uploads": measure_uploads,
    "polling": measure_polling,
    "limits": measure_limits,
}


def measure(plan: Plan, names: Sequence[str], arena: Arena, folder: Path, say: Say) -> list[Part]:
    """Measure the named parts, and say what each found.

    Raises:
        StackError: a service does not come up.
        ContenderFailed: jobs do not end.
        HelperFailed: a process of the bench's own does not answer.
        Refused: the gateway did not take an upload.
        httpx.HTTPError: it refused something else.
    """
    parts = []
    for name in names:
        own = folder / name
        own.mkdir(parents=True, exist_ok=True)
        part = MEASURES[name](plan, arena, own, say)
        for claim in part.claims:
            say(f"    {'holds' if claim.holds else 'FAILS'}: {claim.promise}: {claim.figure}")
        if not part.disturbance.is_quiet:
            say(f"    not quiet: {part.disturbance}")
        parts.append(part)
    return parts
