"""Use case: ask RunPod about the attempts whose time has come, and record what it says.

A webhook only makes an attempt due; what happened is always read with our own key.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from shared.db.following import FollowedAttempt, RecordedProgress
from shared.db.rate_limits import RUNPOD_STATUS, RateLimit
from shared.domain.job import AttemptState, JobState
from shared.domain.timers import Timers, next_poll_seconds
from shared.errors import DatabaseUnavailable, PermanentError, RunPodUnavailable
from shared.runpod.answers import (
    Cancelled,
    Completed,
    CompletedWithoutImage,
    Failed,
    Gone,
    Health,
    InProgress,
    InQueue,
    Progress,
    StatusOutcome,
    TimedOut,
    Unrecognised,
)
from shared.runpod.prefix import filename_prefix

BATCH = 50
MISSING_LIMIT = 3
"""RunPod may not know a job for a moment after it took it."""

_log = structlog.get_logger(__name__)


class Following(Protocol):
    """The attempts' appointments."""

    async def claim_due(self, limit: int, *, only: UUID | None = None) -> list[FollowedAttempt]: ...

    async def poll_later(self, attempt_id: UUID, seconds: float) -> None: ...

    async def note_present(self, attempt_id: UUID, next_poll_seconds: float) -> None: ...

    async def note_missing(self, attempt_id: UUID, next_poll_seconds: float) -> None: ...

    async def stop_following(self, attempt_id: UUID) -> None: ...

    async def record_progress(
        self,
        attempt_id: UUID,
        next_poll_seconds: float,
        *,
        step: int | None,
        steps: int | None,
        percent: int | None,
    ) -> RecordedProgress | None: ...

    async def record_completed(self, attempt_id: UUID, execution_ms: int | None) -> bool: ...


class Adopting(Protocol):
    """Gives an attempt whose POST had no answer the id that its webhook named."""

    async def record_submitted(
        self, attempt_id: UUID, runpod_id: str, first_poll_seconds: float
    ) -> bool: ...


class Ending(Protocol):
    """Ends attempts that brought nothing."""

    async def end_attempt(
        self,
        attempt_id: UUID,
        state: AttemptState,
        *,
        code: str,
        retryable: bool,
        detail: str | None = None,
    ) -> JobState | None: ...


class Limits(Protocol):
    """Shared rate limits."""

    async def take(self, limit: RateLimit) -> bool: ...


class RunPod(Protocol):
    """Asks about a job."""

    async def status(
        self, runpod_id: str, *, filename_prefix: str | None = None
    ) -> StatusOutcome: ...

    async def health(self) -> Health: ...


class Breaker(Protocol):
    """Whether any worker is there to take what RunPod holds."""

    async def take_check(self) -> bool: ...

    async def no_workers_there(self) -> None: ...

    async def workers_came(self) -> None: ...


class ProgressTeller(Protocol):
    """Tells browsers of progress; may lose some."""

    async def __call__(self, progress: RecordedProgress, attempt_id: UUID) -> None: ...


class Followed(Protocol):
    """Knows how many attempts RunPod has."""

    async def followed(self) -> int: ...


@dataclass(slots=True)
class Pace:
    """When an attempt is asked about again.

    Args:
        attempts: all that are followed.
        webhook: whether RunPod rings us.
        time_scale: as that of the timers.
    """

    attempts: Followed
    webhook: bool
    time_scale: float
    _followed: int = 0

    async def count(self) -> None:
        """Look how many attempts are followed.

        Raises:
            DatabaseUnavailable: as it says.
        """
        self._followed = await self.attempts.followed()

    def seconds(self, age_seconds: float) -> float:
        """Return how long to wait, for an attempt that RunPod has had for so long."""
        return next_poll_seconds(
            age_seconds, webhook=self.webhook, scale=self.time_scale, followed=self._followed
        )


