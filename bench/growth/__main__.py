"""`python -m bench.growth`: measure a job in every state, show progress, write a report."""

import argparse
import dataclasses
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.contenders.contender import ContenderFailed
from bench.growth.plan import SCENARIOS, Plan
from bench.growth.report import holds, markdown, write
from bench.growth.run import grow
from bench.leftovers import end_leftovers, run_folder
from bench.terminal import end_when_told, say
from local_stack.errors import StackError
from local_stack.places import LOCAL_FOLDER, repository


def main(arguments: list[str]) -> int:
    """Run, and return 0 when every scenario holds."""
    usual = Plan()
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--jobs", type=int, default=usual.burst_jobs, help="in a burst")
    parser.add_argument("--bursts", type=int, default=usual.bursts)
    parser.add_argument(
        "--only", default="", help=f"one of: {', '.join(scenario.name for scenario in SCENARIOS)}"
    )
    parser.add_argument("--report", type=Path, help="also write the page to this file")
    given = parser.parse_args(arguments)
    scenarios = [scenario for scenario in SCENARIOS if given.only in scenario.name]
    if not scenarios:
        parser.error(f"no scenario {given.only!r}")
    plan = dataclasses.replace(
        usual, burst_jobs=given.jobs, bursts=given.bursts, scenarios=scenarios
    )
    end_when_told()
    try:
        end_leftovers(repository() / LOCAL_FOLDER)
        with run_folder() as folder:
            measured = grow(plan, folder, say)
    except KeyboardInterrupt:
        say("ended before it was done; its processes are ended too")
        return 130
    except (ContenderFailed, StackError) as error:
        say(f"error: {error}\n{error.details}")
        return 1
    page = markdown(plan, measured, datetime.now(UTC))
    if given.report:
        given.report.write_text(page, encoding="utf-8")
    say(f"\n{page}\nwritten to {write(plan, measured)}")
    return 0 if all(holds(scenario, measured) for scenario in plan.scenarios) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
