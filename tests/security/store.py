"""A gateway's bucket, past the product."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import aioboto3  # type: ignore[import-untyped]  # has no types

from gateway.settings import GatewaySettings
from shared.storage.r2 import R2Objects, R2Settings

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client


async def make_bucket(settings: GatewaySettings) -> None:
    """Make the bucket of a gateway unless it is there."""
    async with R2Objects(R2Settings.from_settings(settings)) as objects:
        await objects.ensure_bucket()


async def keys_in_the_bucket(settings: GatewaySettings) -> set[str]:
    """Return the key of every object in the bucket of a gateway."""
    async with _client(settings) as s3:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=settings.r2_bucket)
        return {entry["Key"] async for page in pages for entry in page.get("Contents", ())}


@asynccontextmanager
async def _client(settings: GatewaySettings) -> AsyncIterator["S3Client"]:
    client = aioboto3.Session().client(
        "s3",
        endpoint_url=settings.r2_endpoint_url,
        aws_access_key_id=settings.r2_access_key_id.get_secret_value(),
        aws_secret_access_key=settings.r2_secret_access_key.get_secret_value(),
        region_name="auto",
    )
    async with AsyncExitStack() as opened:
        yield await opened.enter_async_context(client)
