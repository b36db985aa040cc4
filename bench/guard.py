"""`python -m bench.guard`: fails when a job has become much dearer than bare drivers make it.

Processor time is compared, in one short run, because rates depend on what else the machine does.
"""

import sys
from typing import Final

from bench.campaign import compare
from bench.contenders.known import REFERENCE
from bench.installing import CannotInstall, install_packages
from bench.leftovers import end_leftovers, run_folder
from bench.loopback import NotLoopback
from bench.plan import Plan
from bench.terminal import say
from local_stack.errors import StackError
from local_stack.places import LOCAL_FOLDER, repository

MOST_TIMES: Final = {"product_unchecked": 12.0, "product": 30.0}
"""How much processor time a job may take, in times of the reference's; a real slowdown is worse."""

TRIES: Final = 2
"""Where the machine's pace changes meanwhile one measurement lies; what is too dear is so twice."""

PLAN: Final = Plan(
    names=(REFERENCE, *MOST_TIMES), rounds=1, warm_up_jobs=60, slow_jobs=40, burst_jobs=300
)


def main() -> int:
    """Measure, and return 0 when nothing is dearer than it may be."""
    try:
        install_packages()
        end_leftovers(repository() / LOCAL_FOLDER)
        return 0 if any(_holds() for _ in range(TRIES)) else 1
    except (CannotInstall, NotLoopback, StackError) as error:
        say(f"error: {error}\n{getattr(error, 'details', '')}")
        return 1


def _holds() -> bool:
    with run_folder() as folder:
        outcome = compare(PLAN, folder, say)
    cost = {share.contender: share.all_cpu_ms for share in outcome.shares}
    if outcome.failures or cost.keys() != set(PLAN.names):
        return False
    dear = 0
    for name, most in MOST_TIMES.items():
        times = cost[name] / cost[REFERENCE]
        dear += times > most
        verdict = "holds" if times <= most else "TOO DEAR"
        say(f"{verdict}: {name} takes {times:.1f} times what {REFERENCE} does, at most {most}")
    return not dear


if __name__ == "__main__":
    sys.exit(main())
