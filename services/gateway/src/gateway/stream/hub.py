"""One process' listeners: each event is read once from Postgres, however many wait for it.

The broker's messages are hints and may be lost with their queue, so every few seconds one statement
looks for jobs of the listening accounts that changed without being told.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from gateway.accounts.views import account_view
from gateway.jobs.views import JobViews
from gateway.stream.news import (
    EVENT_OF_STAGE,
    PROGRESSED,
    JobGone,
    News,
    account_news,
    job_news,
)
from gateway.stream.subscription import Subscription
from shared.contracts.events import CreditsChanged, Event, JobCreated, JobEvent
from shared.db.accounts import Accounts
from shared.db.jobs import JobRecord, Jobs
from shared.errors import NotFound, TransientError

RETRY_SECONDS: Final = 1.0
MAX_REMEMBERED: Final = 10_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Heard:
    topic: str
    seq: int
    account_id: UUID


class Hub:
    """Tells listeners what happens to their jobs and credits."""

    def __init__(
        self, jobs: Jobs, accounts: Accounts, views: JobViews, *, look_every_seconds: float = 5.0
    ) -> None:
        self._jobs = jobs
        self._accounts = accounts
        self._views = views
        self._look_every_seconds = look_every_seconds
        self._listeners: dict[UUID, set[Subscription]] = {}
        self._streams_of: Counter[UUID] = Counter()
        self._heard: dict[UUID, list[_Heard]] = {}
        self._due_accounts: set[UUID] = set()
        self._read_accounts: set[UUID] = set()
        self._told: OrderedDict[UUID, tuple[int, datetime]] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def listening(self) -> int:
        """How many streams are open."""
        return self._streams_of.total()

    def accounts(self) -> set[UUID]:
        """Return the accounts whose streams are open."""
        return set(self._streams_of)

    def subscribe(self, account_id: UUID, job_id: UUID | None = None) -> Subscription:
        """Listen to a job of an account, or to all of it; the account is the caller's to check."""
        subscription = Subscription(account_id, job_id, self._forget)
        self._listeners.setdefault(job_id or account_id, set()).add(subscription)
        self._streams_of[account_id] += 1
        if self._closed:
            subscription.close()
        return subscription

    async def on_event(self, event: Event) -> None:
        """Take an event from the broker; returns at once."""
        if isinstance(event, CreditsChanged | JobCreated):
            self._tell_account(event.account_id)
        if isinstance(event, JobEvent):
            self._tell_job(event.job_id, _Heard(event.topic, event.seq, event.account_id))

    async def look_again(self) -> None:
        """Wait a few seconds, then tell what has changed without an event.

        Raises:
            DatabaseUnavailable: as it says.
        """
        await asyncio.sleep(self._look_every_seconds)
        accounts = self.accounts()
        if not accounts:
            return
        for job in await self._jobs.changed(list(accounts), 4 * self._look_every_seconds):
            now = (job.seq, job.updated_at)
            if self._told.get(job.id, (0, job.updated_at)) < now:
                self._tell_job(job.id, _Heard(EVENT_OF_STAGE[job.stage], job.seq, job.account_id))
                self._tell_account(job.account_id)

    def close(self) -> None:
        """End every stream; browsers come back by themselves, to another process."""
        self._closed = True
        for listening in list(self._listeners.values()):
            for subscription in list(listening):
                subscription.close()

    async def aclose(self) -> None:
        """End everything that runs."""
        self.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _tell_job(self, job_id: UUID, heard: _Heard) -> None:
        if not self._listeners.keys() & {job_id, heard.account_id}:
            return
        waiting = self._heard.setdefault(job_id, [])
        waiting.append(heard)
        if len(waiting) == 1:
            self._start(self._read_job(job_id))

    def _tell_account(self, account_id: UUID) -> None:
        if account_id not in self._listeners:
            return
        self._due_accounts.add(account_id)
        if account_id not in self._read_accounts:
            self._read_accounts.add(account_id)
            self._start(self._read_account(account_id))

    async def _read_job(self, job_id: UUID) -> None:
        """Tell what was heard of a job, in order; what is heard meanwhile shares the next read."""
        try:
            while heard := list(self._heard[job_id]):
                if await self._tell(job_id, heard):
                    del self._heard[job_id][: len(heard)]
                else:
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            del self._heard[job_id]

    async def _tell(self, job_id: UUID, heard: list[_Heard]) -> bool:
        account_id = heard[0].account_id
        try:
            record = await self._jobs.get(job_id, account_id)
            await self._publish_job(record, heard)
        except NotFound:
            self._offer((job_id, account_id), JobGone(job_id))
        except TransientError as error:
            _log.warning("live events wait", error=str(error))
            return False
        return True

    async def _publish_job(self, record: JobRecord, heard: list[_Heard]) -> None:
        view = await self._views.of(record)
        for one in heard:
            if one.topic == PROGRESSED and one is not heard[-1]:
                continue
            news = job_news(one.topic, one.seq, record, view)
            self._offer((record.id, record.account_id), news)
        self._told[record.id] = (max(one.seq for one in heard), record.updated_at)
        self._told.move_to_end(record.id)
        if len(self._told) > MAX_REMEMBERED:
            self._told.popitem(last=False)

    async def _read_account(self, account_id: UUID) -> None:
        try:
            while account_id in self._due_accounts:
                self._due_accounts.discard(account_id)
                try:
                    account = await self._accounts.get(account_id)
                except TransientError:
                    self._due_accounts.add(account_id)
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                if account is not None:
                    self._offer((account_id,), account_news(account_view(account)))
        finally:
            self._read_accounts.discard(account_id)

    def _offer(self, keys: tuple[UUID, ...], news: News) -> None:
        for key in keys:
            for subscription in list(self._listeners.get(key, ())):
                subscription.offer(news)

    def _forget(self, subscription: Subscription) -> None:
        key = subscription.job_id or subscription.account_id
        listening = self._listeners.get(key)
        if listening is not None:
            listening.discard(subscription)
            if not listening:
                del self._listeners[key]
        self._streams_of[subscription.account_id] -= 1
        if not self._streams_of[subscription.account_id]:
            del self._streams_of[subscription.account_id]

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("live event lost", exc_info=error)
