"""Going on from a finished picture: it becomes the next job's photo without leaving the house."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from shared.db.jobs import JobRecord, Jobs
from shared.domain.job import JobState
from shared.errors import Conflict, InvalidInput, NotFound
from shared.storage.objects import Objects

RESULT_LIMIT_BYTES: Final = 64 * 1024 * 1024
"""More than a result of 8 megapixels can have, uncompressed and see-through."""


@dataclass(frozen=True, slots=True)
class Parents:
    """Finds the jobs that new ones go on from, and their pictures."""

    jobs: Jobs
    objects: Objects

    async def of(self, parent_id: UUID, account_id: UUID | None) -> JobRecord:
        """Return a job whose picture can be gone on from.

        Raises:
            InvalidInput: ``parent_unknown``, the account has no such job, or no longer.
            Conflict: ``result_not_ready``.
        """
        parent = await self.if_there(parent_id, account_id)
        if parent is None:
            raise InvalidInput("parent_unknown")
        if parent.state is not JobState.DONE:
            raise Conflict("result_not_ready")
        return parent

    async def if_there(self, parent_id: UUID, account_id: UUID | None) -> JobRecord | None:
        """Return a job of the account in any state; None when it has no such job."""
        if account_id is None:
            return None
        try:
            return await self.jobs.get(parent_id, account_id)
        except NotFound:
            return None

    async def fetch(self, parent: JobRecord, path: Path) -> None:
        """Write the finished picture of a job to a file.

        Raises:
            InvalidInput: ``parent_unknown``, it was deleted a moment ago.
            StorageUnavailable: as it says.
        """
        if parent.result_key is None:
            raise InvalidInput("parent_unknown")
        try:
            await self.objects.get_to_file(parent.result_key, path, limit_bytes=RESULT_LIMIT_BYTES)
        except NotFound as error:
            raise InvalidInput("parent_unknown") from error
