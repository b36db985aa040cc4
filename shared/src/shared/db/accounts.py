"""Accounts: whose they are and what is left on them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db.database import Database
from shared.domain.limits import MINUTE_SECONDS, JobLimits
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Account:
    """An account with its credits; `read_at` is Postgres' time of reading."""

    id: UUID
    kind: str
    balance_credits: int
    held_credits: int
    read_at: datetime

    @property
    def available_credits(self) -> int:
        """What is neither spent nor held by an open job."""
        return self.balance_credits - self.held_credits


@dataclass(frozen=True, slots=True)
class Standing:
    """An account and what it has begun.

    Attributes:
        open_jobs: its jobs that have not ended; 0 when there is no limit to them.
        wait_seconds: until it may begin another one; 0 when it may now.
    """

    account: Account
    open_jobs: int
    wait_seconds: float


OPEN_GUEST = """
WITH a AS (
    INSERT INTO accounts (id, kind, balance_credits) VALUES ($1, 'guest', $2)
    RETURNING id, kind, balance_credits, held_credits),
l AS (
    INSERT INTO ledger (account_id, kind, amount_credits, ext_id)
    SELECT id, 'grant', balance_credits, 'guest:' || id FROM a)
SELECT id, kind, balance_credits, held_credits, clock_timestamp() AS read_at FROM a
"""

GET = """
SELECT id, kind, balance_credits, held_credits, clock_timestamp() AS read_at FROM accounts WHERE id = $1
"""

STANDING = """
SELECT id, kind, balance_credits, held_credits, clock_timestamp() AS read_at,
    CASE WHEN $2::bigint IS NOT NULL THEN
        (SELECT count(*) FROM jobs WHERE account_id = a.id AND state NOT IN ('done', 'failed', 'cancelled'))
    ELSE 0 END AS open_jobs,
    CASE WHEN $3::bigint IS NOT NULL THEN
        (SELECT greatest(0, extract(epoch FROM created_at - clock_timestamp()) + $4)::float8 FROM jobs
         WHERE account_id = a.id AND updated_at > clock_timestamp() - make_interval(secs => $4)
         ORDER BY created_at DESC OFFSET $3 - 1 LIMIT 1)
    END AS wait_seconds
FROM accounts a WHERE id = $1
"""

MISSING = """
SELECT asked.id FROM unnest($1::uuid[]) AS asked (id) LEFT JOIN accounts ON accounts.id = asked.id
WHERE accounts.id IS NULL
"""


class Accounts:
    """Opens and reads accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_guest(self, free_credits: int) -> Account:
        """Make an account for a visitor, with the grant of its free credits in the ledger."""
        row = await self._database.row(OPEN_GUEST, new_id(), free_credits)
        if row is None:
            raise AssertionError("an INSERT without a condition returns its row")
        return Account(**row)

    async def get(self, account_id: UUID) -> Account | None:
        """Return an account, or None when there is none of that id."""
        row = await self._database.row(GET, account_id)
        return None if row is None else Account(**row)

    async def standing(self, account_id: UUID, limits: JobLimits) -> Standing | None:
        """Return an account and what it has begun, or None when there is none of that id."""
        row = await self._database.row(
            STANDING, account_id, limits.open_jobs, limits.per_minute, MINUTE_SECONDS
        )
        if row is None:
            return None
        facts = dict(row)
        open_jobs, wait_seconds = facts.pop("open_jobs"), facts.pop("wait_seconds")
        return Standing(Account(**facts), open_jobs, wait_seconds or 0.0)

    async def missing(self, account_ids: Collection[UUID]) -> set[UUID]:
        """Return those of the ids that are of no account."""
        return {row["id"] for row in await self._database.rows(MISSING, list(account_ids))}
