"""The life of a job and of its attempts: states, stages and the paths between them.

The same words stand in the tables, the events, the metrics and the API.
"""

from enum import StrEnum
from typing import Final


class Model(StrEnum):
    """A picture model that a job may ask for."""

    QWEN_IMAGE_EDIT = "qwen-image-edit"
    QWEN_IMAGE = "qwen-image"

    @property
    def needs_image(self) -> bool:
        """Whether the model edits a picture rather than drawing one from words."""
        return self is Model.QWEN_IMAGE_EDIT


class Ratio(StrEnum):
    """The shape of the result, width to height."""

    SQUARE = "1:1"
    TALL = "9:16"
    WIDE = "16:9"


class JobState(StrEnum):
    """Where a job is in the pipeline."""

    QUEUED = "queued"
    DISPATCHING = "dispatching"
    RUNNING = "running"
    STORING = "storing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """What a person is shown of the state; finer while RunPod works."""

    QUEUED = "queued"
    SENDING = "sending"
    WARMING = "warming"
    GENERATING = "generating"
    SAVING = "saving"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Status(StrEnum):
    """The coarse public state."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AttemptState(StrEnum):
    """Where one submission to RunPod is."""

    INTENT = "intent"
    POSTING = "posting"
    UNKNOWN = "unknown"
    SUBMITTED = "submitted"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    LOST = "lost"
    REJECTED = "rejected"
    ABANDONED = "abandoned"


TERMINAL_STATES: Final = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})

LIVE_ATTEMPT_STATES: Final = frozenset(
    {
        AttemptState.INTENT,
        AttemptState.POSTING,
        AttemptState.UNKNOWN,
        AttemptState.SUBMITTED,
        AttemptState.IN_PROGRESS,
    }
)

MAX_ATTEMPTS: Final = 3
MAX_SEED: Final = 2**53 - 1
"""Largest seed that survives JSON readers which keep numbers as doubles."""

STATES_OF_STATUS: Final[dict[Status, frozenset[JobState]]] = {
    Status.QUEUED: frozenset({JobState.QUEUED, JobState.DISPATCHING}),
    Status.RUNNING: frozenset({JobState.RUNNING, JobState.STORING}),
    Status.DONE: frozenset({JobState.DONE}),
    Status.FAILED: frozenset({JobState.FAILED}),
    Status.CANCELLED: frozenset({JobState.CANCELLED}),
}

STAGES_OF_STATE: Final[dict[JobState, frozenset[Stage]]] = {
    JobState.QUEUED: frozenset({Stage.QUEUED}),
    JobState.DISPATCHING: frozenset({Stage.SENDING}),
    JobState.RUNNING: frozenset({Stage.WARMING, Stage.GENERATING}),
    JobState.STORING: frozenset({Stage.SAVING}),
    JobState.DONE: frozenset({Stage.DONE}),
    JobState.FAILED: frozenset({Stage.FAILED}),
    JobState.CANCELLED: frozenset({Stage.CANCELLED}),
}

_ENDS: Final = frozenset({JobState.FAILED, JobState.CANCELLED})
_RETRY: Final = frozenset({JobState.QUEUED})

TRANSITIONS: Final[dict[JobState, frozenset[JobState]]] = {
    JobState.QUEUED: frozenset({JobState.DISPATCHING}) | _ENDS,
    JobState.DISPATCHING: frozenset({JobState.RUNNING}) | _RETRY | _ENDS,
    JobState.RUNNING: frozenset({JobState.STORING}) | _RETRY | _ENDS,
    JobState.STORING: frozenset({JobState.DONE}) | _RETRY | _ENDS,
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}


def status_of(state: JobState) -> Status:
    """Return the public status of a state."""
    return next(status for status, states in STATES_OF_STATUS.items() if state in states)


def may_move(before: JobState, after: JobState) -> bool:
    """Say whether the machine has a path of one step from ``before`` to ``after``."""
    return after in TRANSITIONS[before]
