"""Everything that can be made to go wrong, as one typed model that tests read, patch and reset."""

from enum import StrEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

MEBIBYTE: Final = 1024 * 1024


class Operation(StrEnum):
    """The operations of the endpoint, by the name of their route."""

    RUN = "run"
    RUNSYNC = "runsync"
    STATUS = "status"
    STATUS_SYNC = "status-sync"
    STREAM = "stream"
    CANCEL = "cancel"
    RETRY = "retry"
    PURGE_QUEUE = "purge-queue"
    HEALTH = "health"
    REQUESTS = "requests"


SUBMITTING: Final = frozenset({Operation.RUN, Operation.RUNSYNC})


class Trigger(BaseModel):
    """When a fault strikes: all given conditions must hold, `{}` means always.

    Every fault below takes these fields next to its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    probability: float = Field(default=1.0, gt=0, le=1, description="Chance per occasion")
    count: int | None = Field(
        default=None, ge=1, description="Only the next n occasions; shows what is left"
    )
    window_s: float | None = Field(
        default=None, gt=0, description="Only for so many simulated seconds"
    )
    match: str | None = Field(
        default=None,
        min_length=1,
        description="Only jobs whose prompts, file name prefix, image names, webhook or extra "
        "input keys contain this text",
    )


class OnOperations(Trigger):
    """A fault of the gateway, on some operations or on all."""

    operations: frozenset[Operation] = Field(default=frozenset(Operation), min_length=1)


class OnSubmit(Trigger):
    """A fault of `/run` and `/runsync` after the job was accepted."""


class RateLimited(OnOperations):
    """429."""

    retry_after_s: int | None = Field(default=None, ge=0, description="Adds a Retry-After header")


class ServerError(OnOperations):
    """A 5xx, or any other status, before anything was done."""

    status: int = Field(default=503, ge=400, le=599)


class Hang(OnOperations):
    """No answer; the connection is closed after a while."""

    seconds: float = Field(default=120.0, gt=0)


class AcceptThenError(OnSubmit):
    """The job exists, the answer says it went wrong."""

    status: int = Field(default=502, ge=500, le=599)


class AcceptThenHang(OnSubmit):
    """The job exists, the answer never comes."""

    seconds: float = Field(default=120.0, gt=0)


class NotFoundAfterSubmit(Trigger):
    """`/status` answers 404 for so long after the job was accepted."""

    seconds: float = Field(default=5.0, gt=0)


class Held(Trigger):
    """A job does not move on, for so long or until the faults change."""

    seconds: float | None = Field(default=None, gt=0)


class UnknownStatus(Trigger):
    """`/status` answers a status nobody has heard of."""

    status: str = "RUNNING"


class Progress(Trigger):
    """`/status` carries progress in `output` while IN_PROGRESS."""

    output: dict[str, JsonValue] = {"progress": "4/10"}


class HugeBody(Trigger):
    """The picture in a COMPLETED answer is this long."""

    size_bytes: int = Field(default=64 * MEBIBYTE, ge=1, le=1024 * MEBIBYTE)


class Late(Trigger):
    """The webhook comes so much later."""

    seconds: float = Field(default=30.0, gt=0)


class BeforeStatus(Trigger):
    """The webhook comes so much before `/status` shows the end of the job."""

    seconds: float = Field(default=2.0, gt=0)


class WrongBody(Trigger):
    """The webhook's body is not the envelope.

    `output_only` has neither id nor status, `other_job` speaks of a job that does not exist,
    `not_json` is no JSON, `empty` has no bytes.
    """

    body: Literal["output_only", "other_job", "not_json", "empty"] = "output_only"


class Faults(BaseModel):
    """What goes wrong at present; a fault that is null does not happen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate_limited: RateLimited | None = None
    endpoint_paused: Trigger | None = Field(default=None, description="409 on /run and /runsync")
    server_error: ServerError | None = None
    hang: Hang | None = None
    reset_connection: OnOperations | None = None
    too_large_is_502: Trigger | None = Field(
        default=None, description="502 for a body over the limit"
    )

    accept_then_error: AcceptThenError | None = None
    accept_then_reset: OnSubmit | None = None
    accept_then_hang: AcceptThenHang | None = None
    not_found_after_submit: NotFoundAfterSubmit | None = None

    stuck_in_queue: Held | None = None
    stuck_in_progress: Held | None = None
    lost_job: Trigger | None = Field(
        default=None, description="The job is forgotten when it should start"
    )
    executed_twice: Trigger | None = Field(
        default=None, description="Requeued after its first execution"
    )

    completed_without_output: Trigger | None = None
    success_no_images: Trigger | None = None
    failed_with_details: Trigger | None = None
    failed_with_traceback: Trigger | None = Field(
        default=None, description="error is a JSON string"
    )
    failed_after_retries: Trigger | None = None
    failed_out_of_memory: Trigger | None = None
    timed_out: Trigger | None = Field(
        default=None, description="The worker stopped reporting: TIMED_OUT"
    )
    truncated_base64: Trigger | None = None
    not_an_image: Trigger | None = None
    local_path_url: Trigger | None = None

    unknown_status: UnknownStatus | None = None
    status_backwards: Trigger | None = Field(
        default=None, description="The state before the present one"
    )
    progress_in_output: Progress | None = None
    input_in_status: Trigger | None = None
    huge_body: HugeBody | None = None

    webhook_off: Trigger | None = None
    webhook_duplicate: Trigger | None = None
    webhook_late: Late | None = None
    webhook_out_of_order: Trigger | None = Field(
        default=None, description="An IN_PROGRESS envelope follows the final one"
    )
    webhook_before_status: BeforeStatus | None = None
    webhook_wrong_body: WrongBody | None = None
