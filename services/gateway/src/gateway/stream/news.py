"""What goes to a listener, and its form on the wire."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from gateway.accounts.views import AccountView
from gateway.jobs.views import JobView
from shared.db.jobs import JobRecord
from shared.domain.job import Stage

SNAPSHOT: Final = "snapshot"
PROGRESSED: Final = "job.progressed"
EVENT_OF_STAGE: Final = {
    Stage.QUEUED: "job.created",
    Stage.SENDING: PROGRESSED,
    Stage.WARMING: "job.submitted",
    Stage.GENERATING: PROGRESSED,
    Stage.SAVING: "job.completed",
    Stage.DONE: "job.stored",
    Stage.FAILED: "job.failed",
    Stage.CANCELLED: "job.cancelled",
}
"""How an entry of the event log is named when it is told; two stages have no topic of their own."""

_STAGE_EVENTS: Final = frozenset(EVENT_OF_STAGE.values()) - {PROGRESSED}

HEARTBEAT: Final = b": still here\n\n"
RECONNECT_AFTER: Final = b"retry: 2000\n\n"


class JobEvent(BaseModel):
    """What an ``event: job`` carries; `job` is always the whole current job."""

    model_config = ConfigDict(title="JobEvent")

    event: str
    """A topic like ``job.submitted``, or ``snapshot`` for the state on connect."""
    seq: int
    job: JobView


@dataclass(frozen=True, slots=True)
class JobNews:
    """A job has changed."""

    job_id: UUID
    seq: int
    updated_at: datetime
    body: bytes
    is_stage: bool
    """Whether it tells of a new stage, which is news once, and not of something within a stage."""
    is_progress: bool
    is_end: bool

    def frame(self, cursor: str) -> bytes:
        """Return the message under a mark from which a reader can go on."""
        return b"id: %b\nevent: job\ndata: %b\n\n" % (cursor.encode("ascii"), self.body)


@dataclass(frozen=True, slots=True)
class AccountNews:
    """The account's credits have changed."""

    body: bytes
    is_progress: bool = False

    def frame(self) -> bytes:
        """Return the message; it has no mark, because the next one makes it worthless."""
        return b"event: account\ndata: %b\n\n" % self.body


@dataclass(frozen=True, slots=True)
class JobGone:
    """The job was deleted."""

    job_id: UUID
    is_progress: bool = False


News = JobNews | AccountNews | JobGone


def job_news(event: str, seq: int, record: JobRecord, view: JobView) -> JobNews:
    """Return the news of an event, with the job as it is now."""
    body = JobEvent(event=event, seq=seq, job=view).model_dump_json().encode()
    return JobNews(
        job_id=record.id,
        seq=seq,
        updated_at=record.updated_at,
        body=body,
        is_stage=event in _STAGE_EVENTS,
        is_progress=event == PROGRESSED,
        is_end=not record.is_open and seq >= record.last_event_seq,
    )


def account_news(view: AccountView) -> AccountNews:
    """Return the news of an account."""
    return AccountNews(view.model_dump_json().encode())
