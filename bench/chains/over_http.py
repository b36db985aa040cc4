"""Hands jobs to the product as browsers do: over HTTP, as several guests, text only.

Started as `python -m bench.chains.over_http`.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import aiohttp
import uvloop

from bench.chains.intake import serve_intake
from bench.loopback import require_loopback

PRODUCT_URLS: Final = "BENCH_PRODUCT_URLS"
"""The variable that says where the gateways answer, with blanks between them."""

GUESTS: Final = 32
"""Customers who take turns: each job locks the row of its account while it is made."""


def key_of(job: int) -> str:
    """Return the idempotency key under which a job is handed in."""
    return f"bench-{job}"


async def intake() -> None:
    """Open accounts and ask for pictures."""
    urls = [require_loopback(url) for url in os.environ[PRODUCT_URLS].split()]
    async with AsyncExitStack() as opened:
        guests = await asyncio.gather(
            *(
                opened.enter_async_context(_guest(urls[number % len(urls)]))
                for number in range(GUESTS)
            )
        )

        async def hand_in(job: int) -> None:
            form = aiohttp.FormData(default_to_multipart=True)
            form.add_field("prompt", f"picture {job}")
            headers = {"Idempotency-Key": key_of(job)}
            http = guests[job % GUESTS]
            async with http.post("/v1/jobs", data=form, headers=headers) as answer:
                await answer.read()

        await serve_intake(hand_in)


@asynccontextmanager
async def _guest(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """Open an account at one of the gateways."""
    async with aiohttp.ClientSession(
        url,
        raise_for_status=True,
        # Cookies of an address without a name are refused otherwise.
        cookie_jar=aiohttp.CookieJar(unsafe=True),
    ) as http:
        async with http.post("/v1/session"):
            pass
        yield http


if __name__ == "__main__":
    uvloop.run(intake())
