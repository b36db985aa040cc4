"""The storer's slow loop: every few hours it deletes objects that belong to no job.

Several storers do the same work twice, which costs a few listings and harms nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.collecting import CollectOrphans, Page
from shared.errors import TransientError
from shared.storage.keys import ObjectKind, parse_key

LONGEST_STEP_SECONDS = 10.0

_log = structlog.get_logger(__name__)


class CollectMetrics:
    """What the collection counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.looked_at = Counter(
            "ob_objects_looked_at",
            "Objects that were compared with the jobs",
            ("kind",),
            registry=registry,
        )
        self.collected = Counter(
            "ob_objects_collected",
            "Objects deleted because no job has them",
            ("kind",),
            registry=registry,
        )
        self.finished_at = Gauge(
            "ob_objects_collected_timestamp_seconds",
            "When the store was last looked through to its end",
            registry=registry,
        )
        for kind in ObjectKind:
            self.looked_at.labels(kind.value)
            self.collected.labels(kind.value)

    def note(self, page: Page) -> None:
        """Count a page."""
        for kind, count in page.looked_at.items():
            self.looked_at.labels("unknown" if kind is None else kind.value).inc(count)
        for key in page.orphans:
            parsed = parse_key(key)
            if parsed is not None:
                self.collected.labels(parsed.kind.value).inc()


@dataclass(slots=True)
class CollectLoop:
    """Goes through the store page by page, then rests; a step is one page or a short rest."""

    collect: CollectOrphans
    interval_seconds: float
    metrics: CollectMetrics
    _round: AsyncIterator[Page] | None = None
    _due_at: float = 0.0

    async def step(self) -> None:
        """Take the next page if it is time.

        Raises:
            TransientError: the store or the database does not answer; the round starts afresh.
        """
        now = asyncio.get_running_loop().time()
        if now < self._due_at:
            await asyncio.sleep(min(self._due_at - now, LONGEST_STEP_SECONDS))
            return
        if self._round is None:
            self._round = self.collect.pages()
        try:
            page = await anext(self._round, None)
        except TransientError:
            self._round = None
            raise
        if page is not None:
            self.metrics.note(page)
            if page.orphans:
                _log.info("collected", objects=len(page.orphans))
            return
        self._round = None
        self._due_at = now + self.interval_seconds
        self.metrics.finished_at.set(time.time())
