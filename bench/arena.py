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
from local_stack.ports import listening, random_free
from local_stack.processes import Process
from local_stack.servers import ServerPorts, Servers

PROVIDER: Final = "provider"
START_SECONDS: Final = 20
MANAGEMENT_SECONDS: Final = 30

_TUNED: Final = ("ALTER SYSTEM SET autovacuum_naptime = '5s'", "SELECT pg_reload_conf()")
"""A queue in a table is slow until its rows are counted, which otherwise takes a minute."""


@dataclass(frozen=True, slots=True)
class Arena:
    """What runs for as long as the run."""

    servers: Servers
    provider: Process
    provider_url: str

    def parts(self) -> Mapping[str, Sequence[int]]:
        """Return the processes of the provider and of the servers, by part."""
        running = {
            PROVIDER: self.provider,
            Need.BROKER: self.servers.rabbitmq.process,
            Need.POSTGRES: self.servers.postgres.process,
        }
        identities = {name: process.identity for name, process in running.items()}
        return {name: [found.pid] for name, found in identities.items() if found is not None}

    def counts(self, *, forget: bool = False) -> dict[str, int]:
        """Return what the provider counted; it may begin anew."""
        method = "DELETE" if forget else "GET"
        answer = httpx.request(method, f"{self.provider_url}/_bench", trust_env=False)
        counts: dict[str, int] = answer.raise_for_status().json()
        return counts

    @contextmanager
    def site(self) -> Iterator[Site]:
        """Make a database and a virtual host, and delete them afterwards."""
        name = f"bench-{uuid.uuid4().hex[:12]}"
        database_url = self.servers.postgres.url
        self.counts(forget=True)
        _execute(database_url, f'CREATE DATABASE "{name}"')
        self._make_vhost(name)
        try:
            yield Site(
                database_url=urlsplit(database_url)._replace(path=f"/{name}").geturl(),
                broker_url=urlsplit(self.servers.rabbitmq.url)._replace(path=f"/{name}").geturl(),
                provider_url=self.provider_url,
            )
        finally:
            self._manage("DELETE", f"/vhosts/{name}")
            _execute(database_url, f'DROP DATABASE "{name}" WITH (FORCE)')

    def _make_vhost(self, name: str) -> None:
        user = urlsplit(self.servers.rabbitmq.url).username or ""
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self._manage("PUT", f"/vhosts/{name}")
        self._manage("PUT", f"/permissions/{name}/{quote(user)}", json=everything)

    def _manage(self, method: str, path: str, **more: Any) -> None:  # noqa: ANN401 - httpx's own
        address = urlsplit(require_loopback(self.servers.rabbitmq.management_url))
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
    provider, (port,) = Process(PROVIDER, places.run, places.logs), random_free(1)
    used = (servers.rabbitmq, servers.postgres)
    try:
        provider.start(
            [sys.executable, "-m", "bench.provider", str(port)],
            environment=os.environ,
            folder=repository(),
        )
        with ThreadPoolExecutor(len(used)) as threads:
            for started in [threads.submit(server.start) for server in used]:
                started.result()
        provider.wait_until(lambda: listening(port), seconds=START_SECONDS)
        _execute(require_loopback(servers.postgres.url), *_TUNED)
        yield Arena(servers, provider, f"http://127.0.0.1:{port}")
    finally:
        provider.stop()
        for server in used:
            server.stop(kill=True)
            server.delete()


def _execute(database_url: str, *statements: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(execute())
