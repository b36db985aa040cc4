"""The port to the object store: what the rest of the house may ask of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from shared.errors import Conflict


class ObjectConflict(Conflict):
    """The key holds other bytes already; the first who wrote it has won."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What the store knows of an object.

    Attributes:
        sha256: None when we did not write it.
        is_whole: not the mere beginning of what we wrote, which a store that is not S3 itself may
            keep of an upload whose sender died.
    """

    key: str
    size_bytes: int
    content_type: str
    sha256: str | None
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object as a listing shows it; ``modified_at`` is the store's time."""

    key: str
    modified_at: datetime


class Objects(Protocol):
    """Objects of one bucket.

    Every method raises ``StorageUnavailable`` when the store does not answer or is at fault.
    ``sha256`` is in hex and kept with the object.
    """

    async def put_file(self, key: str, path: Path, content_type: str, sha256: str) -> None:
        """Write a file, over what was there."""

    async def put_file_once(self, key: str, path: Path, content_type: str, sha256: str) -> None:
        """Write a file unless the key is taken; the same bytes there already are a success.

        Raises:
            ObjectConflict: ``object_conflict``, other bytes are there.
        """

    async def get_to_file(self, key: str, path: Path, *, limit_bytes: int) -> ObjectInfo:
        """Write an object to a file and check it against its sha256.

        Raises:
            NotFound: ``object_missing``.
            PermanentError: ``payload_too_large``, it has more than ``limit_bytes``.
        """

    async def get_bytes(self, key: str, *, limit_bytes: int) -> bytes:
        """Return a small object and check it against its sha256.

        Raises:
            NotFound: ``object_missing``.
            PermanentError: ``payload_too_large``, it has more than ``limit_bytes``.
        """

    async def head(self, key: str) -> ObjectInfo:
        """Return what the store knows of an object.

        Raises:
            NotFound: ``object_missing``.
        """

    async def list_page(self, prefix: str, *, after: str = "") -> list[ListedObject]:
        """Return up to 1000 objects below a prefix, in the order of their keys, after a key.

        An empty page is the end.
        """

    async def delete_many(self, keys: Iterable[str]) -> None:
        """Delete objects; one that is not there is no error."""

    async def delete_prefix(self, prefix: str) -> int:
        """Delete every object whose key starts with a prefix that ends with a slash; say how many.

        Raises:
            ValueError: for a prefix that could reach further than one folder.
        """

    async def presign_get(
        self,
        key: str,
        *,
        expires_seconds: int,
        disposition: str | None = None,
        content_type: str | None = None,
    ) -> str:
        """Return a link that reads an object for a while, 1 s to 7 days.

        Args:
            key: need not exist; the link answers 404 then.
            expires_seconds: from now.
            disposition: the Content-Disposition that the link answers with.
            content_type: the Content-Type that the link answers with.
        """

    async def ensure_bucket(self) -> None:
        """Make the bucket unless it is there."""
