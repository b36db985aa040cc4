"""`python -m bench.vitals`: measure what no other command does, show progress, write a page."""

import argparse
import sys
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path

import httpx

from bench.arena import running_arena
from bench.contenders.contender import ContenderFailed
from bench.helper import HelperFailed
from bench.leftovers import end_leftovers, run_folder
from bench.load.api import Refused
from bench.loopback import NotLoopback
from bench.measures.machine import is_load_quiet, load_of_last_minute
from bench.terminal import end_when_told, say
from bench.vitals.plan import Plan
from bench.vitals.report import markdown
from bench.vitals.run import MEASURES, measure
from local_stack.errors import StackError
from local_stack.places import LOCAL_FOLDER, repository


def main(arguments: list[str]) -> int:
    """Run, and return 0 when every claim holds."""
    parser = argparse.ArgumentParser(prog="python -m bench.vitals", description=__doc__)
    parser.add_argument("--only", default=",".join(MEASURES), help="some of: %(default)s")
    parser.add_argument("--report", type=Path, help="write the page to this file")
    given = parser.parse_args(arguments)
    names = given.only.split(",")
    if unknown := set(names) - set(MEASURES):
        parser.error(f"no part {', '.join(sorted(unknown))}")
    end_when_told()
    if not is_load_quiet(load_of_last_minute(), cpu_count() or 1):
        say(f"the machine is busy, {load_of_last_minute():.1f} processes wanted a core")
    try:
        end_leftovers(repository() / LOCAL_FOLDER)
        with run_folder() as folder, running_arena(folder) as arena:
            parts = measure(Plan(), names, arena, folder, say)
    except KeyboardInterrupt:
        say("ended before it was done; its processes are ended too")
        return 130
    except (
        ContenderFailed,
        HelperFailed,
        NotLoopback,
        Refused,
        StackError,
        httpx.HTTPError,
    ) as error:
        say(f"error: {error}\n{getattr(error, 'details', '')}")
        return 1
    page = markdown(parts, datetime.now(UTC))
    if given.report:
        given.report.write_text(page, encoding="utf-8")
    say(f"\n{page}")
    return 0 if all(claim.holds for part in parts for claim in part.claims) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
