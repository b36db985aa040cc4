"""From a service's start to its being ready, with everything that it needs already there."""

import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx

from bench.arena import Arena
from bench.ending import end
from bench.measures.cpu import cpu_seconds
from bench.measures.figures import median
from bench.product import STOP_SECONDS, prepare_product
from bench.vitals.part import Claim, Part, Say, Watch
from bench.vitals.plan import Plan
from local_stack.services import START_SECONDS, Service

READY_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 0.01
ANSWER_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Start:
    """From spawned to ready: seconds, and those that some core worked for it."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Starts:
    """All starts of each service."""

    services: Mapping[str, Sequence[Start]]

    def claims(self) -> list[Claim]:
        """Return what is promised of each service."""
        return [_claim(name, starts) for name, starts in self.services.items()]


def _claim(name: str, starts: Sequence[Start]) -> Claim:
    seconds = [start.seconds for start in starts]
    cpu = median([start.cpu_seconds for start in starts])
    return Claim(
        median(seconds) <= READY_SECONDS,
        f"{name}: ready {READY_SECONDS:.0f} s after its start",
        f"{median(seconds):.2f} s; {min(seconds):.2f} to {max(seconds):.2f};"
        f" {cpu:.2f} s of processor time",
    )


def measure_starts(plan: Plan, arena: Arena, folder: Path, say: Say) -> Part:
    """Start each service alone, several times, and kill it.

    Raises:
        StackError: one does not come up.
    """
    watch, services = Watch(), {}
    with arena.site() as site:
        for service in prepare_product(site, folder).services:
            name = service.name.rpartition("-")[0]
            say(f"start: {name}, {plan.starts} times ...")
            services[name] = [_start(service, watch) for _ in range(plan.starts)]
    note = f"Medians of {plan.starts}, each service by itself, servers and tables in place."
    return Part("Start", Starts(services).claims(), note, watch.disturbance)


def _start(service: Service, watch: Watch) -> Start:
    try:
        with watch.measuring():
            began_at = time.monotonic()
            service.start()
            _wait(service, began_at + START_SECONDS)
            return Start(time.monotonic() - began_at, _cpu_seconds(service))
    finally:
        end(service.process, by=signal.SIGKILL, grace_seconds=STOP_SECONDS)


def _cpu_seconds(service: Service) -> float:
    identity = service.process.identity
    return cpu_seconds(identity.pid) if identity else 0.0


def _wait(service: Service, until: float) -> None:
    """Look more often than `Service.wait` does, and as cheaply as can be."""
    with httpx.Client(trust_env=False, timeout=ANSWER_SECONDS) as http:
        while not _is_ready(http, service.health_url):
            if not service.process.alive or time.monotonic() > until:
                raise service.process.failure("was not ready")
            time.sleep(LOOK_SECONDS)


def _is_ready(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(url).status_code == HTTPStatus.OK
    except httpx.HTTPError:
        return False
