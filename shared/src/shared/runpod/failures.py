"""Which failures of a job on RunPod may go away by themselves, read from their texts.

Source for the texts: handler.py of worker-comfyui 5.8.5, nearly all seen running, and those that
RunPod itself writes.
"""

import re
from collections.abc import Sequence
from typing import Final

from shared.runpod.answers import FailureKind

_REJECTED: Final = re.compile(
    r"""^(?:
        workflow\ validation\ failed
      | prompt\ has\ no\ outputs
      | cannot\ execute\ because
      | error\ queuing\ workflow
      | please\ provide\ input
      | invalid\ json\ format\ in\ input
      | missing\ 'workflow'\ parameter
      | 'images'\ must\ be\ a\ list
      | job\ has\ missing\ field
      | attributeerror
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""Matched at the start only: what follows may quote a person's own words."""

_TIMED_OUT: Final = re.compile(r"executiontimeout exceeded|job timed out", re.IGNORECASE)
_OUT_OF_MEMORY: Final = re.compile(
    r"out ?of ?memory|outofmemoryerror|allocation on device|cublas_status_alloc_failed",
    re.IGNORECASE,
)
_COMFY_UNREACHABLE: Final = re.compile(
    r"websocket|not reachable after|http unreachable|http communication error"
    r"|connection (?:refused|reset|aborted)|read timed out",
    re.IGNORECASE,
)
_WORKER_LOST: Final = re.compile(
    r"worker (?:\S+ )?(?:lost|died|exited|stopped|terminated|crashed|unhealthy)|sigkill",
    re.IGNORECASE,
)
_BAD_PHOTO: Final = re.compile(
    r"error decoding base64|cannot identify image file|error uploading \S+: 4\d\d",
    re.IGNORECASE,
)

_RULES: Final = (
    (_TIMED_OUT, FailureKind.TIMED_OUT),
    (_OUT_OF_MEMORY, FailureKind.OUT_OF_MEMORY),
    (_WORKER_LOST, FailureKind.WORKER_LOST),
    (_COMFY_UNREACHABLE, FailureKind.COMFY_UNREACHABLE),
    (_BAD_PHOTO, FailureKind.REJECTED),
)


def classify_failure(error: str, output_details: Sequence[str] = ()) -> FailureKind:
    """Return the kind of a failure from its ``error`` text and the lines of ``output.details``.

    What matches no rule counts as a fault of the run, which another attempt may not have.
    """
    if _REJECTED.match(error.lstrip()):
        return FailureKind.REJECTED
    text = "\n".join((error, *output_details))
    return next((kind for rule, kind in _RULES if rule.search(text)), FailureKind.EXECUTION)
