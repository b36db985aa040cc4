"""Use case: make a finished attempt a picture that is ours.

COMPLETED is not success. Success is an object in our store that we fetched, decoded and hashed
ourselves; only then is the job settled. Everything here may run twice: the same bytes go under
the same key.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog

from shared.db.rate_limits import RUNPOD_STATUS, RateLimit
from shared.db.storing import FinishedAttempt, StoredResult
from shared.domain.job import AttemptState, JobState
from shared.domain.workflow import Size, size_of
from shared.errors import PermanentError, RunPodUnavailable
from shared.images.pictures import Picture, VerifiedResult
from shared.runpod.answers import (
    Completed,
    CompletedWithoutImage,
    Gone,
    OutputImage,
    StatusOutcome,
)
from shared.runpod.prefix import filename_prefix
from shared.storage.keys import output_key, thumbnail_key
from shared.storage.objects import ObjectConflict
from shared.temp_folder import scratch

_log = structlog.get_logger(__name__)


class Storing(Protocol):
    """The jobs table, as the storer sees it."""

    async def claim(self, job_id: UUID) -> FinishedAttempt | None: ...

    async def give_back(self, attempt: FinishedAttempt) -> None: ...

    async def owns(self, attempt: FinishedAttempt) -> bool: ...

    async def finish(self, attempt: FinishedAttempt, result: StoredResult) -> JobState | None: ...


class Ending(Protocol):
    """Ends attempts that brought nothing."""

    async def end_attempt(
        self,
        attempt_id: UUID,
        state: AttemptState,
        *,
        code: str,
        retryable: bool,
        epoch: int | None = None,
        detail: str | None = None,
    ) -> JobState | None: ...


class RunPod(Protocol):
    """Asks about a job."""

    async def status(
        self, runpod_id: str, *, filename_prefix: str | None = None
    ) -> StatusOutcome: ...


class Limits(Protocol):
    """Shared rate limits."""

    async def take(self, limit: RateLimit) -> bool: ...


class Fetcher(Protocol):
    """Writes a finished picture to a file."""

    async def fetch(self, image: OutputImage, path: Path) -> int: ...


class Verifier(Protocol):
    """Decodes a picture where it can do no harm."""

    async def verify_result(
        self, source: Path, out_dir: Path, expected_size: Size | None = None
    ) -> VerifiedResult: ...


class Objects(Protocol):
    """Where results are kept."""

    async def put_file_once(self, key: str, path: Path, content_type: str, sha256: str) -> None: ...

    async def put_file(self, key: str, path: Path, content_type: str, sha256: str) -> None: ...


@dataclass(frozen=True, slots=True)
class StoreResult:
    """Fetches, verifies and stores a result, then settles its job."""

    storing: Storing
    ending: Ending
    limits: Limits
    runpod: RunPod
    fetcher: Fetcher
    verifier: Verifier
    objects: Objects

    async def __call__(self, job_id: UUID) -> None:
        """Store the job's result if it waits for that; otherwise nothing happens.

        Raises:
            TransientError: something could not be reached; try again later.
        """
        attempt = await self.storing.claim(job_id)
        if attempt is None:
            return
        try:
            async with self._owned(attempt), scratch("ob-result-") as folder:
                result = await self._store(attempt, folder)
                state = await self.storing.finish(attempt, result)
                _log.info("stored", attempt_id=str(attempt.attempt_id), job=state and state.value)
        except ObjectConflict:
            _log.warning("another worker stores it", attempt_id=str(attempt.attempt_id))
        except PermanentError as error:
            lost = error.code == "result_lost"
            await self.ending.end_attempt(
                attempt.attempt_id,
                AttemptState.LOST if lost else AttemptState.FAILED,
                code=error.code,
                retryable=True,
                epoch=attempt.epoch,
                detail=str(error),
            )
            _log.warning("no result", attempt_id=str(attempt.attempt_id), error=str(error))

    @asynccontextmanager
    async def _owned(self, attempt: FinishedAttempt) -> AsyncIterator[None]:
        """Give the job back at once when it could not be finished now."""
        try:
            yield
        except PermanentError:
            raise
        except (Exception, asyncio.CancelledError):
            await self.storing.give_back(attempt)
            raise

    async def _store(self, attempt: FinishedAttempt, folder: Path) -> StoredResult:
        raw = folder / "raw"
        await self.fetcher.fetch(await self._image(attempt), raw)
        size = size_of(attempt.model, attempt.ratio)
        verified = await self.verifier.verify_result(raw, folder, size)
        result = StoredResult(
            result_key=output_key(attempt.job_id, attempt.created_at),
            thumbnail_key=thumbnail_key(attempt.job_id, attempt.created_at),
            sha256=verified.picture.sha256,
            width=verified.picture.width,
            height=verified.picture.height,
            size_bytes=verified.picture.size_bytes,
        )
        await _both(
            self._put(attempt, result.thumbnail_key, verified.thumbnail),
            self._put(attempt, result.result_key, verified.picture),
        )
        return result

    async def _put(self, attempt: FinishedAttempt, key: str, picture: Picture) -> None:
        """Store a picture under its key, where an attempt that was given up may have left another.

        Only the job's present owner may replace it: a worker that slept through its lease must not
        put an old attempt's picture in the place of the one that was paid for.
        """
        file = (key, picture.path, picture.content_type, picture.sha256)
        try:
            await self.objects.put_file_once(*file)
        except ObjectConflict:
            if not await self.storing.owns(attempt):
                raise
            await self.objects.put_file(*file)

    async def _image(self, attempt: FinishedAttempt) -> OutputImage:
        if not await self.limits.take(RUNPOD_STATUS):
            raise RunPodUnavailable(reason="our_own_limit")
        outcome = await self.runpod.status(
            attempt.runpod_id, filename_prefix=filename_prefix(attempt.attempt_id)
        )
        match outcome:
            case Completed(images=(image, *_)):
                return image
            case CompletedWithoutImage():
                raise PermanentError("provider_no_image")
            case Gone():
                raise PermanentError("result_lost")
            case _:
                raise RunPodUnavailable(reason=type(outcome).__name__)


async def _both(*puts: Coroutine[None, None, None]) -> None:
    """Wait for all, also for those that go on when one has failed: they read the same folder.

    Raises:
        Exception: the first that one of them raised.
    """
    for outcome in await asyncio.gather(*puts, return_exceptions=True):
        if outcome is not None:
            raise outcome
