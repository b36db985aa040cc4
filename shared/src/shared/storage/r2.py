"""The object store on R2, or on anything else that speaks S3: one kept client per process."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Final, Self

import aioboto3  # type: ignore[import-untyped]  # has no types
from botocore.config import Config  # type: ignore[import-untyped]  # has no types
from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # has no types

from shared.errors import NotFound, PermanentError, StorageUnavailable
from shared.settings import StorageSettings
from shared.storage.faults import code_of, status_of, storage_errors
from shared.storage.objects import ListedObject, ObjectConflict, ObjectInfo

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

SHA256_METADATA: Final = "sha256"
SIZE_METADATA: Final = "size"
_CHUNK_BYTES: Final = 256 * 1024
_DELETES_AT_ONCE: Final = 8
_NOT_FOUND: Final = 404
_PRECONDITION_FAILED: Final = 412
_MAX_EXPIRES_SECONDS: Final = 7 * 24 * 3600
"""Source: the longest that signature version 4 allows."""


@dataclass(frozen=True, slots=True)
class R2Settings:
    """Where the store is, for us and for browsers, and the key to it."""

    endpoint_url: str
    public_endpoint_url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    bucket: str
    region: str = "auto"
    max_connections: int = 50
    max_attempts: int = 3

    @classmethod
    def from_settings(cls, settings: StorageSettings) -> Self:
        """Return what a service's settings say."""
        return cls(
            endpoint_url=settings.r2_endpoint_url,
            public_endpoint_url=settings.r2_public_endpoint_url or settings.r2_endpoint_url,
            access_key_id=settings.r2_access_key_id.get_secret_value(),
            secret_access_key=settings.r2_secret_access_key.get_secret_value(),
            bucket=settings.r2_bucket,
        )


