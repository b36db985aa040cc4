"""Use case: remove every object of a deleted job, once it has ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from shared.db.storing import DeletedJob
from shared.storage.keys import job_prefix

_log = structlog.get_logger(__name__)


class Deleted(Protocol):
    """The deleted jobs."""

    async def deleted(self, job_id: UUID) -> DeletedJob | None: ...

    async def note_purged(self, job_id: UUID) -> None: ...


class Objects(Protocol):
    """Where pictures are kept."""

    async def delete_many(self, keys: Iterable[str]) -> None: ...

    async def delete_prefix(self, prefix: str) -> int: ...


@dataclass(frozen=True, slots=True)
class PurgeJob:
    """Deletes the upload, the model's input, the result and the thumbnail."""

    jobs: Deleted
    objects: Objects

    async def __call__(self, job_id: UUID) -> None:
        """Purge the job if it is deleted and has ended; the sweeper asks again for others.

        Raises:
            StorageUnavailable: some objects may be left; it is tried again.
        """
        job = await self.jobs.deleted(job_id)
        if job is None:
            return
        await self.objects.delete_prefix(job_prefix(job.job_id, job.created_at))
        if job.upload_key is not None:
            await self.objects.delete_many([job.upload_key])
        await self.jobs.note_purged(job_id)
        _log.info("purged")
