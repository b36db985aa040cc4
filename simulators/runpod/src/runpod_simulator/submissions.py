"""Reading the body of `/run` and `/runsync`: limits, shape, policy, webhook."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import urlsplit

from pydantic import JsonValue

from runpod_simulator.jobs import JsonObject, Policy, Submission

MEBIBYTE: Final = 1024 * 1024
RUN_LIMIT_MEBIBYTES: Final = 10
RUNSYNC_LIMIT_MEBIBYTES: Final = 20
MAX_POLICY_MS: Final = 7 * 24 * 3600 * 1000
MIN_EXECUTION_TIMEOUT_MS: Final = 5_000
MIN_TTL_MS: Final = 10_000


class BadRequestError(Exception):
    """The gateway's answer is 400 with this text."""


@dataclass(frozen=True, slots=True)
class ReceivedBody:
    """A request body as far as it was kept, and whether it was over the limit."""

    data: bytes
    too_large: bool


async def receive_body(chunks: AsyncIterator[bytes], limit_mebibytes: int) -> ReceivedBody:
    """Count raw bytes while they arrive; what is over the limit is read but not kept.

    Reading on lets the client finish sending, so that it sees the answer and not a reset.
    """
    limit = limit_mebibytes * MEBIBYTE
    kept = bytearray()
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size <= limit:
            kept += chunk
    return ReceivedBody(bytes(kept) if size <= limit else b"", size > limit)


def too_large_text(limit_mebibytes: int) -> str:
    """Return the refusal of a body over the limit, which comes with status 400, not 413.

    Source: RunPod's answers as recorded by several public clients.
    """
    return f"bad request: body: exceeded max body size of {limit_mebibytes}MiB"


def parse_submission(body: bytes, *, strict: bool) -> Submission:
    """Turn a request body into a submission.

    Args:
        body: The raw bytes.
        strict: Refuse what production is only believed to refuse.

    Raises:
        BadRequestError: The body is refused.
    """
    try:
        document: JsonValue = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        message = f"bad request: body: {error}"
        raise BadRequestError(message) from error
    if not isinstance(document, dict):
        message = "bad request: body: must be a JSON object"
        raise BadRequestError(message)
    if strict and not isinstance(document.get("input"), dict):
        message = "bad request: input: must be a JSON object"
        raise BadRequestError(message)
    return Submission(
        input=document.get("input"),
        webhook=_webhook(document.get("webhook"), strict=strict),
        policy=_policy(document.get("policy"), strict=strict),
    )


def _refuse_constant(name: str) -> NoReturn:
    message = f"invalid character in number: {name}"
    raise ValueError(message)


def _webhook(value: JsonValue, *, strict: bool) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and _is_absolute(value):
        return value
    if strict:
        message = "bad request: webhook: must be an absolute URL"
        raise BadRequestError(message)
    return None


def _is_absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _policy(value: JsonValue, *, strict: bool) -> Policy:
    if value is None:
        return Policy()
    if not isinstance(value, dict):
        if strict:
            message = "bad request: policy: must be a JSON object"
            raise BadRequestError(message)
        return Policy()
    default = Policy()
    low_priority = value.get("lowPriority", False)
    if strict and not isinstance(low_priority, bool):
        message = "bad request: policy.lowPriority: must be a boolean"
        raise BadRequestError(message)
    return Policy(
        execution_timeout_ms=_milliseconds(
            value,
            "executionTimeout",
            default.execution_timeout_ms,
            MIN_EXECUTION_TIMEOUT_MS,
            strict,
        ),
        ttl_ms=_milliseconds(value, "ttl", default.ttl_ms, MIN_TTL_MS, strict),
        low_priority=bool(low_priority),
    )


def _milliseconds(
    policy: JsonObject,
    name: str,
    default: int,
    minimum: int,
    strict: bool,
) -> int:
    value = policy.get(name)
    if value is None:
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        if minimum <= value <= MAX_POLICY_MS:
            return value
        if not strict:
            return min(max(value, minimum), MAX_POLICY_MS)
    elif not strict:
        return default
    message = f"bad request: policy.{name}: must be an integer from {minimum} to {MAX_POLICY_MS}"
    raise BadRequestError(message)
