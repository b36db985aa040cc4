"""Every event on the broker: one class each, in the past tense.

Within a schema version only optional fields are added; a break is a new topic. Messages are
doorbells of less than 4 KB: they name a job, and whoever hears them reads the truth in Postgres.
"""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.domain.job import Stage

MAX_MESSAGE_BYTES = 4096


class Event(BaseModel):
    """What every event carries."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: ClassVar[str]

    event_id: UUID
    """UUIDv7, also the AMQP message_id."""
    occurred_at: datetime
    schema_version: Literal[1] = 1
    account_id: UUID
    job_id: UUID
    attempt_id: UUID | None = None


class JobEvent(Event):
    """A change of a job's stage, with its place in the job's event log."""

    seq: int
    stage: Stage


class JobCreated(JobEvent):
    """A job waits to be sent: just accepted, to be tried again, or rung again."""

    topic: ClassVar[str] = "job.created"


class JobSubmitted(JobEvent):
    """RunPod has accepted an attempt of the job."""

    topic: ClassVar[str] = "job.submitted"


class JobProgressed(JobEvent):
    """RunPod works on the job. A hint, sent past the outbox: losing one costs nothing."""

    topic: ClassVar[str] = "job.progressed"


class JobCompleted(JobEvent):
    """RunPod has finished an attempt; its result waits to be checked and stored."""

    topic: ClassVar[str] = "job.completed"


class JobStored(JobEvent):
    """The result is verified and stored, and the credits are captured."""

    topic: ClassVar[str] = "job.stored"


class JobFailed(JobEvent):
    """The job ended without a picture, and the credits are released."""

    topic: ClassVar[str] = "job.failed"
    error_code: str | None = None


class JobCancelled(JobEvent):
    """The job was stopped on its owner's wish, and the credits are released."""

    topic: ClassVar[str] = "job.cancelled"


class JobCancelRequested(JobEvent):
    """An attempt is to be stopped at RunPod."""

    topic: ClassVar[str] = "job.cancel_requested"


class JobDeleteRequested(JobEvent):
    """The job is deleted, by its owner or by its age; its objects are removed once it has ended."""

    topic: ClassVar[str] = "job.delete_requested"


class AttemptPollRequested(Event):
    """RunPod may have news of an attempt. A webhook's is a hint, sent past the outbox."""

    topic: ClassVar[str] = "attempt.poll_requested"


class CreditsChanged(Event):
    """The account's balance or hold is another now; `job_id` says through which job."""

    topic: ClassVar[str] = "credits.changed"
