"""The product on a site: its services as they are shipped, as many as wanted of each."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import asyncpg

from bench.chains.over_http import key_of
from bench.ending import end
from bench.site import BUCKET, ENDPOINT_ID, Site
from local_stack.places import repository
from local_stack.ports import reserve
from local_stack.processes import Process, run
from local_stack.services import Service

GATEWAY: Final = "gateway"
WORKER_SERVICES: Final = ("submitter", "poller", "storer")
ONE_OF_EACH: Final[Mapping[str, int]] = dict.fromkeys((GATEWAY, *WORKER_SERVICES), 1)

HOST: Final = "127.0.0.1"
STOP_SECONDS: Final = 30
PLENTY: Final = "1000000000"
"""More credits, and more requests to RunPod, than a run can use."""

NO_LIMIT: Final = "0"
"""To the jobs of an account, which here has all of them."""

_DONE_AT: Final = (
    "SELECT idempotency_key AS key, extract(epoch FROM finished_at)::float8 AS at FROM jobs"
    " WHERE state = 'done' AND idempotency_key = ANY($1) AND updated_at > $2"
)
_COUNT_DONE: Final = (
    "SELECT count(*) FROM jobs"
    " WHERE state = 'done' AND idempotency_key = ANY($1) AND updated_at > $2"
)
"""Asked often, so only what changed since we began is read, not the whole history."""


@dataclass(frozen=True, slots=True)
class Product:
    """Running services.

    Attributes:
        urls: of the gateways.
    """

    urls: Sequence[str]
    services: Sequence[Service]

    def pids(self) -> Mapping[str, Sequence[int]]:
        """Return the ids of the processes by service."""
        found: dict[str, list[int]] = {}
        for service in self.services:
            if service.process.identity is not None:
                part = service.name.rpartition("-")[0]
                found.setdefault(part, []).append(service.process.identity.pid)
        return found

    def log_tail(self) -> str:
        """Return the end of what all processes said."""
        return "\n".join(service.process.log_tail() for service in self.services)


def prepare_product(
    site: Site,
    folder: Path,
    replicas: Mapping[str, int] = ONE_OF_EACH,
    modules: Mapping[str, str] = MappingProxyType({}),
    told: Mapping[str, str] = MappingProxyType({}),
) -> Product:
    """Set a site up, and return the services on it, none of which runs yet.

    Args:
        site: where they work.
        folder: for their pid files and logs.
        replicas: how many processes of each service.
        modules: what is started in the place of a service.
        told: settings in the place of the usual ones.

    Raises:
        StackError: the site cannot be set up.
    """
    ports = reserve(replicas.get(GATEWAY, 0))
    urls = [f"http://{HOST}:{port}" for port in ports]
    environment = {**_environment(site, urls), **told}
    setting_up = (sys.executable, "-m", "shared.operator", "setup")
    run(*setting_up, environment=os.environ | environment, folder=repository())
    services = [
        _service(
            f"{name}-{number}",
            modules.get(name, name),
            folder,
            environment | ({"PORT": str(ports[number])} if name == GATEWAY else {}),
        )
        for name, count in replicas.items()
        for number in range(count)
    ]
    return Product(urls, services)


@contextmanager
def running_product(
    site: Site,
    folder: Path,
    replicas: Mapping[str, int] = ONE_OF_EACH,
    modules: Mapping[str, str] = MappingProxyType({}),
    told: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Product]:
    """Start the services on a site; end them whatever happens. See `prepare_product`.

    Raises:
        StackError: they do not come up.
    """
    product = prepare_product(site, folder, replicas, modules, told)
    try:
        for service in product.services:
            service.start()
        for service in product.services:
            service.wait()
        yield product
    finally:
        for service in product.services:
            end(service.process, by=signal.SIGTERM, grace_seconds=STOP_SECONDS)


def _service(name: str, module: str, folder: Path, environment: dict[str, str]) -> Service:
    (ops_port,) = reserve(1)
    return Service(
        name=name,
        module=module,
        health_url=f"http://{HOST}:{ops_port}/health/ready",
        ports=[ops_port],
        process=Process(name, folder / "run", folder / "logs"),
        environment=environment | {"OPS_PORT": str(ops_port)},
    )


def _environment(site: Site, urls: Sequence[str]) -> dict[str, str]:
    """Return what the services are told, as the README lists it."""
    return {
        "DATABASE_URL": site.database_url,
        "RABBITMQ_URL": site.broker_url,
        "R2_ENDPOINT_URL": site.provider_url,
        "R2_ACCESS_KEY_ID": "bench",
        "R2_SECRET_ACCESS_KEY": "bench",
        "R2_BUCKET": BUCKET,
        "RUNPOD_API_KEY": "bench",
        "RUNPOD_ENDPOINT_ID": ENDPOINT_ID,
        "RUNPOD_BASE_URL": f"{site.provider_url}/v2",
        "RUNPOD_LIMIT_FACTOR": PLENTY,
        "PUBLIC_BASE_URL": urls[0] if urls else "",
        "GUEST_FREE_CREDITS": PLENTY,
        "MAX_OPEN_JOBS": NO_LIMIT,
        "JOBS_PER_MINUTE": NO_LIMIT,
        "HOST": HOST,
        "OPS_HOST": HOST,
    }


class ProductJobs:
    """The product's own table of jobs, seen over one kept connection on a loop of its own."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url

    def __enter__(self) -> Self:
        self._loop = asyncio.Runner()
        self._connection = self._loop.run(_connect(self._database_url))
        self._since = self._loop.run(self._connection.fetchval("SELECT now()"))
        return self

    def __exit__(self, *_: object) -> None:
        with self._loop:
            self._loop.run(self._connection.close())

    def done_at(self, jobs: range) -> Mapping[int, float]:
        """Return when each job was done, of those that are, in seconds since 1970."""
        numbers = {key_of(job): job for job in jobs}
        rows = self._loop.run(self._connection.fetch(_DONE_AT, list(numbers), self._since))
        return {numbers[row["key"]]: row["at"] for row in rows}

    def count_done(self, jobs: range) -> int:
        """Return how many are done."""
        keys = [key_of(job) for job in jobs]
        return int(self._loop.run(self._connection.fetchval(_COUNT_DONE, keys, self._since)))

    def run(self, script: str) -> None:
        """Run statements."""
        self._loop.run(self._connection.execute(script))


async def _connect(database_url: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(database_url)
