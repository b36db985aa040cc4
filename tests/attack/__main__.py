"""``python -m attack``: the whole attack on a gateway of its own, with a verdict."""

import argparse
import sys
import tempfile
from pathlib import Path

from backends import TestRun
from e2e.fixtures import new_addresses

from attack.campaign import Plan, attack
from attack.target import gateway_under_attack
from attack.verdict import claims, report


def main(arguments: list[str]) -> int:
    """Attack, print what was seen, and return 0 when everything holds."""
    usual = Plan()
    parser = argparse.ArgumentParser(prog="attack", description=__doc__)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--count", type=int, default=usual.count)
    parser.add_argument("--senders", type=int, default=usual.senders)
    parser.add_argument("--report", type=Path, help="write the figures as Markdown here")
    given = parser.parse_args(arguments)
    plan = Plan(seed=given.seed, count=given.count, senders=given.senders)
    run = TestRun.begin()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ob-attack-") as folder,
            gateway_under_attack(new_addresses(run.backends()), Path(folder)) as target,
        ):
            outcome = attack(target, plan, _say)
    finally:
        run.end()
    text = report(outcome)
    if given.report is not None:
        given.report.write_text(text, encoding="utf-8")
    _say(text)
    broken = [claim.text for claim in claims(outcome) if not claim.holds]
    _say(f"NOT HELD: {'; '.join(broken)}" if broken else "everything holds")
    return 1 if broken else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
