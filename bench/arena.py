"""The servers of a run: Postgres, RabbitMQ and the provider, and an empty site for each share."""

import asyncio
import os
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import asyncpg
import httpx

from bench.contenders.contender import Need
from bench.loopback import require_loopback
from bench.site import Site
from local_stack.credentials import Credentials
from local_stack.places import LOCAL_FOLDER, Places, repository
from local_stack.ports import listening, reserve
from local_stack.processes import Process
from local_stack.servers import Server, ServerPorts, Servers

PROVIDER: Final = "provider"
START_SECONDS: Final = 20
MANAGEMENT_SECONDS: Final = 30

_TUNED: Final = ("ALTER SYSTEM SET autovacuum_naptime = '5s'", "SELECT pg_reload_conf()")
"""A queue in a table is slow until its rows are counted, which otherwise takes a minute."""


@dataclass(frozen=True, slots=True)
class Arena:
    """What runs for as long as the run.

    Args:
        database_url: Of Postgres, as a user who may make databases.
        broker_url: Of RabbitMQ, as a user who may make virtual hosts.
        management_url: Of its management API, with user and password.
        provider_url: Of the provider.
        pids: The servers' processes by part, as far as they are ours to look at.

    Raises:
        NotLoopback: One of them is on another machine.
    """

    database_url: str
    broker_url: str
    management_url: str
    provider_url: str
    pids: Mapping[str, int]

    def __post_init__(self) -> None:
        for url in (self.database_url, self.broker_url, self.management_url, self.provider_url):
            require_loopback(url)

    def parts(self) -> Mapping[str, Sequence[int]]:
        """Return the processes of the provider and of the servers, by part."""
        return {name: [pid] for name, pid in self.pids.items()}

    def counts(self, *, forget: bool = False) -> dict[str, int]:
        """Return what the provider counted; it may begin anew."""
        method = "DELETE" if forget else "GET"
        answer = httpx.request(method, f"{self.provider_url}/_bench", trust_env=False)
        counts: dict[str, int] = answer.raise_for_status().json()
        return counts

    def let_jobs_take(self, seconds: float) -> None:
        """Let the provider take so long for a job, until it begins anew."""
        told = {"job_seconds": seconds}
        httpx.post(f"{self.provider_url}/_bench", json=told, trust_env=False).raise_for_status()

    @contextmanager
    def site(self) -> Iterator[Site]:
        """Make a database and a virtual host, and delete them afterwards."""
        name = f"bench-{uuid.uuid4().hex[:12]}"
        self.counts(forget=True)
        _execute(self.database_url, f'CREATE DATABASE "{name}"')
        self._make_vhost(name)
        try:
            yield Site(
                database_url=_with_path(self.database_url, name),
                broker_url=_with_path(self.broker_url, name),
                provider_url=self.provider_url,
            )
        finally:
            self._manage("DELETE", f"/vhosts/{name}")
            _execute(self.database_url, f'DROP DATABASE "{name}" WITH (FORCE)')

    def _make_vhost(self, name: str) -> None:
        user = urlsplit(self.broker_url).username or ""
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self._manage("PUT", f"/vhosts/{name}")
        self._manage("PUT", f"/permissions/{name}/{quote(user)}", json=everything)

    def _manage(self, method: str, path: str, **more: Any) -> None:  # noqa: ANN401 - httpx's own
        address = urlsplit(self.management_url)
        httpx.request(
            method,
            f"http://{address.hostname}:{address.port}/api{path}",
            auth=(address.username or "", address.password or ""),
            trust_env=False,
            timeout=MANAGEMENT_SECONDS,
            **more,
        ).raise_for_status()


@contextmanager
def running_arena(folder: Path) -> Iterator[Arena]:
    """Start all three below a folder; end them and delete their data whatever happens."""
    places = Places(home=folder, cache=repository() / LOCAL_FOLDER / "cache")
    servers = Servers(places, ServerPorts.random(), Credentials.random(), durable=True)
    used: Mapping[Need, Server] = {Need.BROKER: servers.rabbitmq, Need.POSTGRES: servers.postgres}
    try:
        with ThreadPoolExecutor(len(used)) as threads:
            for started in [threads.submit(server.start) for server in used.values()]:
                started.result()
        _execute(servers.postgres.url, *_TUNED)
        with running_provider(places) as (provider_url, provider_pid):
            yield Arena(
                database_url=servers.postgres.url,
                broker_url=servers.rabbitmq.url,
                management_url=servers.rabbitmq.management_url,
                provider_url=provider_url,
                pids={PROVIDER: provider_pid}
                | {need.value: _pid_of(server.process) for need, server in used.items()},
            )
    finally:
        for server in used.values():
            server.stop(kill=True)
            server.delete()


@contextmanager
def running_provider(places: Places) -> Iterator[tuple[str, int]]:
    """Start what plays RunPod and S3; return its URL and its process's id."""
    process, (port,) = Process(PROVIDER, places.run, places.logs), reserve(1)
    command = [sys.executable, "-m", "bench.provider", str(port)]
    try:
        process.start(command, environment=os.environ, folder=repository())
        process.wait_until(lambda: listening(port), seconds=START_SECONDS)
        yield f"http://127.0.0.1:{port}", _pid_of(process)
    finally:
        process.stop()


def _pid_of(process: Process) -> int:
    if process.identity is None:
        raise process.failure("does not run")
    return process.identity.pid


def _with_path(url: str, path: str) -> str:
    return urlsplit(url)._replace(path=f"/{path}").geturl()


def _execute(database_url: str, *statements: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(execute())
