"""Hands jobs to the product as a browser does: over HTTP, as one guest, text only.

Started as `python -m bench.chains.over_http`.
"""

import os
from typing import Final

import aiohttp
import uvloop

from bench.chains.intake import serve_intake
from bench.loopback import require_loopback

PRODUCT_URL: Final = "BENCH_PRODUCT_URL"
"""The variable that says where the gateway answers."""


def key_of(job: int) -> str:
    """Return the idempotency key under which a job is handed in."""
    return f"bench-{job}"


async def intake() -> None:
    """Open an account and ask for pictures."""
    url = os.environ[PRODUCT_URL]
    require_loopback(url)
    async with aiohttp.ClientSession(
        url,
        raise_for_status=True,
        # Cookies of an address without a name are refused otherwise.
        cookie_jar=aiohttp.CookieJar(unsafe=True),
    ) as http:
        async with http.post("/v1/session"):
            pass

        async def hand_in(job: int) -> None:
            form = aiohttp.FormData(default_to_multipart=True)
            form.add_field("prompt", f"picture {job}")
            headers = {"Idempotency-Key": key_of(job)}
            async with http.post("/v1/jobs", data=form, headers=headers) as answer:
                await answer.read()

        await serve_intake(hand_in)


if __name__ == "__main__":
    uvloop.run(intake())
