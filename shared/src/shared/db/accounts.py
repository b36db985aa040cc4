"""Accounts: whose they are and what is left on them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db.database import Database
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

EXISTING = "SELECT id FROM accounts WHERE id = ANY($1::uuid[])"


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

    async def existing(self, account_ids: Collection[UUID]) -> set[UUID]:
        """Return those of the ids that are of an account."""
        return {row["id"] for row in await self._database.rows(EXISTING, list(account_ids))}
