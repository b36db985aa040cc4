"""`python -m bench`: compare, show progress and a table, write the files."""

import argparse
import sys

from bench.campaign import compare
from bench.contenders.known import KNOWN
from bench.installing import CannotInstall, install_packages
from bench.leftovers import end_leftovers, run_folder
from bench.loopback import NotLoopback
from bench.plan import Plan, chosen
from bench.report.files import write
from bench.report.standings import standings
from bench.report.table import for_terminal
from bench.terminal import end_when_told, say
from local_stack.errors import StackError
from local_stack.places import LOCAL_FOLDER, repository


def main(arguments: list[str]) -> int:
    """Run, and return 0 when every contender finished every round."""
    plan = _plan(arguments)
    end_when_told()
    try:
        if install_packages():
            say("installed the packages of the contenders")
        end_leftovers(repository() / LOCAL_FOLDER)
        with run_folder() as folder:
            outcome = compare(plan, folder, say)
    except KeyboardInterrupt:
        say("ended before it was done; its processes are ended too")
        return 130
    except (CannotInstall, NotLoopback, StackError) as error:
        say(f"error: {error}\n{getattr(error, 'details', '')}")
        return 1
    if outcome.shares:
        say(f"\n{for_terminal(standings(outcome.shares))}\n\nwritten to {write(outcome)}")
    for doubt in outcome.doubts():
        say(f"NOT TO BE TRUSTED: {doubt}")
    for failure in outcome.failures:
        say(f"FAILED: {failure}")
    return 1 if outcome.failures else 0


def _plan(arguments: list[str]) -> Plan:
    usual = Plan()
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=usual.rounds)
    parser.add_argument("--only", default="", help=f"some of {','.join(KNOWN)}")
    parser.add_argument("--jobs", type=int, default=usual.burst_jobs, help="at once")
    parser.add_argument("--slow-jobs", type=int, default=usual.slow_jobs)
    parser.add_argument("--slow-rate", type=float, default=usual.slow_per_second)
    given = parser.parse_args(arguments)
    try:
        names = chosen(given.only)
    except ValueError as error:
        parser.error(str(error))
    return Plan(
        names=names,
        rounds=given.rounds,
        slow_jobs=given.slow_jobs,
        slow_per_second=given.slow_rate,
        burst_jobs=given.jobs,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
