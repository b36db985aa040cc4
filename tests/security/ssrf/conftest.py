"""The network with the trap."""

from collections.abc import AsyncIterator

import pytest_asyncio

from security.ssrf.trap import Network, listening_network


@pytest_asyncio.fixture
async def network() -> AsyncIterator[Network]:
    async with listening_network() as listening:
        yield listening
