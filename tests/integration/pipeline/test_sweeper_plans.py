"""What the sweeper looks for is found by index: years of finished jobs must not make it slower."""

import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from bench.growth.filling import AFTERWARDS, history

from shared.db import sweeping

STATEMENTS = {
    name: sql
    for name, sql in vars(sweeping).items()
    if name.isupper() and not name.startswith("_") and isinstance(sql, str)
}
VALUES = (100, 365, 600.0)
"""How many at once, how long ago or every how often, at most how often."""

FINISHED = 5000
MOST_ROWS = 500


@pytest.mark.asyncio
async def test_no_look_reads_the_history(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(history(FINISHED))
        await connection.execute(AFTERWARDS)
        read = {name: await _rows_read(connection, sql) for name, sql in STATEMENTS.items()}
    finally:
        await connection.close()
    assert {name: rows for name, rows in read.items() if rows > MOST_ROWS} == {}


async def _rows_read(connection: "asyncpg.Connection[asyncpg.Record]", sql: str) -> float:
    values = [value for number, value in enumerate(VALUES, 1) if f"${number}" in sql]
    said = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
    return sum(_read_by(node) for node in _nodes(json.loads(said)[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _read_by(node: dict[str, Any]) -> float:
    if "Scan" not in node["Node Type"]:
        return 0
    passed_over = node.get("Rows Removed by Filter", 0)
    return float(node["Actual Loops"] * (node["Actual Rows"] + passed_over))
