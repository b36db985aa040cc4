"""The `s3_url` answer: upload a picture the way the RunPod SDK does and return a signed link.

Source: runpod SDK 1.12.0 rp_upload.py: the bucket is the month as `MM-YY`, the key is
`<job id>/<8 hex>.png`, the link is good for 7 days; without credentials the "link" is a local path.
"""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from types_aiobotocore_s3.client import S3Client

LINK_SECONDS: Final = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where results go; the endpoint address may contain a bucket of its own as a path."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str


async def upload_result(bucket: Bucket | None, job_id: str, png: bytes) -> str:
    """Store a picture and return what the worker answers as `data`.

    Raises:
        Exception: Whatever the client raises; the worker words any of it the same way.
    """
    name = f"{uuid.uuid4().hex[:8]}.png"
    if bucket is None:
        return f"simulated_uploaded/{name}"
    month, key = datetime.now(UTC).strftime("%m-%y"), f"{job_id}/{name}"
    async with await asyncio.to_thread(_client, bucket) as s3:
        await s3.put_object(Bucket=month, Key=key, Body=png, ContentType="image/png")
        return await s3.generate_presigned_url(
            "get_object", Params={"Bucket": month, "Key": key}, ExpiresIn=LINK_SECONDS
        )


def _client(bucket: Bucket) -> "AbstractAsyncContextManager[S3Client]":
    """Load the S3 library, which takes more than a second, only when it is needed."""
    import aioboto3  # type: ignore[import-untyped]  # noqa: PLC0415 - it ships no types
    from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415 - the same

    client = aioboto3.Session().client(
        "s3",
        endpoint_url=bucket.endpoint_url,
        aws_access_key_id=bucket.access_key_id,
        aws_secret_access_key=bucket.secret_access_key,
        region_name="auto",
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 2},
            connect_timeout=5,
            request_checksum_calculation="when_required",
        ),
    )
    return cast("AbstractAsyncContextManager[S3Client]", client)
