"""Fixtures that stand on real servers: a database, a vhost and a bucket for each test."""

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg
import httpx
import hypothesis
import pytest
from backends import Backends, TestRun

pytest_plugins = ("e2e.fixtures",)

# A slow machine is no failure, and a run is like the one before.
hypothesis.settings.register_profile(
    "ours",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("ours")

RUN = pytest.StashKey[TestRun]()
UNITS = Path(__file__).parent / "unit"
COPIES_BY_LOG_SINCE = 15
"""Source: PostgreSQL 15, CREATE DATABASE: STRATEGY is new and WAL_LOG its default."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of this run, unless this is a worker of it."""
    if not hasattr(config, "workerinput"):
        config.stash[RUN] = TestRun.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers of this run."""
    if RUN in config.stash:
        run = config.stash[RUN]
        with run.alone("template") as done:
            if done.exists():
                _execute(
                    run.backends().database_url, f'DROP DATABASE "{run.template}" WITH (FORCE)'
                )
        run.end()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that share the running product side by side, and the quick ones at the end.

    So it does not run idly beside all others, and no worker is left with one long file.
    """

    on_the_stack = {
        item.path
        for item in items
        if isinstance(item, pytest.Function) and "running_stack" in item.fixturenames
    }

    def turn(item: pytest.Item) -> int:
        if UNITS in item.path.parents:
            return 2
        return 1 if item.path in on_the_stack else 0

    items.sort(key=turn)


def migrate(database_url: str) -> None:
    """Bring the database to the newest schema."""
    subprocess.run(
        [sys.executable, "-m", "shared.operator", "migrate"],
        env=os.environ | {"DATABASE_URL": database_url},
        check=True,
    )


@pytest.fixture(scope="session")
def backends() -> Backends:
    """The servers of this test run."""
    return TestRun.current().backends()


@pytest.fixture(scope="session")
def template_database(backends: Backends) -> str:
    """The name of a migrated database that no one connects to; made once a run."""
    run = TestRun.current()
    with run.alone("template") as done:
        if not done.exists():
            _execute(backends.database_url, f'CREATE DATABASE "{run.template}"')
            migrate(_with_path(backends.database_url, run.template))
            done.touch()
    return run.template


@pytest.fixture
def database_url(backends: Backends, template_database: str) -> Iterator[str]:
    """A migrated database of this test's own."""
    with _new_database(backends, template_database) as url:
        yield url


@pytest.fixture(scope="module")
def file_database_url(backends: Backends, template_database: str) -> Iterator[str]:
    """A migrated database for all tests of a file that do not mind each other."""
    with _new_database(backends, template_database) as url:
        yield url


@pytest.fixture
def empty_database_url(backends: Backends) -> Iterator[str]:
    """A database of this test's own without a schema."""
    with _new_database(backends, "template1") as url:
        yield url


@contextmanager
def _new_database(backends: Backends, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    _run(_copy_database(backends.database_url, template, name))
    yield _with_path(backends.database_url, name)
    _execute(backends.database_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def rabbitmq_url(backends: Backends) -> Iterator[str]:
    """A vhost of this test's own."""
    name = f"test-{uuid.uuid4().hex}"
    user = urlsplit(backends.rabbitmq_url).username or ""
    address = urlsplit(backends.rabbitmq_management_url)
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    with httpx.Client(
        base_url=f"http://{address.hostname}:{address.port}/api",
        auth=(address.username or "", address.password or ""),
        trust_env=False,
        timeout=30,
    ) as management:
        management.put(f"/vhosts/{name}").raise_for_status()
        permissions = f"/permissions/{name}/{quote(user)}"
        management.put(permissions, json=everything).raise_for_status()
        yield _with_path(backends.rabbitmq_url, name)
        management.delete(f"/vhosts/{name}").raise_for_status()


@pytest.fixture
def bucket() -> str:
    """A name for a bucket of this test's own; whoever uses it makes it."""
    return f"test-{uuid.uuid4().hex}"


def _with_path(url: str, path: str) -> str:
    return urlsplit(url)._replace(path=f"/{path}").geturl()


async def _copy_database(server_url: str, template: str, name: str) -> None:
    """Copy the template's files; the usual way, through the log, takes twice as long."""
    connection = await asyncpg.connect(server_url)
    try:
        by_log = connection.get_server_version().major >= COPIES_BY_LOG_SINCE
        strategy = "STRATEGY FILE_COPY" if by_log else ""
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {strategy}')
    finally:
        await connection.close()


def _execute(database_url: str, statement: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    _run(execute())


def _run(work: Coroutine[None, None, None]) -> None:
    """Run it to its end on a loop of its own, whatever loop the test has."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, work).result()