class R2Objects:
    """``Objects`` over aioboto3; opened and closed as a context manager."""

    def __init__(self, settings: R2Settings) -> None:
        self._settings = settings
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the clients; nothing is sent yet."""
        session = aioboto3.Session()
        self._s3 = await self._open(session, self._settings.endpoint_url)
        self._public_s3 = await self._open(session, self._settings.public_endpoint_url)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the clients."""
        await self._resources.aclose()

    async def put_file(self, key: str, path: Path, content_type: str, sha256: str) -> None:
        """See ``Objects.put_file``."""
        with storage_errors(), path.open("rb") as file:
            await self._s3.put_object(
                Bucket=self._settings.bucket,
                Key=key,
                Body=file,
                ContentType=content_type,
                Metadata=_metadata(file, sha256),
            )

    async def put_file_once(self, key: str, path: Path, content_type: str, sha256: str) -> None:
        """See ``Objects.put_file_once``; one conditional write, looked at again when refused.

        A refusal may follow our own success whose answer was lost, so the bytes decide. They must
        be whole: a store that is not S3 itself may keep the beginning of an upload whose sender
        died, under the hash of all of it.
        """
        with storage_errors():
            try:
                with path.open("rb") as file:
                    size_bytes = os.fstat(file.fileno()).st_size
                    await self._s3.put_object(
                        Bucket=self._settings.bucket,
                        Key=key,
                        Body=file,
                        ContentType=content_type,
                        Metadata=_metadata(file, sha256),
                        IfNoneMatch="*",
                    )
            except ClientError as error:
                if status_of(error) != _PRECONDITION_FAILED:
                    raise
            else:
                return
        try:
            there = await self.head(key)
        except NotFound as error:
            # Refused for an object that is not there: deleted just now, or the store errs.
            raise StorageUnavailable(reason="refused_and_missing") from error
        if (there.sha256, there.size_bytes) != (sha256, size_bytes):
            raise ObjectConflict("object_conflict")

    async def get_to_file(self, key: str, path: Path, *, limit_bytes: int) -> ObjectInfo:
        """See ``Objects.get_to_file``."""
        async with self._reading(key, limit_bytes) as (info, chunks):
            with path.open("wb") as file:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
        return info

    async def get_bytes(self, key: str, *, limit_bytes: int) -> bytes:
        """See ``Objects.get_bytes``."""
        async with self._reading(key, limit_bytes) as (_, chunks):
            return b"".join([chunk async for chunk in chunks])

    async def head(self, key: str) -> ObjectInfo:
        """See ``Objects.head``."""
        with storage_errors():
            answer = await self._s3.head_object(Bucket=self._settings.bucket, Key=key)
        return _info(key, answer)

    async def list_page(self, prefix: str, *, after: str = "") -> list[ListedObject]:
        """See ``Objects.list_page``."""
        with storage_errors():
            answer = await self._s3.list_objects_v2(
                Bucket=self._settings.bucket, Prefix=prefix, StartAfter=after
            )
        return [
            ListedObject(item["Key"], item["LastModified"]) for item in answer.get("Contents", ())
        ]

    async def delete_many(self, keys: Iterable[str]) -> None:
        """See ``Objects.delete_many``.

        One request each, a few at a time: the request that deletes many demands a checksum, and
        stores disagree on which.
        """
        slots = asyncio.Semaphore(_DELETES_AT_ONCE)

        async def delete(key: str) -> None:
            async with slots:
                await self._s3.delete_object(Bucket=self._settings.bucket, Key=key)

        outcomes = await asyncio.gather(*map(delete, keys), return_exceptions=True)
        with storage_errors():
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome

    async def delete_prefix(self, prefix: str) -> int:
        """See ``Objects.delete_prefix``."""
        if not prefix.strip("/") or not prefix.endswith("/"):
            message = f"no folder: {prefix!r}"
            raise ValueError(message)
        with storage_errors():
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._settings.bucket, Prefix=prefix
            )
            keys = [item["Key"] async for page in pages for item in page.get("Contents", ())]
        await self.delete_many(keys)
        return len(keys)

    async def presign_get(
        self,
        key: str,
        *,
        expires_seconds: int,
        disposition: str | None = None,
        content_type: str | None = None,
    ) -> str:
        """See ``Objects.presign_get``; nothing is sent."""
        params = {"Bucket": self._settings.bucket, "Key": key}
        if disposition is not None:
            params["ResponseContentDisposition"] = disposition
        if content_type is not None:
            params["ResponseContentType"] = content_type
        return await self._public_s3.generate_presigned_url(
            "get_object",
            Params=params,
            ExpiresIn=min(max(expires_seconds, 1), _MAX_EXPIRES_SECONDS),
        )

    async def ensure_bucket(self) -> None:
        """See ``Objects.ensure_bucket``."""
        with storage_errors():
            try:
                await self._s3.head_bucket(Bucket=self._settings.bucket)
            except ClientError as error:
                if status_of(error) != _NOT_FOUND:
                    raise
            else:
                return
            try:
                await self._s3.create_bucket(Bucket=self._settings.bucket)
            except ClientError as error:
                if code_of(error) != "BucketAlreadyOwnedByYou":
                    raise

    @asynccontextmanager
    async def _reading(
        self, key: str, limit_bytes: int
    ) -> AsyncIterator[tuple[ObjectInfo, AsyncIterator[bytes]]]:
        with storage_errors():
            answer = await self._s3.get_object(Bucket=self._settings.bucket, Key=key)
            info = _info(key, answer)
            async with answer["Body"] as body:
                if info.size_bytes > limit_bytes:
                    raise PermanentError("payload_too_large", limit_mb=limit_bytes >> 20)
                yield info, _checked(body.content.iter_chunked(_CHUNK_BYTES), info)

    async def _open(self, session: aioboto3.Session, endpoint_url: str) -> "S3Client":
        settings = self._settings
        client = session.client(
            "s3",
            endpoint_url=endpoint_url,
            region_name=settings.region,
            aws_access_key_id=settings.access_key_id,
            aws_secret_access_key=settings.secret_access_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                retries={"mode": "standard", "max_attempts": settings.max_attempts},
                connect_timeout=3,
                read_timeout=30,
                max_pool_connections=settings.max_connections,
            ),
        )
        return await self._resources.enter_async_context(client)


async def _checked(chunks: AsyncIterator[bytes], info: ObjectInfo) -> AsyncIterator[bytes]:
    """Pass an object's bytes on, and end in an error unless they are the ones that were written."""
    digest = hashlib.sha256()
    received = 0
    async for chunk in chunks:
        digest.update(chunk)
        received += len(chunk)
        yield chunk
    if received != info.size_bytes:
        raise StorageUnavailable(reason="truncated", key=info.key)
    if info.sha256 is not None and digest.hexdigest() != info.sha256:
        raise StorageUnavailable(reason="checksum", key=info.key)


def _metadata(file: BinaryIO, sha256: str) -> dict[str, str]:
    return {SHA256_METADATA: sha256, SIZE_METADATA: str(os.fstat(file.fileno()).st_size)}


def _info(key: str, answer: "GetObjectOutputTypeDef | HeadObjectOutputTypeDef") -> ObjectInfo:
    said, size_bytes = answer.get("Metadata", {}), answer["ContentLength"]
    return ObjectInfo(
        key=key,
        size_bytes=size_bytes,
        content_type=answer.get("ContentType", "application/octet-stream"),
        sha256=said.get(SHA256_METADATA),
        is_whole=said.get(SIZE_METADATA, str(size_bytes)) == str(size_bytes),
    )
