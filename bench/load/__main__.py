"""`python -m bench.load`: let people at the running stack, show progress, write a report."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench.load.report import claims, markdown, write
from bench.load.run import LONGEST_SECONDS, Plan, load
from bench.load.target import Target, running_stack
from bench.loopback import NotLoopback
from bench.terminal import end_when_told, say
from local_stack.errors import StackError


def main(arguments: list[str]) -> int:
    """Run, and return 0 when every claim holds."""
    usual = Plan()
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--people", type=int, default=usual.people)
    parser.add_argument("--seconds", type=float, default=usual.seconds)
    parser.add_argument("--pause", type=float, default=usual.pause_seconds, help="between wishes")
    parser.add_argument("--workers", type=int, default=usual.workers, help="simulated GPUs")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--url", help="another gateway on this machine than that of `make up`")
    parser.add_argument("--report", type=Path, help="also write the page to this file")
    given = parser.parse_args(arguments)
    if not (given.people > 0 and 0 < given.seconds <= LONGEST_SECONDS and given.pause > 0):
        parser.error(f"there is no run of these people for at most {LONGEST_SECONDS:.0f} s")
    plan = Plan(given.people, given.seconds, given.pause, given.workers, given.seed)
    end_when_told()
    try:
        target = Target(given.url) if given.url else running_stack()
        outcome = load(plan, target, say)
    except KeyboardInterrupt:
        say("ended before it was done")
        return 130
    except (NotLoopback, StackError, httpx.HTTPError) as error:
        say(f"error: {error}")
        return 1
    page = markdown(outcome, datetime.now(UTC))
    if given.report:
        given.report.write_text(page, encoding="utf-8")
    say(f"\n{page}\nwritten to {write(outcome)}")
    return 0 if all(holds for holds, _, _ in claims(outcome)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
