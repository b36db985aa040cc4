"""The `s3_url` answer: upload a picture the way the RunPod SDK does and return a signed link.

Source: runpod SDK 1.12.0 rp_upload.py: the bucket is the month as `MM-YY`, the key is
`<job id>/<8 hex>.png`, the link is good for 7 days; without credentials the "link" is a local path.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

import aioboto3  # type: ignore[import-untyped]  # it ships no types
from botocore.config import Config  # type: ignore[import-untyped]  # it ships no types

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
    if bucket is None:
        return f"simulated_uploaded/{uuid.uuid4().hex[:8]}.png"
    where = {
        "Bucket": datetime.now(UTC).strftime("%m-%y"),
        "Key": f"{job_id}/{uuid.uuid4().hex[:8]}.png",
    }
    client = cast(
        "AbstractAsyncContextManager[S3Client]",
        aioboto3.Session().client(
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
        ),
    )
    async with client as s3:
        await s3.put_object(
            Bucket=where["Bucket"], Key=where["Key"], Body=png, ContentType="image/png"
        )
        return await s3.generate_presigned_url("get_object", Params=where, ExpiresIn=LINK_SECONDS)
