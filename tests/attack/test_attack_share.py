"""A share of the attack, with every kind in it; `make attack` sends all 10,000."""

from pathlib import Path

import pytest
from backends import Backends
from e2e.fixtures import new_addresses

from attack.campaign import Plan, attack
from attack.mutants import KINDS
from attack.target import gateway_under_attack
from attack.verdict import claims, report


@pytest.mark.timeout(900)
def test_a_gateway_under_attack_stays_up_and_clean(backends: Backends, tmp_path: Path) -> None:
    plan = Plan(seed=11, count=200, warm_up=100)
    with gateway_under_attack(new_addresses(backends), tmp_path) as target:
        outcome = attack(target, plan, lambda _: None)

    assert {shot.kind for shot in outcome.shots} == set(KINDS)
    broken = [claim for claim in claims(outcome) if not claim.holds and not claim.needs_quiet]
    assert not broken, report(outcome)
