"""Other forms of a job's pictures: made when somebody asks for one, then kept beside the job."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Protocol
from weakref import WeakValueDictionary

from shared.db.jobs import JobRecord, Jobs
from shared.domain.variants import Variant
from shared.errors import NotFound, PermanentError
from shared.images.pictures import Picture
from shared.images.sandbox import Fetch
from shared.storage.keys import variant_key
from shared.storage.objects import ObjectConflict, Objects
from shared.temp_folder import scratch

SOURCE_LIMIT_BYTES: Final = 256 * 1024 * 1024
"""As much as a child may write, so whatever we have kept can be read again."""


class VariantSandbox(Protocol):
    """Reads pictures where they can do no harm."""

    async def make_variant(
        self, source: Path, out_dir: Path, variant: Variant, *, fetch: Fetch
    ) -> Picture:
        """Fetch a picture when it is its turn, and write another form of it."""


@dataclass(frozen=True, slots=True)
class Variants:
    """The use case. Whoever asks while one is being made waits for it.

    `sandbox` is not the one of uploads: nobody's upload waits for somebody's download.
    """

    jobs: Jobs
    objects: Objects
    sandbox: VariantSandbox
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def key_of(self, job: JobRecord, source_key: str, variant: Variant) -> str:
        """Return where a variant lies, after making it if it is not there.

        Raises:
            NotFound: the job was deleted meanwhile.
            TransientError: too many variants are being made, or the store is away or slow.
        """
        key = variant_key(job.id, job.created_at, variant)
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            if not await self._is_there(key):
                await self._make(job, source_key, variant, key)
        return key

    async def _is_there(self, key: str) -> bool:
        try:
            return (await self.objects.head(key)).is_whole
        except NotFound:
            return False

    async def _make(self, job: JobRecord, source_key: str, variant: Variant, key: str) -> None:
        async with scratch("ob-variant-") as folder:
            picture = await self.sandbox.make_variant(
                folder / "source", folder, variant, fetch=partial(self._fetch, source_key)
            )
            await self._put(key, picture)
        await self._check_still_wanted(job, key)

    async def _fetch(self, key: str, path: Path) -> None:
        try:
            await self.objects.get_to_file(key, path, limit_bytes=SOURCE_LIMIT_BYTES)
        except NotFound as error:
            raise NotFound from error

    async def _put(self, key: str, picture: Picture) -> None:
        """Keep a picture; where another process was first, its own is as good, if it is whole."""
        said = (key, picture.path, picture.content_type, picture.sha256)
        try:
            await self.objects.put_file_once(*said)
        except ObjectConflict:
            if not await self._is_there(key):
                await self.objects.put_file(*said)

    async def _check_still_wanted(self, job: JobRecord, key: str) -> None:
        """Take back what came after the job's objects were deleted."""
        try:
            await self.jobs.get(job.id, job.account_id)
        except PermanentError:
            await self.objects.delete_many([key])
            raise
