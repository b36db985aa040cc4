"""``python -m crash``: strike every failpoint; ``--record`` looks anew which there are."""

import argparse
import asyncio
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from backends import TestRun
from failpoints.layer import Mode

from crash.cases import choose_places, never_hit, read_places, unheard_of, write_places
from crash.report import markdown, table
from crash.suite import Case, Suite, Verdict
from local_stack.places import LOCAL_FOLDER, repository


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m crash", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write points.txt, strike nothing")
    parser.add_argument("--modes", default=",".join(Mode), help="of kill, raise, hang, timeout")
    parser.add_argument("--only", default="", help="part of the names of the faults to strike")
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--report", type=Path, help="a file for the result as Markdown")
    return parser.parse_args(arguments)


async def record(suite: Suite) -> int:
    """Write down which points are passed in which scene."""
    seen, wrongs = await suite.record(print)
    places = choose_places(seen)
    write_places(places)
    passed = {passage.point for sets in seen.values() for one in sets for passage in one}
    wrongs += [f"never hit: {point}" for point in never_hit(passed)]
    wrongs += [f"has no name: {point}" for point in unheard_of(passed)]
    print(f"{len(places)} points of services in {len(seen)} scenes")
    print("\n".join(wrongs))
    return 1 if wrongs else 0


async def strike(suite: Suite, wanted: argparse.Namespace) -> int:
    """Strike, and say how it went."""
    cases = [
        Case(fault, place.scene)
        for mode in map(Mode, wanted.modes.split(","))
        for place in read_places()
        for fault in place.faults(mode)
        if wanted.only in str(fault)
    ]
    began, done = time.monotonic(), 0

    def tell(verdict: Verdict) -> None:
        nonlocal done
        done += 1
        said = "ok" if not verdict.wrongs else "FAILED " + "; ".join(verdict.wrongs)
        fault, scene = verdict.case.fault, verdict.case.scene
        print(f"{done:4}/{len(cases)} {verdict.seconds:5.1f} s  {fault} in {scene}: {said}")

    verdicts = await suite.strike(cases, tell, lanes=min(wanted.lanes, len(cases)))
    seconds = time.monotonic() - began
    passed = {passage.point for passage in suite.seen}
    missing = [] if wanted.only else never_hit(passed)
    problems = [f"never hit: {point}" for point in missing]
    problems += [f"has no name: {point}" for point in unheard_of(passed)]
    problems += [f"in a log: {leak}" for leak in suite.leaks]
    failed = sum(bool(verdict.wrongs) for verdict in verdicts)
    print(table(verdicts))
    print(f"{len(verdicts)} runs, {failed} failed, {seconds:.0f} s")
    print("\n".join(problems + [f"logs: {suite.failures}"] * bool(failed)))
    if wanted.report is not None:
        wanted.report.write_text(markdown(verdicts, problems, seconds), encoding="utf-8")
    return 1 if problems or failed else 0


async def main(wanted: argparse.Namespace) -> int:
    """Start the servers, and stop them whatever happens."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a TextIOWrapper
    run = TestRun.begin()
    failures = repository() / LOCAL_FOLDER / "crash"
    shutil.rmtree(failures, ignore_errors=True)
    try:
        suite = Suite(await asyncio.to_thread(run.backends), run.folder / "crash", failures)
        return await (record(suite) if wanted.record else strike(suite, wanted))
    finally:
        await asyncio.to_thread(run.end)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(parse(sys.argv[1:]))))
