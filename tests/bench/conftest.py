"""The servers of this test run as the arena of a measurement."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from backends import Backends
from bench.arena import PROVIDER, Arena, running_provider

from local_stack.places import Places


@pytest.fixture
def arena(backends: Backends, tmp_path: Path) -> Iterator[Arena]:
    with running_provider(Places(home=tmp_path, cache=tmp_path)) as (provider_url, pid):
        yield Arena(
            database_url=backends.database_url,
            broker_url=backends.rabbitmq_url,
            management_url=backends.rabbitmq_management_url,
            provider_url=provider_url,
            pids={PROVIDER: pid},
        )
