"""Use case: look at the rules that must hold and at what waits, and show both as metrics.

Every poller does so. The statements are cheap, and the gauges of several pollers say the same, so
none has to be the chosen one.
"""

import time
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Gauge

from shared.db.backlog import Backlog
from shared.db.invariants import RULES, Violation

WINDOW_SECONDS = 3600.0
"""Rules that would have to read every job look at those that changed within this time."""

SHORTEST_GRACE_SECONDS = 5.0
"""However short the timers: a busy machine is no violation."""

_log = structlog.get_logger(__name__)


class Invariants(Protocol):
    """Looks for what breaks the rules."""

    async def violations(
        self, *, settled: bool = False, within_seconds: float = ...
    ) -> list[Violation]: ...


class Backlogs(Protocol):
    """Counts what waits."""

    async def now(self) -> Backlog: ...


class Gauges:
    """The gauges of the watch, all of them there from the start."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.violations = Gauge(
            "ob_invariant_violations",
            "What breaks a rule that must hold, up to 100; above 0 somebody has to look",
            ("rule", "name"),
            registry=registry,
        )
        self.watched_at = Gauge(
            "ob_watched_timestamp_seconds",
            "When all rules were last looked at",
            registry=registry,
        )
        self.jobs = Gauge("ob_jobs_open", "Jobs not ended", ("state",), registry=registry)
        self.oldest_job = Gauge(
            "ob_jobs_open_oldest_seconds",
            "Age of the oldest job of a state",
            ("state",),
            registry=registry,
        )
        self.outbox = Gauge("ob_outbox_events", "Events not yet published", registry=registry)
        self.oldest_event = Gauge(
            "ob_outbox_oldest_seconds", "Age of the oldest unpublished event", registry=registry
        )
        self.unknown = Gauge(
            "ob_attempts_unknown", "Submissions whose answer was lost", registry=registry
        )
        self.dead = Gauge(
            "ob_dead_messages_open", "Dead messages that wait for an operator", registry=registry
        )
        for rule in RULES:
            if not rule.settled:
                self.violations.labels(rule.id, rule.name)

    def show_violations(self, found: list[Violation]) -> None:
        """Set the gauge of every rule."""
        for rule in RULES:
            if not rule.settled:
                count = sum(violation.name == rule.name for violation in found)
                self.violations.labels(rule.id, rule.name).set(count)
        self.watched_at.set(time.time())

    def show_backlog(self, backlog: Backlog) -> None:
        """Set the gauges of what waits."""
        for state, waiting in backlog.jobs.items():
            self.jobs.labels(state.value).set(waiting.jobs)
            self.oldest_job.labels(state.value).set(waiting.oldest_seconds)
        self.outbox.set(backlog.outbox_events)
        self.oldest_event.set(backlog.outbox_oldest_seconds)
        self.unknown.set(backlog.unknown_attempts)
        self.dead.set(backlog.open_dead_messages)


@dataclass(slots=True)
class Watch:
    """One look; a violation is logged when it is first seen."""

    invariants: Invariants
    backlogs: Backlogs
    gauges: Gauges
    _known: set[Violation] = field(default_factory=set)

    async def __call__(self) -> None:
        """Look at everything once.

        Raises:
            DatabaseUnavailable: as it says; the gauges keep what was last seen.
        """
        self.gauges.show_backlog(await self.backlogs.now())
        found = await self.invariants.violations(within_seconds=WINDOW_SECONDS)
        self.gauges.show_violations(found)
        for violation in found:
            if violation not in self._known:
                _log.error(
                    "invariant violated",
                    rule=violation.rule,
                    name=violation.name,
                    subject=violation.subject,
                    detail=violation.detail,
                )
        self._known = set(found)
