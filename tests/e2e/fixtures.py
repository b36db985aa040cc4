"""One running product for each test process, and a new guest for each test.

The API's and the studio's suites share it.
"""

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from backends import Backends

from e2e.stack import Addresses, Stack
from e2e.visitor import Visitor

STUDIO_DIR = Path(__file__).parents[2] / "frontend" / "dist"
EXECUTION = {"delay_ms": 50, "execution_ms": 300, "cold_start_ms": 300, "workers": 3}


async def _create_database(server_url: str, name: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


def new_addresses(backends: Backends) -> Addresses:
    """Return a database, a virtual host and a bucket that nobody else uses; all are empty."""
    name = f"e2e-{uuid.uuid4().hex[:12]}"
    asyncio.run(_create_database(backends.database_url, name))
    broker = urlsplit(backends.rabbitmq_url)
    httpx.put(
        f"{backends.rabbitmq_management_url}/api/vhosts/{name}",
        auth=(broker.username or "", broker.password or ""),
        timeout=60,
        trust_env=False,
    ).raise_for_status()
    return Addresses(
        database_url=_with_path(backends.database_url, name),
        rabbitmq_url=_with_path(backends.rabbitmq_url, name),
        s3_url=backends.s3_url,
        s3_access_key=backends.s3_access_key,
        s3_secret_key=backends.s3_secret_key,
        bucket=name,
    )


@pytest.fixture(scope="session")
def addresses(backends: Backends) -> Addresses:
    """A database, a virtual host and a bucket of our own."""
    return new_addresses(backends)


@pytest.fixture(scope="session")
def running_stack(
    addresses: Addresses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    with Stack(addresses, tmp_path_factory.mktemp("stack"), STUDIO_DIR) as stack:
        yield stack


def make_healthy(stack: Stack) -> None:
    """End what a test has made go wrong, and start what it has stopped."""
    stack.faults()
    stack.timings(**EXECUTION)
    for name in ("submitter", "poller", "storer"):
        first, *left_over = stack.running(name) or [stack.spawn(name)]
        for process in left_over:
            process.stop()
        first.wait_ready()


@pytest.fixture
def stack(running_stack: Stack) -> Stack:
    """The running product with RunPod in good health."""
    make_healthy(running_stack)
    return running_stack


@pytest.fixture
def visitor(stack: Stack) -> Iterator[Visitor]:
    with Visitor(stack.url) as visitor:
        yield visitor
