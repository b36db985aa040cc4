"""The servers that tests stand on are real, apart from each other's tests, and lose nothing."""

import asyncio

import aio_pika
import asyncpg
import httpx
import pytest
from backends import Backends


async def value_of(database_url: str, sql: str) -> object:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@pytest.mark.asyncio
async def test_a_database_is_migrated(database_url: str) -> None:
    assert await value_of(database_url, "SELECT count(*) FROM alembic_version") == 1


@pytest.mark.asyncio
async def test_a_database_without_schema_is_empty(empty_database_url: str) -> None:
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert await value_of(empty_database_url, tables) == 0


@pytest.mark.asyncio
async def test_a_vhost_takes_messages(rabbitmq_url: str) -> None:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("letters", durable=True)
        await channel.default_exchange.publish(aio_pika.Message(b"hello"), "letters")
        message = await queue.get(timeout=10)
        assert message is not None
        assert message.body == b"hello"
        await message.ack()


@pytest.mark.asyncio
async def test_a_wrong_password_is_refused(backends: Backends) -> None:
    wrong = backends.database_url.replace("ob:", "ob:x", 1)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await value_of(wrong, "SELECT 1")


def test_the_store_answers(backends: Backends) -> None:
    assert asyncio.run(_status_of(backends.s3_url)) < 500


async def _status_of(url: str) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(url)).status_code
