"""``python -m chaos run``: see the package."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from chaos import rescue
from chaos.mutants import LANES, judge, markdown
from chaos.run import TIME_SCALE, Options, run
from chaos.running import check_running, local_environment
from chaos.schedule import plan
from shared.observability.logging import configure_logging


def main() -> int:
    """Run the verb that the command line names and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    runs = verbs.add_parser("run", help="the product under a schedule of faults")
    runs.add_argument("--seed", type=int, nargs="+", default=[1])
    runs.add_argument("--jobs", type=int, default=2000)
    runs.add_argument("--faults", type=int, default=200)
    runs.add_argument("--time-scale", type=float, default=TIME_SCALE)
    runs.add_argument("--keep", action="store_true", help="keep logs and ledgers")
    runs.add_argument("--report", type=Path, help="append the verdict to this file, as Markdown")
    gate = verbs.add_parser("mutants", help="twelve broken builds, each to be caught")
    gate.add_argument("names", nargs="*", help="only these mutants")
    gate.add_argument("--lanes", type=int, default=LANES, help="builds at a time")
    gate.add_argument("--report", type=Path, help="append the outcome to this file, as Markdown")
    check = verbs.add_parser("check", help="the rules, on the stack that runs")
    check.add_argument("--settled", action="store_true", help="nothing is in flight")
    rescues = verbs.add_parser("rescue", help="how long rescues take with production's timers")
    rescues.add_argument("--report", type=Path, help="append the figures to this file, as Markdown")
    chosen = parser.parse_args()
    configure_logging("chaos", "CRITICAL")
    # Whoever ends a run ends its servers too, also where a shell has made it deaf to Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    actions = {"run": _runs, "mutants": _mutants, "check": _check, "rescue": _rescue}
    return actions[chosen.verb](chosen)


def _runs(chosen: argparse.Namespace) -> int:
    failed = 0
    for seed in chosen.seed:
        schedule = plan(seed, jobs=chosen.jobs, faults=chosen.faults)
        verdict = asyncio.run(run(schedule, Options(chosen.time_scale, chosen.keep)))
        text = verdict.markdown()
        print(f"\n{text}", flush=True)
        _report(chosen.report, text)
        failed += not verdict.holds
    print(f"{len(chosen.seed) - failed} of {len(chosen.seed)} runs hold", flush=True)
    return 1 if failed else 0


def _mutants(chosen: argparse.Namespace) -> int:
    outcomes = asyncio.run(judge(chosen.names, lanes=chosen.lanes))
    text = markdown(outcomes)
    print(f"\n{text}", flush=True)
    _report(chosen.report, text)
    return 0 if all(outcome.right for outcome in outcomes) else 1


def _check(chosen: argparse.Namespace) -> int:
    checked = asyncio.run(check_running(local_environment(), settled=chosen.settled))
    for finding in checked.findings:
        print(finding)
    ledger = "" if checked.submissions is None else f", {checked.submissions} submissions"
    print(
        f"{checked.jobs} jobs, {checked.pictures} pictures{ledger}:"
        f" {len(checked.findings)} findings",
        flush=True,
    )
    return 1 if checked.findings else 0


def _rescue(chosen: argparse.Namespace) -> int:
    measured = asyncio.run(rescue.measure())
    text = rescue.markdown(measured)
    print(f"\n{text}", flush=True)
    _report(chosen.report, text)
    return 0 if all(one.kept for one in measured) else 1


def _report(path: Path | None, text: str) -> None:
    if path is not None:
        with path.open("a", encoding="utf-8") as report:
            report.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
