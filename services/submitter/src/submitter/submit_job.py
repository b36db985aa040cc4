"""Use case: send one job to RunPod, once.

The order is the guarantee: the attempt commits as `intent` (claim), everything that can fail
without RunPod is done, the attempt commits as `posting`, and only then one POST leaves. No answer
is an answer of its own: `unknown`.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from shared.db.dispatching import ClaimedAttempt
from shared.db.rate_limits import RUNPOD_SUBMIT, RateLimit
from shared.domain.job import AttemptState, JobState
from shared.domain.timers import Timers, next_poll_seconds
from shared.domain.workflow import WorkflowParams, build_workflow
from shared.errors import DatabaseUnavailable, PermanentError, RunPodUnavailable, TransientError
from shared.runpod.answers import Accepted, NotAccepted, SubmitOutcome, Unknown
from shared.runpod.payload import InputImage, build_payload
from shared.runpod.prefix import filename_prefix

INPUT_LIMIT_BYTES = 8 * 1024 * 1024
RECORD_PATIENCE_SECONDS = 45.0
"""Longer than a database takes to be replaced, shorter than a handler may take."""
RECORD_PAUSE_SECONDS = 0.5

_log = structlog.get_logger(__name__)


class Dispatching(Protocol):
    """The attempt table, as the submitter sees it."""

    async def claim(
        self, job_id: UUID, new_attempt_id: UUID, hook_sha256: bytes
    ) -> ClaimedAttempt | None: ...

    async def begin_post(self, attempt: ClaimedAttempt) -> bool: ...

    async def record_submitted(
        self, attempt_id: UUID, runpod_id: str, first_poll_seconds: float
    ) -> bool: ...

    async def mark_unknown(self, attempt_id: UUID, detail: str) -> None: ...

    async def return_to_intent(self, attempt: ClaimedAttempt, detail: str) -> None: ...

    async def ring_later(
        self, job_id: UUID, at_least_seconds: float, jitter_share: float
    ) -> None: ...


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


class Limits(Protocol):
    """Shared rate limits."""

    async def take(self, limit: RateLimit) -> bool: ...


class Breaker(Protocol):
    """Whether RunPod takes anything now."""

    async def admit(self) -> bool: ...

    async def put_off(self, job_id: UUID) -> None: ...

    async def note_refused(self, reason: str) -> bool: ...

    async def note_accepted(self) -> None: ...


class Pictures(Protocol):
    """Where the input pictures are."""

    async def get_bytes(self, key: str, *, limit_bytes: int) -> bytes: ...


class RunPod(Protocol):
    """Posts a job."""

    async def submit(self, body: bytes) -> SubmitOutcome: ...


@dataclass(frozen=True, slots=True)
class SubmitJob:
    """Sends a job to RunPod."""

    dispatching: Dispatching
    ending: Ending
    limits: Limits
    breaker: Breaker
    pictures: Pictures
    runpod: RunPod
    timers: Timers
    time_scale: float
    webhook_base_url: str | None
    new_id: Callable[[], UUID]
    new_token: Callable[[], str]
    jitter: Callable[[], float]
    """Draws from 0 to 1."""
    finish: Callable[[Coroutine[None, None, None]], Awaitable[None]]
    """Runs to its end what must not be cut off once it is begun."""

    async def __call__(self, job_id: UUID) -> None:
        """Send the job if it is there to be sent; otherwise nothing happens.

        What RunPod does not take now keeps its attempt, and the sweeper rings for it again.

        Raises:
            RunPodUnavailable: we ourselves send too fast.
            StorageUnavailable: the input picture could not be read now.
            DatabaseUnavailable: nothing is known of the claim; the sweeper will see.
        """
        if not await self.breaker.admit():
            await self.breaker.put_off(job_id)
            return
        if not await self.limits.take(RUNPOD_SUBMIT):
            raise RunPodUnavailable(retry_after_seconds=1)
        token = self.new_token()
        hook_sha256 = hashlib.sha256(token.encode()).digest()
        attempt = await self.dispatching.claim(job_id, self.new_id(), hook_sha256)
        if attempt is None:
            return
        try:
            body = await self._prepare(attempt, token)
        except PermanentError as error:
            await self._refuse(attempt, error.code, str(error))
            return
        except (TransientError, asyncio.CancelledError) as error:
            await self.dispatching.return_to_intent(attempt, str(error))
            raise
        if not await self.dispatching.begin_post(attempt):
            _log.info("not ours to post", attempt_id=str(attempt.attempt_id))
            return
        await self.finish(self._post(attempt, body))

    async def _post(self, attempt: ClaimedAttempt, body: bytes) -> None:
        await self._record(attempt, await self.runpod.submit(body))

    async def _prepare(self, attempt: ClaimedAttempt, token: str) -> bytes:
        images: list[InputImage] = []
        if attempt.input_key is not None:
            content = await self.pictures.get_bytes(
                attempt.input_key, limit_bytes=INPUT_LIMIT_BYTES
            )
            images.append(InputImage(name=f"{attempt.attempt_id}.png", content=content))
        workflow = build_workflow(
            attempt.model,
            WorkflowParams(
                prompt=attempt.prompt,
                negative_prompt=attempt.negative_prompt,
                seed=attempt.seed,
                ratio=attempt.ratio,
                filename_prefix=filename_prefix(attempt.attempt_id),
                image_name=images[0].name if images else None,
            ),
        )
        return build_payload(
            workflow=workflow,
            images=images,
            attempt_id=str(attempt.attempt_id),
            webhook=self.webhook_base_url and f"{self.webhook_base_url}/hooks/runpod/{token}",
            execution_timeout_ms=int(self.timers.execution_timeout * 1000),
            ttl_ms=int(self.timers.time_to_live * 1000),
        )

    async def _record(self, attempt: ClaimedAttempt, outcome: SubmitOutcome) -> None:
        attempt_id = attempt.attempt_id
        match outcome:
            case Accepted(runpod_id):
                first = next_poll_seconds(
                    0, webhook=self.webhook_base_url is not None, scale=self.time_scale
                )
                await self._persist(
                    lambda: self.dispatching.record_submitted(attempt_id, runpod_id, first)
                )
                _log.info("submitted", attempt_id=str(attempt_id), runpod_id=runpod_id)
                await self.breaker.note_accepted()
            case Unknown(detail):
                _log.warning("outcome unknown", attempt_id=str(attempt_id), detail=detail)
                await self._persist(lambda: self.dispatching.mark_unknown(attempt_id, detail))
            case NotAccepted(retryable=True):
                await self._persist(
                    lambda: self.dispatching.return_to_intent(attempt, outcome.detail)
                )
                await self._try_later(attempt, outcome)
            case NotAccepted():
                await self._refuse(attempt, "provider_rejected", outcome.detail)

    async def _try_later(self, attempt: ClaimedAttempt, outcome: NotAccepted) -> None:
        _log.warning("not taken", attempt_id=str(attempt.attempt_id), reason=outcome.reason)
        await self.dispatching.ring_later(
            attempt.job_id, outcome.retry_after_seconds or 0, self.jitter()
        )
        if outcome.config_error:
            _log.error("RunPod refuses us", reason=outcome.reason, detail=outcome.detail)
            if await self.breaker.note_refused(outcome.reason):
                _log.critical("breaker opens", reason=outcome.reason)

    async def _refuse(self, attempt: ClaimedAttempt, code: str, detail: str) -> None:
        _log.error("refused", attempt_id=str(attempt.attempt_id), code=code, detail=detail)
        await self._persist(
            lambda: self.ending.end_attempt(
                attempt.attempt_id,
                AttemptState.REJECTED,
                code=code,
                retryable=False,
                epoch=attempt.epoch,
                detail=detail,
            )
        )

    async def _persist(self, write: Callable[[], Awaitable[object]]) -> None:
        """Write down what RunPod said, patiently: it is said once, the statement may run twice."""
        clock = asyncio.get_running_loop()
        give_up_at = clock.time() + RECORD_PATIENCE_SECONDS
        while True:
            try:
                await write()
            except DatabaseUnavailable:
                if clock.time() > give_up_at:
                    raise
                await asyncio.sleep(RECORD_PAUSE_SECONDS)
            else:
                return
