"""``python -m budgets``: weigh and time the studio behind a gateway, and hold it to its budgets."""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from backends import TestRun
from e2e.fixtures import new_addresses
from e2e.stack import Stack

from budgets.lighthouse import ask_lighthouse, install
from budgets.limits import USABLE_SECONDS, Measured, broken
from budgets.sizes import LANGUAGES, sizes
from budgets.usable import usable_seconds
from local_stack.browsers import WHOLE

DIST = Path(__file__).parents[2] / "frontend" / "dist"


def main(arguments: list[str]) -> int:
    """Print every budget beside what was measured; 0 when all are kept."""
    parser = argparse.ArgumentParser(prog="budgets", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of which the median counts")
    parser.add_argument("--dist", type=Path, default=DIST, help="another build of the studio")
    given = parser.parse_args(arguments)
    measured = sizes(given.dist)
    _show(measured)
    WHOLE.ensure()
    install()
    run = TestRun.begin()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ob-budgets-") as folder,
            Stack(new_addresses(run.backends()), Path(folder), given.dist) as stack,
        ):
            for language in LANGUAGES:
                timed = _timed(f"{stack.url}/{language}", given.runs)
                _say(f"\n/{language}, median of {given.runs}")
                _show(timed)
                measured += timed
    finally:
        run.end()
    over = broken(measured)
    _say(
        f"\n{len(over)} of {len(measured)} budgets are broken" if over else "\nall budgets are kept"
    )
    return 1 if over else 0


def _timed(url: str, runs: int) -> list[Measured]:
    usable = median(usable_seconds(url) for _ in range(runs))
    return [*ask_lighthouse(url, runs), Measured("usable", usable, USABLE_SECONDS, "s")]


def _show(measured: list[Measured]) -> None:
    for one in measured:
        _say(str(one))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
