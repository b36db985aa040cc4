"""What fills the tables for `make growth` is what the product itself would have written."""

import asyncio

import asyncpg
import pytest
from bench.growth.filling import history, in_flight

from shared.db.database import Database
from shared.db.following import Following
from shared.db.invariants import Invariants
from shared.domain.timers import Timers

pytestmark = pytest.mark.asyncio

STATES = "SELECT state, count(*)::int AS jobs FROM jobs GROUP BY state"


async def test_full_tables_break_no_rule_and_are_followed(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    for script in (history(120), in_flight(70), history(30)):
        await connection.execute(script)
    await connection.close()
    async with Database(database_url) as database:
        assert await Invariants(database).violations(settled=False) == []
        states = {row["state"]: row["jobs"] for row in await database.rows(STATES)}
        assert states == {"done": 150, "running": 70}
        following = Following(database, Timers())
        assert await following.followed() == 70
        async with asyncio.timeout(20):
            while not (due := await following.claim_due(100)):
                await asyncio.sleep(0.1)
        assert all(attempt.runpod_id.startswith("bench-endless-") for attempt in due)
