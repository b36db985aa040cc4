"""The frames of one stream: first what is so now, then what happens, until its time is over.

A stream listens before it reads, so nothing falls between; what it hears twice it tells once.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from gateway.accounts.views import account_view
from gateway.jobs.cursors import read_time_cursor, time_cursor
from gateway.jobs.views import JobViews
from gateway.stream.hub import Hub
from gateway.stream.news import (
    EVENT_OF_STAGE,
    HEARTBEAT,
    RECONNECT_AFTER,
    SNAPSHOT,
    AccountNews,
    JobGone,
    JobNews,
    News,
    account_news,
    job_news,
)
from gateway.stream.subscription import BEAT, Subscription
from shared.db.accounts import Accounts
from shared.db.jobs import JobRecord, Jobs
from shared.errors import TransientError, Unauthorized

RECENT_SECONDS: Final = 60.0
"""On connect an account's stream also tells the jobs that changed so lately."""
OVERLAP_SECONDS: Final = 5.0
"""On return it goes back this far behind its mark: commits may become visible out of order."""
MOST_RECENT_JOBS: Final = 100

_SEQ: Final = re.compile(r"[0-9]{1,18}")
"""No more digits than a number of the database has; Python refuses to read one of 5,000."""

SessionCheck = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class StreamTimes:
    """How often a stream says that it lives and looks at its session; it ends with a beat too."""

    beat_seconds: float = 15.0
    lifetime_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class OpenStream:
    """A stream that is ready to be sent; it must be closed."""

    frames: AsyncIterator[bytes]
    subscription: Subscription


class _JobTeller:
    """Frames of one job's stream; the mark is the place in its event log."""

    def __init__(self) -> None:
        self._last: tuple[int, datetime] | None = None
        self.done = False

    def frame(self, news: News) -> bytes | None:
        if isinstance(news, JobGone):
            self.done = True
        if not isinstance(news, JobNews) or self._is_old(news):
            return None
        self.done = self.done or news.is_end
        return news.frame(str(news.seq))

    def _is_old(self, news: JobNews) -> bool:
        within_stage = not news.is_stage and self._last and news.updated_at > self._last[1]
        if self._last is None or news.seq > self._last[0] or within_stage:
            self._last = (
                max(news.seq, self._last[0] if self._last else 0),
                max(news.updated_at, self._last[1] if self._last else news.updated_at),
            )
            return False
        return True


class _AccountTeller:
    """Frames of an account's stream; the mark is the time of the job's last change."""

    done = False

    def __init__(self) -> None:
        self._jobs: dict[UUID, _JobTeller] = {}
        self._account = b""

    def frame(self, news: News) -> bytes | None:
        if isinstance(news, AccountNews):
            is_new, self._account = news.body != self._account, news.body
            return news.frame() if is_new else None
        if isinstance(news, JobGone):
            self._jobs.pop(news.job_id, None)
            return None
        if self._jobs.setdefault(news.job_id, _JobTeller()).frame(news) is None:
            return None
        return news.frame(time_cursor(news.updated_at))


class Streams:
    """Opens streams."""

    def __init__(
        self,
        hub: Hub,
        jobs: Jobs,
        accounts: Accounts,
        views: JobViews,
        times: StreamTimes | None = None,
    ) -> None:
        self._hub = hub
        self._jobs = jobs
        self._accounts = accounts
        self._views = views
        self._times = times or StreamTimes()

    async def of_job(
        self, job_id: UUID, account_id: UUID, last_event_id: str | None, check: SessionCheck
    ) -> OpenStream | None:
        """Open the stream of one job; None when the reader has heard its end already.

        Raises:
            NotFound: the account has no such job.
        """
        subscription = self._hub.subscribe(account_id, job_id)
        try:
            record = await self._jobs.get(job_id, account_id)
            heard = _seq(last_event_id)
            if heard is not None and heard >= record.last_event_seq and not record.is_open:
                subscription.close()
                return None
            first = await self._missed(record, heard)
        except BaseException:
            subscription.close()
            raise
        return self._open(subscription, first, _JobTeller(), check)

    async def of_account(
        self, account_id: UUID, last_event_id: str | None, check: SessionCheck
    ) -> OpenStream:
        """Open the stream of everything of an account.

        Raises:
            Unauthorized: the account is no more.
        """
        subscription = self._hub.subscribe(account_id)
        try:
            first = await self._recent(account_id, last_event_id)
        except BaseException:
            subscription.close()
            raise
        return self._open(subscription, first, _AccountTeller(), check)

    async def _missed(self, record: JobRecord, heard: int | None) -> list[News]:
        view = await self._views.of(record)
        missed = [line for line in record.timeline if heard is not None and line.seq > heard]
        if not missed:
            return [job_news(SNAPSHOT, record.last_event_seq, record, view)]
        return [job_news(EVENT_OF_STAGE[line.stage], line.seq, record, view) for line in missed]

    async def _recent(self, account_id: UUID, last_event_id: str | None) -> list[News]:
        since = None if last_event_id is None else read_time_cursor(last_event_id)
        records = await self._jobs.recent(
            account_id,
            since=since,
            overlap_seconds=RECENT_SECONDS if since is None else OVERLAP_SECONDS,
            limit=MOST_RECENT_JOBS,
        )
        account = await self._accounts.get(account_id)
        if account is None:
            raise Unauthorized("session_invalid")
        views = [await self._views.of(record) for record in records]
        return [
            account_news(account_view(account)),
            *(
                job_news(SNAPSHOT, record.last_event_seq, record, view)
                for record, view in zip(records, views, strict=True)
            ),
        ]

    def _open(
        self,
        subscription: Subscription,
        first: list[News],
        teller: _JobTeller | _AccountTeller,
        check: SessionCheck,
    ) -> OpenStream:
        return OpenStream(self._frames(subscription, first, teller, check), subscription)

    async def _frames(
        self,
        subscription: Subscription,
        first: list[News],
        teller: _JobTeller | _AccountTeller,
        check: SessionCheck,
    ) -> AsyncIterator[bytes]:
        yield RECONNECT_AFTER
        for news in first:
            if (frame := teller.frame(news)) is not None:
                yield frame
        clock = asyncio.get_running_loop().time
        ends_at = clock() + self._times.lifetime_seconds
        subscription.beat_every(self._times.beat_seconds)
        while not teller.done and (heard := await subscription.next()) is not None:
            if heard is BEAT:
                if clock() >= ends_at or not await _still_in(check):
                    return
                yield HEARTBEAT
            elif (frame := teller.frame(heard)) is not None:
                yield frame


async def _still_in(check: SessionCheck) -> bool:
    try:
        await check()
    except Unauthorized:
        return False
    except TransientError:
        return True
    return True


def _seq(last_event_id: str | None) -> int | None:
    is_seq = last_event_id is not None and _SEQ.fullmatch(last_event_id)
    return int(last_event_id) if last_event_id is not None and is_seq else None
