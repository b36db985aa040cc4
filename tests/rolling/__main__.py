"""``python -m rolling``: restart every service in turn, on servers of its own, and report."""

import argparse
import sys
import tempfile
from pathlib import Path

from backends import TestRun
from e2e.fixtures import new_addresses

from rolling.restarts import roll


def main() -> int:
    """Roll, print the report, and return 1 when anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m rolling", description=__doc__)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--report", type=Path, help="write the figures to this file, as Markdown")
    chosen = parser.parse_args()
    run = TestRun.begin()
    try:
        addresses = new_addresses(run.backends())
        with tempfile.TemporaryDirectory(prefix="rolling-") as folder:
            outcome = roll(addresses, Path(folder), restarts=chosen.restarts, people=chosen.people)
    finally:
        run.end()
    report = outcome.markdown()
    sys.stdout.write(report)
    if chosen.report is not None:
        chosen.report.write_text(report, encoding="utf-8")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
