"""The product itself: its four services as they are shipped, one process of each."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

import asyncpg

from bench.chains.over_http import PRODUCT_URL, key_of
from bench.contenders.contender import WORKERS, ContenderFailed, Need
from bench.contenders.intake import Intake
from bench.ending import end
from bench.site import BUCKET, ENDPOINT_ID, Site
from local_stack.errors import StackError
from local_stack.places import repository
from local_stack.ports import random_free
from local_stack.processes import Process, run
from local_stack.services import Service

GATEWAY: Final = "gateway"
SERVICES: Final = (GATEWAY, "submitter", "poller", "storer")
HOST: Final = "127.0.0.1"
STOP_SECONDS: Final = 30
EVERYTHING: Final = "1000000000"
"""More credits, and more requests to RunPod, than a run can use."""

_DONE_AT: Final = (
    "SELECT idempotency_key AS key, extract(epoch FROM finished_at)::float8 AS at FROM jobs"
    " WHERE state = 'done' AND idempotency_key = ANY($1)"
)
_COUNT_DONE: Final = "SELECT count(*) FROM jobs WHERE state = 'done' AND idempotency_key = ANY($1)"


class ProductContender:
    """OB AI Studio, from the gateway's front door to a settled job; see `Contender`."""

    name = "product"
    needs = frozenset(Need)

    def __init__(self) -> None:
        self._services: list[Service] = []
        self._resources = ExitStack()

    def start(self, site: Site, folder: Path) -> None:
        """See `Contender.start`."""
        port, *ops_ports = random_free(1 + len(SERVICES))
        url = f"http://{HOST}:{port}"
        environment = _environment(site, url) | {"PORT": str(port)}
        try:
            run(
                *(sys.executable, "-m", "shared.operator", "setup"),
                environment=os.environ | environment,
                folder=repository(),
            )
            for name, ops_port in zip(SERVICES, ops_ports, strict=True):
                service = Service(
                    name=name,
                    module=name,
                    health_url=f"http://{HOST}:{ops_port}/health/ready",
                    ports=[ops_port],
                    process=Process(name, folder / "run", folder / "logs"),
                    environment=environment | {"OPS_PORT": str(ops_port)},
                )
                self._services.append(service)
                service.start()
            for service in self._services:
                service.wait()
        except StackError as error:
            raise ContenderFailed(str(error), error.details) from error
        self._jobs = self._resources.enter_context(_Jobs(site.database_url))
        command = [sys.executable, "-m", "bench.chains.over_http"]
        log = folder / "logs" / f"{self.name}-intake.log"
        self._intake = Intake(command, os.environ | {PRODUCT_URL: url}, log)
        self._resources.callback(self._intake.stop)

    def parts(self) -> Mapping[str, Sequence[int]]:
        """See `Contender.parts`."""
        pids = {
            service.name: service.process.identity.pid
            for service in self._services
            if service.process.identity is not None
        }
        workers = [pid for name, pid in pids.items() if name != GATEWAY]
        return {GATEWAY: [pids[GATEWAY]], WORKERS: workers, "intake": [self._intake.pid]}

    def prepare(self, jobs: range) -> None:
        """See `Contender.prepare`; there is nothing to do."""

    def hand_in(self, jobs: range, per_second: float | None) -> Mapping[int, float]:
        """See `Contender.hand_in`."""
        return self._intake.hand_in(jobs, per_second)

    def finished(self, jobs: range) -> Mapping[int, float]:
        """See `Contender.finished`."""
        return self._jobs.done_at(jobs)

    def count_finished(self, jobs: range) -> int:
        """See `Contender.count_finished`."""
        return self._jobs.count_done(jobs)

    def stop(self) -> None:
        """See `Contender.stop`."""
        self._resources.close()
        for service in self._services:
            end(service.process, by=signal.SIGTERM, grace_seconds=STOP_SECONDS)

    def log_tail(self) -> str:
        """See `Contender.log_tail`."""
        return "\n".join(service.process.log_tail() for service in self._services)


def _environment(site: Site, url: str) -> dict[str, str]:
    """Return what the services are told, as docs/architecture/interfaces.md lists it."""
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
        "RUNPOD_LIMIT_FACTOR": EVERYTHING,
        "PUBLIC_BASE_URL": url,
        "GUEST_FREE_CREDITS": EVERYTHING,
        "HOST": HOST,
        "OPS_HOST": HOST,
    }


class _Jobs:
    """The product's own table of jobs, seen over one kept connection on a loop of its own."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url

    def __enter__(self) -> Self:
        self._loop = asyncio.Runner()
        self._connection = self._loop.run(_connect(self._database_url))
        return self

    def __exit__(self, *_: object) -> None:
        with self._loop:
            self._loop.run(self._connection.close())

    def done_at(self, jobs: range) -> Mapping[int, float]:
        """Return when each job was done, of those that are, in seconds since 1970."""
        numbers = {key_of(job): job for job in jobs}
        rows = self._loop.run(self._connection.fetch(_DONE_AT, list(numbers)))
        return {numbers[row["key"]]: row["at"] for row in rows}

    def count_done(self, jobs: range) -> int:
        """Return how many are done."""
        keys = [key_of(job) for job in jobs]
        return int(self._loop.run(self._connection.fetchval(_COUNT_DONE, keys)))


async def _connect(database_url: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(database_url)
