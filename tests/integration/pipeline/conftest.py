"""A database with the pipeline's statements, and jobs in whatever state a test needs."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from uuid import UUID

import asyncpg
import pytest_asyncio

from shared.db.database import Database
from shared.db.dispatching import ClaimedAttempt, Dispatching
from shared.db.ending import Ending
from shared.db.following import Following
from shared.db.storing import FinishedAttempt, StoredResult, Storing
from shared.db.sweeping import Sweeping
from shared.domain.timers import Timers
from shared.ids import new_id

PRICE_CREDITS = 2
RESULT = StoredResult("jobs/x/output.png", "jobs/x/thumbnail.webp", "ab" * 32, 1024, 1024, 99)

ACCOUNT = """
WITH a AS (INSERT INTO accounts (id, kind, balance_credits) VALUES ($1, 'guest', $2) RETURNING id, balance_credits)
INSERT INTO ledger (account_id, kind, amount_credits) SELECT id, 'grant', balance_credits FROM a
"""  # noqa: E501 - a statement reads better unbroken

ACCEPT = """
WITH h AS (UPDATE accounts SET held_credits = held_credits + $3
           WHERE id = $2 AND balance_credits - held_credits >= $3 RETURNING id),
j AS (INSERT INTO jobs (id, account_id, idempotency_key, request_sha256, prompt, model, ratio, seed, price_credits,
                        max_attempts, deadline_at)
      SELECT $1, h.id, $4, '', 'a prompt', 'qwen-image', '1:1', 7, $3, 3, now() + make_interval(secs => $5) FROM h
      RETURNING id, account_id)
INSERT INTO ledger (account_id, job_id, kind, amount_credits) SELECT account_id, id, 'hold', $3 FROM j RETURNING job_id
"""  # noqa: E501 - a statement reads better unbroken


@dataclass
class Pipeline:
    """The statements of every service, and short cuts through a job's life."""

    database: Database
    timers: Timers = field(default_factory=Timers)

    def __post_init__(self) -> None:
        self.dispatching = Dispatching(self.database, self.timers)
        self.following = Following(self.database, self.timers)
        self.ending = Ending(self.database, self.timers)
        self.storing = Storing(self.database, self.timers)
        self.sweeping = Sweeping(self.database, self.timers)

    async def account(self, balance_credits: int = 100) -> UUID:
        account_id = new_id()
        await self.database.row(ACCOUNT, account_id, balance_credits)
        return account_id

    async def queued(
        self, *, account_id: UUID | None = None, deadline_seconds: float = 3600
    ) -> UUID:
        job_id = new_id()
        account_id = account_id or await self.account()
        row = await self.database.row(
            ACCEPT, job_id, account_id, PRICE_CREDITS, str(job_id), deadline_seconds
        )
        assert row is not None
        return job_id

    async def claimed(self, job_id: UUID | None = None) -> ClaimedAttempt:
        attempt = await self.dispatching.claim(
            job_id or await self.queued(), new_id(), hook_of(job_id)
        )
        assert attempt is not None
        return attempt

    async def posting(self, job_id: UUID | None = None) -> ClaimedAttempt:
        attempt = await self.claimed(job_id)
        assert await self.dispatching.begin_post(attempt)
        return attempt

    async def running(self, job_id: UUID | None = None) -> ClaimedAttempt:
        attempt = await self.posting(job_id)
        assert await self.dispatching.record_submitted(attempt.attempt_id, f"rp-{new_id()}", 0)
        return attempt

    async def storing_job(self, job_id: UUID | None = None) -> FinishedAttempt:
        attempt = await self.running(job_id)
        assert await self.following.record_completed(attempt.attempt_id, 1000)
        finished = await self.storing.claim(attempt.job_id)
        assert finished is not None
        return finished

    async def done(self, job_id: UUID | None = None) -> UUID:
        finished = await self.storing_job(job_id)
        await self.storing.finish(finished, result_of(finished.job_id))
        return finished.job_id

    async def job(self, job_id: UUID) -> asyncpg.Record:
        row = await self.database.row("SELECT * FROM jobs WHERE id = $1", job_id)
        assert row is not None
        return row

    async def attempt(self, attempt_id: UUID) -> asyncpg.Record:
        row = await self.database.row("SELECT * FROM attempts WHERE id = $1", attempt_id)
        assert row is not None
        return row

    async def topics(self, job_id: UUID) -> list[str]:
        rows = await self.database.rows(
            "SELECT topic FROM outbox WHERE payload ->> 'job_id' = $1 ORDER BY created_at",
            str(job_id),
        )
        return [row["topic"] for row in rows]

    async def stages(self, job_id: UUID) -> list[str]:
        rows = await self.database.rows(
            "SELECT seq, stage FROM job_events WHERE job_id = $1 ORDER BY seq", job_id
        )
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        return [row["stage"] for row in rows]

    async def ledger(self, job_id: UUID) -> list[tuple[str, int]]:
        rows = await self.database.rows(
            "SELECT kind, amount_credits FROM ledger WHERE job_id = $1 ORDER BY id", job_id
        )
        return [(row["kind"], row["amount_credits"]) for row in rows]

    async def credits_of(self, job_id: UUID) -> tuple[int, int]:
        """Return the balance and the hold of the job's account."""
        row = await self.database.row(
            "SELECT balance_credits, held_credits FROM accounts a"
            " JOIN jobs j ON j.account_id = a.id WHERE j.id = $1",
            job_id,
        )
        assert row is not None
        return row["balance_credits"], row["held_credits"]

    async def age(self, sql: str, row_id: UUID) -> None:
        """Move a row's clock back."""
        await self.database.row(sql, row_id)


def result_of(job_id: UUID) -> StoredResult:
    folder = f"jobs/2026/01/{job_id}"
    return replace(
        RESULT, result_key=f"{folder}/output.png", thumbnail_key=f"{folder}/thumbnail.webp"
    )


def hook_of(job_id: UUID | None) -> bytes:
    return hashlib.sha256(f"{job_id or new_id()}{new_id()}".encode()).digest()


@pytest_asyncio.fixture
async def pipeline(database_url: str) -> AsyncIterator[Pipeline]:
    async with Database(database_url) as database:
        yield Pipeline(database)
