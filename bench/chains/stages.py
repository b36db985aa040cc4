"""The stages for asyncio: aiohttp towards the provider and the store, asyncpg for the rows."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import asyncpg

from bench.chains.work import (
    ASK_AGAIN_SECONDS,
    AT_A_TIME,
    COMPLETED,
    DATABASE_CONNECTIONS,
    FIRST_ASK_SECONDS,
    STORED,
    SUBMITTED,
    is_completed,
    picture_in,
    run_body,
)
from bench.site import Site


@dataclass(frozen=True, slots=True)
class Stages:
    """What is done with a job; what comes next is the stack's affair."""

    site: Site
    http: aiohttp.ClientSession
    rows: "asyncpg.Pool[asyncpg.Record]"

    async def submit(self, job: int, webhook: str | None = None) -> tuple[str, float]:
        """Post the job; return the provider's id of it, and the time at which to ask first."""
        async with self.http.post(
            f"{self.site.endpoint_url}/run", data=run_body(job, webhook)
        ) as answer:
            provider_id = str((await answer.json())["id"])
        ask_at = time.time() + FIRST_ASK_SECONDS
        await self.rows.execute(SUBMITTED, job, provider_id)
        return provider_id, ask_at

    async def wait(self, job: int, provider_id: str, ask_at: float) -> None:
        """Wait until the provider says that the job is done."""
        await asyncio.sleep(max(ask_at - time.time(), 0))
        while not is_completed(await self.ask(provider_id)):  # noqa: ASYNC110 - it is elsewhere
            await asyncio.sleep(ASK_AGAIN_SECONDS)
        await self.complete(job)

    async def complete(self, job: int) -> None:
        """Note that the provider is done with the job."""
        await self.rows.execute(COMPLETED, job)

    async def store(self, job: int, provider_id: str) -> None:
        """Fetch the picture, put it into the store and mark the job done."""
        await self.put(f"{job}.png", picture_in(await self.ask(provider_id)))
        await self.mark_stored(job)

    async def put(self, name: str, content: bytes) -> None:
        """Put an object into the store."""
        async with self.http.put(f"{self.site.bucket_url}/{name}", data=content) as answer:
            answer.raise_for_status()

    async def mark_stored(self, job: int) -> None:
        """Note that the job is done."""
        await self.rows.execute(STORED, job)

    async def ask(self, provider_id: str) -> bytes:
        """Return what the provider says of a job."""
        url = f"{self.site.endpoint_url}/status/{provider_id}"
        async with self.http.get(url) as answer:
            return await answer.read()


@asynccontextmanager
async def open_stages(site: Site) -> AsyncIterator[Stages]:
    """Open the connections of one worker process."""
    connector = aiohttp.TCPConnector(limit=AT_A_TIME)
    async with (
        aiohttp.ClientSession(connector=connector, raise_for_status=True) as http,
        asyncpg.create_pool(
            site.database_url, min_size=DATABASE_CONNECTIONS, max_size=DATABASE_CONNECTIONS
        ) as rows,
    ):
        yield Stages(site, http, rows)
