"""From status line and body to our types; pure, and never surprised: every answer has a type."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from pydantic_core import from_json

from shared.errors import AppError, PermanentError, RunPodUnavailable
from shared.runpod.answers import (
    Accepted,
    Answered,
    Gone,
    Health,
    NotAccepted,
    RunSyncOutcome,
    StatusOutcome,
    SubmitOutcome,
    Unknown,
)
from shared.runpod.parse_job import is_runpod_id, parse_job
from shared.runpod.safe_text import LIMIT_CHARACTERS, safe_text

_OK: Final = range(200, 300)
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came over the wire: the status, the body, and RunPod's wish to wait."""

    http_status: int
    body: bytes | bytearray
    retry_after_seconds: float | None = None

    @property
    def text(self) -> str:
        """The body for a log line: at most 2 KB, without data and secrets."""
        return safe_text(self.body[: 4 * LIMIT_CHARACTERS].decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class _Refusal:
    reason: str
    retryable: bool
    config_error: bool = False


_REFUSALS: Final[dict[int, _Refusal]] = {
    400: _Refusal("bad_request", retryable=False),
    401: _Refusal("unauthorized", retryable=True, config_error=True),
    402: _Refusal("out_of_credit", retryable=True, config_error=True),
    403: _Refusal("forbidden", retryable=True, config_error=True),
    404: _Refusal("endpoint_not_found", retryable=True, config_error=True),
    409: _Refusal("endpoint_paused", retryable=True, config_error=True),
    413: _Refusal("payload_too_large", retryable=False),
    422: _Refusal("unprocessable", retryable=False),
    429: _Refusal("rate_limited", retryable=True),
}
"""Answers that prove RunPod did not take a job. Everything else but a 2xx with an id is unknown."""


def parse_submit(answer: RawAnswer) -> SubmitOutcome:
    """Read the answer of POST /run."""
    refused = _parse_refusal(answer)
    if refused is not None:
        return refused
    fields = _read_object(answer.body) if answer.http_status in _OK else None
    runpod_id = None if fields is None else fields.get("id")
    if is_runpod_id(runpod_id):
        return Accepted(runpod_id)
    return Unknown(f"HTTP {answer.http_status} without an id: {answer.text}")


def parse_runsync(answer: RawAnswer, filename_prefix: str | None = None) -> RunSyncOutcome:
    """Read the answer of POST /runsync, which is the whole job or how far it is."""
    submitted = parse_submit(answer)
    if not isinstance(submitted, Accepted):
        return submitted
    return Answered(submitted.runpod_id, parse_status(answer, filename_prefix))


def parse_status(answer: RawAnswer, filename_prefix: str | None = None) -> StatusOutcome:
    """Read the answer of /status, /cancel or /retry.

    Args:
        answer: what came.
        filename_prefix: the prefix given to SaveImage; pictures under another one are not ours.

    Raises:
        RunPodUnavailable: it is limited, faulty or unreadable now; ask again later.
        PermanentError: ``provider_rejected`` when it refuses the request itself.
    """
    if answer.http_status == _NOT_FOUND:
        return Gone()
    return parse_job(_expect_object(answer), filename_prefix)


def parse_health(answer: RawAnswer) -> Health:
    """Read the answer of /health; a count that is not there is 0.

    Raises:
        RunPodUnavailable: it is limited, faulty or unreadable now.
        PermanentError: ``provider_rejected`` when it refuses the request itself.
    """
    fields = _expect_object(answer)
    jobs, workers = fields.get("jobs"), fields.get("workers")
    return Health(
        jobs_completed=_count(jobs, "completed"),
        jobs_failed=_count(jobs, "failed"),
        jobs_in_progress=_count(jobs, "inProgress"),
        jobs_in_queue=_count(jobs, "inQueue"),
        jobs_retried=_count(jobs, "retried"),
        workers_idle=_count(workers, "idle"),
        workers_initializing=_count(workers, "initializing"),
        workers_ready=_count(workers, "ready"),
        workers_running=_count(workers, "running"),
        workers_throttled=_count(workers, "throttled"),
        workers_unhealthy=_count(workers, "unhealthy"),
    )


def parse_purge(answer: RawAnswer) -> int:
    """Return how many queued jobs /purge-queue removed.

    Raises:
        RunPodUnavailable: it is limited, faulty or unreadable now.
        PermanentError: ``provider_rejected`` when it refuses the request itself.
    """
    return _count(_expect_object(answer), "removed")


def parse_retry_after(value: str | None, date: str | None = None) -> float | None:
    """Return the seconds of a Retry-After header, at most an hour; ``date`` is the Date header."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_between(date, value)
    return min(max(seconds, 0.0), 3600.0) if seconds == seconds else None  # noqa: PLR0124 - NaN


def _seconds_between(earlier: str | None, later: str) -> float:
    try:
        gap = parsedate_to_datetime(later) - parsedate_to_datetime(earlier or "")
    except (TypeError, ValueError):
        return float("nan")
    return gap.total_seconds()


def _parse_refusal(answer: RawAnswer) -> NotAccepted | None:
    refusal = _REFUSALS.get(answer.http_status)
    if refusal is None:
        return None
    return NotAccepted(
        http_status=answer.http_status,
        reason=refusal.reason,
        detail=answer.text,
        retryable=refusal.retryable,
        retry_after_seconds=answer.retry_after_seconds,
        config_error=refusal.config_error,
    )


def _expect_object(answer: RawAnswer) -> Mapping[str, object]:
    if answer.http_status not in _OK:
        raise _refused_read(answer)
    fields = _read_object(answer.body)
    if fields is None:
        raise RunPodUnavailable(http_status=answer.http_status, reason="unreadable_answer")
    return fields


def _refused_read(answer: RawAnswer) -> AppError:
    refusal = _REFUSALS.get(answer.http_status)
    if refusal is not None and not refusal.retryable:
        return PermanentError(
            "provider_rejected", http_status=answer.http_status, reason=refusal.reason
        )
    return RunPodUnavailable(
        http_status=answer.http_status,
        reason="server_fault" if refusal is None else refusal.reason,
        config_error=refusal is not None and refusal.config_error,
        retry_after_seconds=answer.retry_after_seconds,
    )


def _read_object(body: bytes | bytearray) -> dict[str, object] | None:
    try:
        value: object = from_json(body, allow_inf_nan=False)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _count(fields: object, name: str) -> int:
    value = fields.get(name) if isinstance(fields, Mapping) else None
    return value if isinstance(value, int) and value >= 0 else 0
