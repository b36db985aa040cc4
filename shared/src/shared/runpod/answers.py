"""Every answer of RunPod in our own types; a caller matches on them and never reads its JSON."""

import binascii
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import pybase64

from shared.errors import PermanentError


@dataclass(frozen=True, slots=True)
class Accepted:
    """RunPod has the job."""

    runpod_id: str


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """RunPod certainly does not have the job.

    Attributes:
        http_status: None when there was no answer at all.
        reason: a short word, stable for metrics.
        detail: RunPod's own text, at most 2 KB and without secrets; for the log, not for people.
        retryable: the same attempt may be posted again.
        retry_after_seconds: RunPod's wish, if it had one.
        config_error: key, credit or endpoint are wrong: an operator must act, no attempt is used.
    """

    http_status: int | None
    reason: str
    detail: str
    retryable: bool
    retry_after_seconds: float | None = None
    config_error: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """RunPod may or may not have the job; posting again could pay twice."""

    detail: str


SubmitOutcome = Accepted | NotAccepted | Unknown


class OutputKind(StrEnum):
    """How a picture comes with the answer."""

    BASE64 = "base64"
    URL = "s3_url"


@dataclass(frozen=True, slots=True)
class OutputImage:
    """A picture of a finished job, still encoded.

    ``filename`` is the worker's, counts from 1 on each worker and may be empty: no storage key.
    """

    filename: str
    kind: OutputKind
    data: str = field(repr=False)

    def decode(self) -> bytes:
        """Return the bytes of a ``BASE64`` picture; takes about 1 ms per megabyte.

        Raises:
            PermanentError: ``provider_result_invalid`` when it is no base64.
        """
        encoded = self.data.partition(",")[2] if self.data.startswith("data:") else self.data
        try:
            content = pybase64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            content = b""
        if not content:
            # Raised out here, for the cause would carry the data itself into the log.
            raise PermanentError("provider_result_invalid", reason="bad_base64")
        return content


class FailureKind(StrEnum):
    """Why a job failed on RunPod."""

    OUT_OF_MEMORY = "out_of_memory"
    WORKER_LOST = "worker_lost"
    COMFY_UNREACHABLE = "comfy_unreachable"
    EXECUTION = "execution"
    TIMED_OUT = "timed_out"
    REJECTED = "rejected"
    ANSWER_TOO_LARGE = "answer_too_large"

    @property
    def retryable(self) -> bool:
        """Whether another attempt can end differently."""
        return self is not FailureKind.REJECTED

    @property
    def code(self) -> str:
        """The code of the error catalogue that people are shown."""
        return _CODES.get(self, "provider_failed")


_CODES: Final = {
    FailureKind.REJECTED: "provider_rejected",
    FailureKind.TIMED_OUT: "timed_out",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the sampler is; any of the numbers may be missing."""

    step: int | None
    steps: int | None
    percent: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAnswer:
    """What any answer about a job may carry beside its state.

    ``delay_ms`` and ``execution_ms`` start again with each run of the job on RunPod's side, so they
    are never summed to a wall time. ``attempt_id`` is our marker, when the input is echoed.
    """

    worker_id: str | None = None
    delay_ms: int | None = None
    execution_ms: int | None = None
    retries: int | None = None
    attempt_id: str | None = None


@dataclass(frozen=True, slots=True)
class InQueue(JobAnswer):
    """It waits for a worker."""


@dataclass(frozen=True, slots=True)
class InProgress(JobAnswer):
    """A worker has it. worker-comfyui itself sends no progress."""

    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Completed(JobAnswer):
    """It is done and ``images`` holds at least one picture; ours is the first."""

    images: tuple[OutputImage, ...]


@dataclass(frozen=True, slots=True)
class CompletedWithoutImage(JobAnswer):
    """RunPod calls it done, but there is no usable picture: a failure for us.

    Source: worker-comfyui issues 129 and 167: a result that is too large for RunPod is dropped and
    the job still says COMPLETED.
    """

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Failed(JobAnswer):
    """It failed on RunPod; ``detail`` is for the log, not for people."""

    kind: FailureKind
    detail: str = ""

    @property
    def retryable(self) -> bool:
        """Whether another attempt can end differently."""
        return self.kind.retryable

    @property
    def code(self) -> str:
        """The code of the error catalogue that people are shown."""
        return self.kind.code


@dataclass(frozen=True, slots=True)
class Cancelled(JobAnswer):
    """It was cancelled."""


@dataclass(frozen=True, slots=True)
class TimedOut(JobAnswer):
    """It expired before a worker took it, or the worker stopped reporting."""


@dataclass(frozen=True, slots=True)
class Gone(JobAnswer):
    """RunPod does not know it (404): too early, expired, deleted or never there."""


@dataclass(frozen=True, slots=True)
class Unrecognised(JobAnswer):
    """A state that we do not know: ask again later."""

    status: str


StatusOutcome = (
    InQueue
    | InProgress
    | Completed
    | CompletedWithoutImage
    | Failed
    | Cancelled
    | TimedOut
    | Gone
    | Unrecognised
)


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer of a synchronous run: the id and how far the job is."""

    runpod_id: str
    status: StatusOutcome


RunSyncOutcome = Answered | NotAccepted | Unknown


@dataclass(frozen=True, slots=True)
class Health:
    """Jobs and workers of the endpoint.

    Source: RunPod's page shows two of the worker counts, live answers had all six.
    """

    jobs_completed: int = 0
    jobs_failed: int = 0
    jobs_in_progress: int = 0
    jobs_in_queue: int = 0
    jobs_retried: int = 0
    workers_idle: int = 0
    workers_initializing: int = 0
    workers_ready: int = 0
    workers_running: int = 0
    workers_throttled: int = 0
    workers_unhealthy: int = 0

    @property
    def usable_workers(self) -> int:
        """Workers that run a job, could take one or are about to."""
        return (
            self.workers_idle
            + self.workers_initializing
            + self.workers_ready
            + self.workers_running
        )
