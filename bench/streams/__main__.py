"""`python -m bench.streams`: open streams, show progress, say what they cost."""

import argparse
import resource
import sys
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path
from typing import Final

import httpx

from bench.arena import running_arena
from bench.helper import HelperFailed
from bench.leftovers import end_leftovers, run_folder
from bench.streams.run import Outcome, Plan, spread, watch_streams
from bench.terminal import end_when_told, say
from local_stack.errors import StackError
from local_stack.places import LOCAL_FOLDER, repository

SPARE_FILES: Final = 500
STREAM_KIB: Final = 40.0
"""10,000 streams in 400 MB."""
QUIET_CORES_OF_THOUSAND: Final = 0.01
"""Each is told every 15 s that its stream lives, which takes a sixth of a millisecond."""
TOLD_SECONDS: Final = 0.5


def claims(outcome: Outcome) -> list[tuple[bool, str, str]]:
    """Return what is promised: whether it holds, the promise, and the figure."""
    plan, told = outcome.plan, outcome.told_seconds
    return [
        (
            outcome.opened == plan.idle,
            f"{plan.idle} idle streams of as many accounts at one gateway",
            f"{outcome.opened}, {outcome.opened_per_second:.0f} opened a second",
        ),
        (
            outcome.stream_kib <= STREAM_KIB,
            f"one takes at most {STREAM_KIB:.0f} KiB",
            f"{outcome.stream_kib:.1f} KiB; all: {outcome.after_mib - outcome.before_mib:.0f} MiB",
        ),
        (
            outcome.quiet_cores <= QUIET_CORES_OF_THOUSAND * plan.idle / 1000,
            f"silent, a thousand keep the gateway busy for {QUIET_CORES_OF_THOUSAND:.0%} of a core",
            f"all: {outcome.quiet_cores:.1%}, Postgres {outcome.quiet_postgres_cores:.1%}",
        ),
        (
            len(told) == plan.listeners and max(told) <= TOLD_SECONDS,
            f"{plan.listeners} more listeners of one event hear it within {TOLD_SECONDS} s",
            f"{len(told)} heard it: {spread(told)} s",
        ),
    ]


def markdown(outcome: Outcome, now: datetime) -> str:
    """Return the page."""
    rows = [
        f"| {'yes' if holds else 'NO'} | {claim} | {said} |"
        for holds, claim, said in claims(outcome)
    ]
    lines = [
        "# Live events",
        "",
        f"{now:%d %B %Y}, {cpu_count()} cores, which also carried the servers and the readers.",
        "",
        "| holds | claim | measured |",
        "|---|---|---|",
        *rows,
        "",
        f"Small requests with all streams open: {spread(outcome.get_ms)} ms.",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Run, and return 0 when every claim holds."""
    usual = Plan()
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--idle", type=int, default=usual.idle)
    parser.add_argument("--listeners", type=int, default=usual.listeners)
    parser.add_argument("--seconds", type=float, default=usual.quiet_seconds, help="of silence")
    parser.add_argument("--report", type=Path, help="write the page to this file")
    given = parser.parse_args(arguments)
    plan = Plan(given.idle, given.listeners, given.seconds)
    end_when_told()
    try:
        _allow_files(plan.idle + plan.listeners + SPARE_FILES)
        end_leftovers(repository() / LOCAL_FOLDER)
        with run_folder() as folder, running_arena(folder) as arena:
            outcome = watch_streams(plan, arena, folder, say)
    except KeyboardInterrupt:
        say("ended before it was done; its processes are ended too")
        return 130
    except (HelperFailed, httpx.HTTPError, StackError) as error:
        say(f"error: {error}\n{getattr(error, 'details', '')}")
        return 1
    page = markdown(outcome, datetime.now(UTC))
    if given.report:
        given.report.write_text(page, encoding="utf-8")
    say(f"\n{page}")
    return 0 if all(holds for holds, _, _ in claims(outcome)) else 1


def _allow_files(count: int) -> None:
    """Let this process and those that it starts open so many files.

    Raises:
        StackError: The machine allows fewer.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise StackError(f"{count} open files are wanted, {hard} allowed: ulimit -Hn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
