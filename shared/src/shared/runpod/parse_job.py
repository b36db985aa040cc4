"""From the JSON object of one job to the type of its state; pure."""

import re
from collections.abc import Mapping
from typing import Final, TypedDict, TypeGuard

from pydantic_core import from_json

from shared.runpod.answers import (
    Cancelled,
    Completed,
    CompletedWithoutImage,
    Failed,
    InProgress,
    InQueue,
    StatusOutcome,
    TimedOut,
    Unrecognised,
)
from shared.runpod.failures import classify_failure
from shared.runpod.parse_output import parse_images, parse_progress, read_whole
from shared.runpod.safe_text import safe_text

_RUNPOD_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:~-]{0,199}")


_BARE_STATES: Final[dict[str, type[InQueue | Cancelled | TimedOut]]] = {
    "IN_QUEUE": InQueue,
    "CANCELLED": Cancelled,
    "TIMED_OUT": TimedOut,
}


class _Facts(TypedDict):
    worker_id: str | None
    delay_ms: int | None
    execution_ms: int | None
    retries: int | None
    attempt_id: str | None


def is_runpod_id(value: object) -> TypeGuard[str]:
    """Say whether a value can be a job id: opaque, but safe in a path and a log."""
    return isinstance(value, str) and _RUNPOD_ID.fullmatch(value) is not None


def parse_job(fields: Mapping[str, object], filename_prefix: str | None = None) -> StatusOutcome:
    """Return the type of a job's state; a state that is not known is ``Unrecognised``."""
    facts = _parse_facts(fields)
    match fields.get("status"):
        case "IN_PROGRESS":
            return InProgress(progress=parse_progress(fields.get("output")), **facts)
        case "COMPLETED":
            return _parse_completed(fields, filename_prefix, facts)
        case "FAILED":
            return _parse_failed(fields, facts)
        case str(status) if status in _BARE_STATES:
            return _BARE_STATES[status](**facts)
        case status:
            return Unrecognised(status=safe_text(str(status))[:64], **facts)


def _parse_completed(
    fields: Mapping[str, object], filename_prefix: str | None, facts: _Facts
) -> StatusOutcome:
    images = parse_images(fields.get("output"), filename_prefix)
    if images:
        return Completed(images=images, **facts)
    return CompletedWithoutImage(detail=_describe_missing(fields), **facts)


def _describe_missing(fields: Mapping[str, object]) -> str:
    output = fields.get("output")
    texts = [_read_error(fields.get("error"))]
    if isinstance(output, Mapping):
        texts += [_read_error(output.get("error")), *_strings(output.get("errors"))]
        if output.get("status") == "success_no_images":
            texts.append("success_no_images")
    return safe_text("; ".join(filter(None, texts))) or (
        "no usable image" if output else "no output"
    )


def _parse_failed(fields: Mapping[str, object], facts: _Facts) -> Failed:
    output = fields.get("output")
    details = _strings(output.get("details")) if isinstance(output, Mapping) else ()
    error = _read_error(fields.get("error"))
    return Failed(
        kind=classify_failure(error, details),
        detail=safe_text("; ".join(filter(None, (error, *details)))),
        **facts,
    )


def _read_error(value: object) -> str:
    """Return an error's text; an uncaught exception comes as JSON whose traceback stays out.

    Source: RunPod's Python SDK 1.12.0 sends error_type, error_message, error_traceback, hostname.
    """
    if not isinstance(value, str) or not value.startswith("{"):
        return "" if value is None else str(value)
    try:
        details: object = from_json(value)
    except ValueError:
        return value
    if not isinstance(details, dict) or "error_message" not in details:
        return value
    error_type = str(details.get("error_type", "")).removeprefix("<class '").removesuffix("'>")
    return f"{error_type}: {details['error_message']}".removeprefix(": ")


def _strings(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(item for item in items if isinstance(item, str))


def _parse_facts(fields: Mapping[str, object]) -> _Facts:
    echoed = fields.get("input")
    attempt_id = echoed.get("attempt_id") if isinstance(echoed, Mapping) else None
    worker_id = fields.get("workerId")
    return _Facts(
        worker_id=worker_id[:128] if isinstance(worker_id, str) else None,
        delay_ms=read_whole(fields.get("delayTime")),
        execution_ms=read_whole(fields.get("executionTime")),
        retries=read_whole(fields.get("retries")),
        attempt_id=attempt_id[:128] if isinstance(attempt_id, str) else None,
    )
