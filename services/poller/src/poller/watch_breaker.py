"""Use case: show as a metric whether RunPod's endpoint takes jobs."""

from dataclasses import dataclass
from typing import Protocol

from prometheus_client import CollectorRegistry, Gauge

from shared.db.breakers import OpenBreaker


class Breaker(Protocol):
    """The endpoint's breaker."""

    async def open_now(self) -> OpenBreaker | None: ...


def breaker_gauge(registry: CollectorRegistry) -> Gauge:
    """Return the gauge that `WatchBreaker` sets."""
    return Gauge(
        "ob_breaker_open",
        "1 while an endpoint takes no jobs, and why",
        ("endpoint", "reason"),
        registry=registry,
    )


@dataclass(frozen=True, slots=True)
class WatchBreaker:
    """One look."""

    breaker: Breaker
    gauge: Gauge

    async def __call__(self) -> None:
        """Set the gauge.

        Raises:
            DatabaseUnavailable: as it says; the gauge keeps what was last seen.
        """
        found = await self.breaker.open_now()
        self.gauge.clear()
        if found is not None:
            self.gauge.labels(found.endpoint_id, found.reason).set(1)