@dataclass(frozen=True, slots=True)
class PollAttempts:
    """Keeps the attempts' appointments with RunPod."""

    following: Following
    adopting: Adopting
    ending: Ending
    limits: Limits
    breaker: Breaker
    runpod: RunPod
    tell_progress: ProgressTeller
    timers: Timers
    pace: Pace

    async def __call__(self, *, only: UUID | None = None) -> int:
        """Ask about every due attempt, or just `only` one; return how many were asked about.

        Raises:
            DatabaseUnavailable: as it says; appointments come round again by themselves.
        """
        due = await self.following.claim_due(BATCH, only=only)
        await asyncio.gather(*(self._attend_to(attempt) for attempt in due))
        return len(due)

    async def _attend_to(self, attempt: FollowedAttempt) -> None:
        """Ask about an attempt; what is wrong with one must not keep the others waiting."""
        try:
            await self._poll(attempt)
        except DatabaseUnavailable:
            raise
        except Exception:  # noqa: BLE001 - a worker may answer anything, and a poller must live
            _log.exception("not understood", attempt_id=str(attempt.attempt_id))
            wait = self.pace.seconds(attempt.age_seconds)
            await self.following.poll_later(attempt.attempt_id, wait)

    async def _poll(self, attempt: FollowedAttempt) -> None:
        later = self.pace.seconds(attempt.age_seconds)
        if not await self.limits.take(RUNPOD_STATUS):
            await self.following.poll_later(attempt.attempt_id, later)
            return
        try:
            outcome = await self.runpod.status(
                attempt.runpod_id, filename_prefix=filename_prefix(attempt.attempt_id)
            )
        except RunPodUnavailable as error:
            wait = max(later, error.retry_after_seconds or 0)
            await self.following.poll_later(attempt.attempt_id, wait)
            return
        except PermanentError as error:
            _log.error(
                "RunPod refuses to tell", attempt_id=str(attempt.attempt_id), error=str(error)
            )
            await self.following.poll_later(attempt.attempt_id, later)
            return
        if not isinstance(outcome, Gone) and attempt.state in (
            AttemptState.UNKNOWN,
            AttemptState.ABANDONED,
            AttemptState.POSTING,
        ):
            _log.info("adopted", attempt_id=str(attempt.attempt_id), runpod_id=attempt.runpod_id)
            await self.adopting.record_submitted(attempt.attempt_id, attempt.runpod_id, later)
        await self._record(attempt, outcome, later)

    async def _record(self, attempt: FollowedAttempt, outcome: StatusOutcome, later: float) -> None:
        attempt_id = attempt.attempt_id
        match outcome:
            case InQueue():
                await self._waits(attempt, later)
            case InProgress():
                await self._record_progress(attempt_id, outcome.progress, later)
            case Completed():
                await self._record_completed(attempt_id, outcome.execution_ms)
            case CompletedWithoutImage():
                await self._end(
                    attempt_id, AttemptState.FAILED, "provider_no_image", outcome.detail
                )
            case Failed():
                await self._end(
                    attempt_id,
                    AttemptState.FAILED,
                    outcome.code,
                    outcome.detail,
                    retryable=outcome.retryable,
                )
            case TimedOut():
                await self._end(attempt_id, AttemptState.TIMED_OUT, "timed_out", "TIMED_OUT")
            case Cancelled():
                await self._end(attempt_id, AttemptState.CANCELLED, "provider_failed", "CANCELLED")
            case Gone():
                await self._missing(attempt, later)
            case Unrecognised():
                _log.warning("unknown status", status=outcome.status, attempt_id=str(attempt_id))
                await self.following.poll_later(attempt_id, later)

    async def _record_completed(self, attempt_id: UUID, execution_ms: int | None) -> None:
        won = await self.following.record_completed(attempt_id, execution_ms)
        if not won:
            await self.following.stop_following(attempt_id)
        await self.breaker.workers_came()
        _log.info("completed", attempt_id=str(attempt_id), won=won)

    async def _record_progress(
        self, attempt_id: UUID, progress: Progress | None, later: float
    ) -> None:
        news = await self.following.record_progress(
            attempt_id,
            later,
            step=progress.step if progress else None,
            steps=progress.steps if progress else None,
            percent=progress.percent if progress else None,
        )
        if news is not None:
            await self.breaker.workers_came()
            await self.tell_progress(news, attempt_id)

    async def _waits(self, attempt: FollowedAttempt, later: float) -> None:
        await self.following.note_present(attempt.attempt_id, later)
        if attempt.age_seconds > self.timers.queue_patience:
            await self._look_for_workers()

    async def _look_for_workers(self) -> None:
        """Let the breaker know whether jobs that wait so long can hope; once in a while."""
        if not await self.breaker.take_check():
            return
        try:
            health = await self.runpod.health()
        except (RunPodUnavailable, PermanentError) as error:
            _log.warning("no health of the endpoint", error=str(error))
            return
        if health.usable_workers:
            await self.breaker.workers_came()
        else:
            _log.error("no workers", in_queue=health.jobs_in_queue)
            await self.breaker.no_workers_there()

    async def _missing(self, attempt: FollowedAttempt, later: float) -> None:
        past_its_life = attempt.age_seconds > self.timers.time_to_live + self.timers.sweep_interval
        patience_is_over = (
            attempt.missing_count + 1 >= MISSING_LIMIT
            and attempt.missing_seconds >= self.timers.missing_patience
        )
        if past_its_life or patience_is_over:
            await self._end(attempt.attempt_id, AttemptState.LOST, "result_lost", "404")
        else:
            await self.following.note_missing(attempt.attempt_id, later)

    async def _end(
        self,
        attempt_id: UUID,
        state: AttemptState,
        code: str,
        detail: str,
        *,
        retryable: bool = True,
    ) -> None:
        fate = await self.ending.end_attempt(
            attempt_id, state, code=code, retryable=retryable, detail=detail
        )
        await self.following.stop_following(attempt_id)
        _log.warning(
            "attempt ended",
            attempt_id=str(attempt_id),
            state=state.value,
            code=code,
            job=fate and fate.value,
            detail=detail,
        )
