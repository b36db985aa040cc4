"""One running product with breakable links and a broker of its own for all of these tests."""

from collections.abc import Iterator

import pytest
from backends import Backends
from e2e.fixtures import EXECUTION, new_addresses
from e2e.visitor import Visitor

from liveness.site import OwnBroker, Site, running_site


@pytest.fixture(scope="package")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnBroker]:
    broker = OwnBroker(tmp_path_factory.mktemp("broker"))
    try:
        yield broker
    finally:
        broker.kill()
        broker.wipe()


@pytest.fixture(scope="package")
def running(
    backends: Backends, own_broker: OwnBroker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with running_site(new_addresses(backends), own_broker, folder) as site:
        yield site
        site.to_broker.heal()
        site.to_database.heal()


@pytest.fixture
def site(running: Site) -> Site:
    """The running product with everything in good health."""
    running.broker.start()
    running.to_broker.heal()
    running.to_database.heal()
    running.stack.faults()
    running.stack.timings(**EXECUTION)
    for name in ("submitter", "poller", "storer"):
        if not running.stack.running(name):
            running.stack.spawn(name)
    for process in running.stack.processes:
        if process.popen.poll() is None:
            process.wait_ready()
    return running


@pytest.fixture
def visitor(site: Site) -> Iterator[Visitor]:
    with Visitor(site.stack.url) as visitor:
        yield visitor
