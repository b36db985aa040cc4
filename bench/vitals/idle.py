"""Memory of services to which nothing has happened yet."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.arena import Arena
from bench.measures.memory import own_pss_mib, pss_mib
from bench.product import GATEWAY, running_product
from bench.vitals.part import Claim, Part, Say, Watch
from bench.vitals.plan import Plan

GATEWAY_MB: Final = 90
WORKER_MB: Final = 65
_MB_OF_MIB: Final = 1.048576


@dataclass(frozen=True, slots=True)
class Memory:
    """Proportional set size of one service: of its process, and of that with its children."""

    own_mib: float
    all_mib: float


@dataclass(frozen=True, slots=True)
class Idle:
    """Memory by service."""

    services: Mapping[str, Memory]

    def claims(self) -> list[Claim]:
        """Return what is promised of each service, children included."""
        return [_claim(name, memory) for name, memory in self.services.items()]


def _claim(name: str, memory: Memory) -> Claim:
    most_mb = GATEWAY_MB if name == GATEWAY else WORKER_MB
    all_mb, own_mb = memory.all_mib * _MB_OF_MIB, memory.own_mib * _MB_OF_MIB
    children = f"; {own_mb:.0f} without its fork server" if memory.all_mib > memory.own_mib else ""
    return Claim(all_mb <= most_mb, f"{name}: at most {most_mb} MB", f"{all_mb:.0f} MB{children}")


def measure_idle(plan: Plan, arena: Arena, folder: Path, say: Say) -> Part:
    """Start one of each service, let them be, and read their memory.

    Raises:
        StackError: one does not come up.
    """
    watch = Watch()
    with arena.site() as site, running_product(site, folder) as product:
        say(f"idle: all services, {plan.idle_seconds:.0f} s ...")
        with watch.measuring():
            time.sleep(plan.idle_seconds)
        services = {
            name: Memory(own_pss_mib(pid), pss_mib([pid]))
            for name, pids in product.pids().items()
            for pid in pids
        }
    note = (
        f"PSS of the service with its children, {plan.idle_seconds:.0f} s after all four were"
        " started; what they share with one another is divided between them."
    )
    return Part("Memory at rest", Idle(services).claims(), note, watch.disturbance)
