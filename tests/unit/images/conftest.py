"""A started sandbox, and a folder for what it writes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.images.sandbox import ImageSandbox
from shared.images.tasks import ChildLimits


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[ImageSandbox]:
    """With time for the slowest machine: those who mind the usual limits have their own."""
    patient = ChildLimits(cpu_seconds=120)
    async with ImageSandbox(wall_seconds=120, wait_seconds=120, child_limits=patient) as started:
        yield started


@pytest.fixture
def out_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder
