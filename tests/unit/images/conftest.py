"""A started sandbox, and a folder for what it writes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.images.sandbox import ImageSandbox


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[ImageSandbox]:
    async with ImageSandbox() as started:
        yield started


@pytest.fixture
def out_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder
