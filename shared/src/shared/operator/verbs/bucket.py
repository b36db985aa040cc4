"""Make the bucket if it is not there."""

import argparse

from shared.settings import StorageSettings
from shared.storage.r2 import R2Objects, R2Settings


async def make_bucket() -> None:
    """Make it in the store that the environment names."""
    settings = StorageSettings.from_environment()
    async with R2Objects(R2Settings.from_settings(settings)) as objects:
        await objects.ensure_bucket()


async def run(_: argparse.Namespace) -> int:
    """Do it; return the exit code."""
    await make_bucket()
    return 0
