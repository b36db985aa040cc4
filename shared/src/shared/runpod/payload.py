"""The body of POST /run, built from typed parts and turned into bytes once.

Source for the fields and ranges: RunPod's "send requests" and "operation reference" pages, and
worker-comfyui 5.8.5 ``validate_input``, which ignores keys of ``input`` that it does not know.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

import pybase64
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from shared.domain.workflow import InputValue, Workflow
from shared.errors import PermanentError

BODY_LIMIT_BYTES: Final = 10 * 1024 * 1024 - 64 * 1024
"""64 KiB under the 10 MiB of /run. Source: over it RunPod answers 400 "exceeded max body size of
10MiB", or its edge 502."""

_WEEK_MS: Final = 7 * 24 * 3600 * 1000
EXECUTION_TIMEOUT_RANGE_MS: Final = (5_000, _WEEK_MS)
TTL_RANGE_MS: Final = (10_000, _WEEK_MS)

_STRICT: Final = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class InputImage:
    """A photo that goes with the job; ``name`` is what LoadImage asks for."""

    name: str
    content: bytes


class _Image(BaseModel):
    model_config = _STRICT
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}\.png$")]
    image: str


class _Node(BaseModel):
    model_config = _STRICT
    class_type: str
    inputs: dict[str, InputValue]
    meta: dict[str, str] | None = Field(default=None, alias="_meta")


class _Input(BaseModel):
    model_config = _STRICT
    workflow: dict[str, _Node]
    images: list[_Image] | None
    attempt_id: str


class _Policy(BaseModel):
    model_config = _STRICT
    execution_timeout: int = Field(serialization_alias="executionTimeout")
    ttl: int


class _Run(BaseModel):
    model_config = _STRICT
    input: _Input
    webhook: str | None
    policy: _Policy


def build_payload(
    *,
    workflow: Workflow,
    images: Sequence[InputImage],
    attempt_id: str,
    webhook: str | None,
    execution_timeout_ms: int,
    ttl_ms: int,
) -> bytes:
    """Return the bytes to post.

    Args:
        workflow: as built by ``build_workflow``.
        images: the photos that its LoadImage nodes name.
        attempt_id: a marker under ``input`` that RunPod echoes in the webhook, so that a job whose
            id was never stored is found again.
        webhook: left out unless RunPod can use it, see ``usable_webhook``.
        execution_timeout_ms: clamped to RunPod's 5 s to 7 days.
        ttl_ms: clamped to 10 s to 7 days; RunPod counts it from the submission and deletes even a
            running job.

    Raises:
        PermanentError: ``provider_payload_too_large`` with ``size_bytes`` and ``limit_bytes``, or
            ``workflow_invalid`` when a value cannot be written as JSON.
    """
    try:
        run = _Run(
            input=_Input(
                workflow={key: _Node.model_validate(node) for key, node in workflow.items()},
                images=[_encode(image) for image in images] or None,
                attempt_id=attempt_id,
            ),
            webhook=usable_webhook(webhook),
            policy=_Policy(
                execution_timeout=_clamp(execution_timeout_ms, EXECUTION_TIMEOUT_RANGE_MS),
                ttl=_clamp(ttl_ms, TTL_RANGE_MS),
            ),
        )
        body = to_json(run, by_alias=True, exclude_none=True)
    except ValueError:
        # NaN, a lone surrogate or another type; the cause would quote the person's words.
        raise PermanentError("workflow_invalid", reason="not_json") from None
    if len(body) > BODY_LIMIT_BYTES:
        raise PermanentError(
            "provider_payload_too_large", size_bytes=len(body), limit_bytes=BODY_LIMIT_BYTES
        )
    return body


def usable_webhook(url: str | None) -> str | None:
    """Return the URL when it is absolute https, or http to this machine; else None.

    A relative URL, the word "None" or http to elsewhere makes RunPod refuse the job or leak the
    token of the URL.
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    usable = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    return url if usable and host and url.isascii() and url.isprintable() else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _encode(image: InputImage) -> _Image:
    return _Image(name=image.name, image=pybase64.b64encode(image.content).decode("ascii"))


def _clamp(value: int, allowed: tuple[int, int]) -> int:
    low, high = allowed
    return min(max(value, low), high)
