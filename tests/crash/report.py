"""The result as a table of points and modes."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from failpoints.layer import Mode

from crash.suite import Verdict


def table(verdicts: Iterable[Verdict]) -> str:
    """Return a line for each service's point: how many runs of each mode were right."""
    cells: dict[str, dict[Mode, list[Verdict]]] = defaultdict(lambda: defaultdict(list))
    for verdict in verdicts:
        fault = verdict.case.fault
        cells[f"{fault.service} {fault.point}"][fault.mode].append(verdict)
    rows = ["| point | " + " | ".join(Mode) + " | seconds |", "|---|" + "---|" * (len(Mode) + 1)]
    for name, by_mode in sorted(cells.items()):
        seconds = sum(verdict.seconds for runs in by_mode.values() for verdict in runs)
        said = " | ".join(_cell(by_mode.get(mode, [])) for mode in Mode)
        rows.append(f"| {name} | {said} | {seconds:.1f} |")
    return "\n".join(rows)


def _cell(runs: list[Verdict]) -> str:
    if not runs:
        return "-"
    right = sum(not run.wrongs for run in runs)
    return f"{right}/{len(runs)}" + ("" if right == len(runs) else " FAILED")


def markdown(verdicts: list[Verdict], problems: list[str], seconds: float) -> str:
    """Return the whole report."""
    modes = Counter(verdict.case.fault.mode for verdict in verdicts)
    failed = [verdict for verdict in verdicts if verdict.wrongs]
    points = {(v.case.fault.service, v.case.fault.point) for v in verdicts}
    lines = [
        f"{len(points)} points of services, {len(verdicts)} runs of three jobs or more in "
        f"{seconds:.0f} s: " + ", ".join(f"{count} {mode}" for mode, count in modes.items()),
        f"failed: {len(failed)}",
        *problems,
        "",
        table(verdicts),
    ]
    for verdict in failed:
        lines += ["", f"{verdict.case.fault} in {verdict.case.scene}:", ""]
        lines += [f"- {wrong}" for wrong in verdict.wrongs]
    return "\n".join(lines) + "\n"
