"""One lane for the crash points of a test process."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from backends import Backends

from crash.lane import Lane


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lane(backends: Backends, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lane]:
    async with Lane.open(backends, tmp_path_factory.mktemp("crash") / "lane") as lane:
        yield lane
