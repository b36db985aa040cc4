"""A deploy under load loses nothing; `make rolling` does five times as many restarts."""

from pathlib import Path

import pytest
from backends import Backends
from e2e.fixtures import new_addresses

from rolling.restarts import roll


@pytest.mark.timeout(240)
def test_each_service_makes_way_for_a_new_one_and_nobody_notices(
    backends: Backends, tmp_path: Path
) -> None:
    outcome = roll(new_addresses(backends), tmp_path, restarts=4, people=3)
    assert outcome.problems == []
    assert outcome.noticed.ended["done"] == len(outcome.noticed.job_ids) > 0
    assert outcome.noticed.streams_again > 0
