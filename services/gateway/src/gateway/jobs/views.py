"""A job as its owner sees it. Every field here is public; nothing else of a job ever is."""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from gateway.errors import ErrorCode, sentences
from gateway.jobs.eta import UNKNOWN, UsualDurations
from shared.db.jobs import Durations, JobRecord
from shared.domain.job import JobState, Model, Ratio, Stage, Status, status_of
from shared.domain.variants import SIDES_PX
from shared.errors import CATALOGUE, Fault

_EXAMPLE: Final[JsonDict] = {
    "id": "019a0f6c-2b7d-7c53-a1f0-e4b6c8d2a913",
    "status": "running",
    "stage": "generating",
    "prompt": "warm evening light, film look",
    "negative_prompt": "",
    "model": "qwen-image-edit",
    "ratio": "1:1",
    "seed": 123,
    "parent_id": None,
    "image_url": "/v1/jobs/019a0f6c-2b7d-7c53-a1f0-e4b6c8d2a913/image",
    "result_url": None,
    "thumbnail_url": None,
    "download_url": None,
    "image_download_url": "/v1/jobs/019a0f6c-2b7d-7c53-a1f0-e4b6c8d2a913/image?download=1",
    "image_thumbnail_url": "/v1/jobs/019a0f6c-2b7d-7c53-a1f0-e4b6c8d2a913/image?size=384",
    "result_width": None,
    "result_height": None,
    "error": None,
    "attempts": 1,
    "progress": {"step": 4, "steps": 20, "percent": 20},
    "queue_position": None,
    "eta": {"p50_ms": 9000, "p90_ms": 15000, "n": 42},
    "credits": {"held": 2, "charged": 0, "released": 0, "reason": None},
    "timeline": [
        {"stage": "queued", "at": "2026-11-20T09:00:00.120000Z"},
        {"stage": "sending", "at": "2026-11-20T09:00:00.140000Z"},
        {"stage": "warming", "at": "2026-11-20T09:00:00.310000Z"},
        {"stage": "generating", "at": "2026-11-20T09:00:02.500000Z"},
    ],
    "created_at": "2026-11-20T09:00:00.100000Z",
    "started_at": "2026-11-20T09:00:00.310000Z",
    "finished_at": None,
    "expires_at": None,
    "server_time": "2026-11-20T09:00:04.700000Z",
}


class JobErrorView(BaseModel):
    """Why a job ended without a picture."""

    model_config = ConfigDict(title="JobError")

    code: ErrorCode
    en: str
    th: str
    fault: Fault
    retryable: bool


class ProgressView(BaseModel):
    """How far the provider is; what it does not say is null."""

    model_config = ConfigDict(title="Progress")

    step: int | None
    steps: int | None
    percent: int | None


class EtaView(BaseModel):
    """From the start of the work, how long the last `n` jobs of the same kind took."""

    model_config = ConfigDict(title="Eta")

    p50_ms: int | None
    p90_ms: int | None
    n: int


class JobCreditsView(BaseModel):
    """What became of the credits."""

    model_config = ConfigDict(title="JobCredits")

    held: int
    charged: int
    released: int
    reason: Literal["done", "failed", "cancelled"] | None


class TimelineEntryView(BaseModel):
    """When a job entered a stage."""

    model_config = ConfigDict(title="TimelineEntry")

    stage: Stage
    at: datetime


class JobView(BaseModel):
    """A job."""

    model_config = ConfigDict(title="Job", json_schema_extra={"example": _EXAMPLE})

    id: UUID
    status: Status
    stage: Stage
    prompt: str
    negative_prompt: str
    model: Model
    ratio: Ratio
    seed: int
    parent_id: UUID | None
    image_url: str | None
    result_url: str | None
    thumbnail_url: str | None
    download_url: str | None
    image_download_url: str | None
    image_thumbnail_url: str | None
    result_width: int | None
    result_height: int | None
    error: JobErrorView | None
    attempts: int
    progress: ProgressView | None
    queue_position: int | None
    eta: EtaView
    credits: JobCreditsView
    timeline: list[TimelineEntryView]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    server_time: datetime


class JobPageView(BaseModel):
    """Some jobs, newest first; `next_cursor` leads to the older ones."""

    model_config = ConfigDict(title="JobPage")

    items: list[JobView]
    next_cursor: str | None


class JobViews:
    """Makes views; an open job is shown with the usual duration of its kind."""

    def __init__(self, durations: UsualDurations, retention_days: int) -> None:
        self._durations = durations
        self._retention_days = retention_days

    async def of(self, record: JobRecord) -> JobView:
        """Return what the owner sees of a job.

        Raises:
            DatabaseUnavailable: as it says.
        """
        if not record.is_open:
            return job_view(record, UNKNOWN, self._retention_days)
        usual = await self._durations.of(record.model, record.ratio)
        return job_view(record, usual, self._retention_days)


def job_view(record: JobRecord, usual: Durations, retention_days: int) -> JobView:
    """Return what the owner sees of a job; pure. 0 days of retention keep it for ever."""
    address = f"/v1/jobs/{record.id}"
    image = f"{address}/image" if record.upload_key else None
    result = f"{address}/result" if record.state is JobState.DONE else None
    return JobView(
        id=record.id,
        status=status_of(record.state),
        stage=record.stage,
        prompt=record.prompt,
        negative_prompt=record.negative_prompt,
        model=record.model,
        ratio=record.ratio,
        seed=record.seed,
        parent_id=record.parent_id,
        image_url=image,
        result_url=result,
        thumbnail_url=f"{address}/thumbnail" if result else None,
        download_url=f"{result}?download=1" if result else None,
        image_download_url=f"{image}?download=1" if image else None,
        image_thumbnail_url=f"{image}?size={SIDES_PX[0]}" if image else None,
        result_width=record.result_width,
        result_height=record.result_height,
        error=_error_view(record.error_code),
        attempts=record.attempts,
        progress=_progress_view(record),
        queue_position=record.queue_position,
        eta=EtaView(p50_ms=usual.p50_ms, p90_ms=usual.p90_ms, n=usual.n),
        credits=_credits_view(record),
        timeline=[TimelineEntryView(stage=line.stage, at=line.at) for line in record.timeline],
        created_at=record.created_at,
        started_at=record.started_at,
        finished_at=record.finished_at,
        expires_at=_expires_at(record, retention_days),
        server_time=record.server_time,
    )


def _expires_at(record: JobRecord, retention_days: int) -> datetime | None:
    if record.finished_at is None or not retention_days:
        return None
    return record.finished_at + timedelta(days=retention_days)


def _error_view(code: str | None) -> JobErrorView | None:
    if code is None:
        return None
    known = code if code in CATALOGUE else "internal_error"
    text = CATALOGUE[known]
    en, th = sentences(known, {})
    return JobErrorView(code=known, en=en, th=th, fault=text.fault, retryable=text.retryable)


def _progress_view(record: JobRecord) -> ProgressView | None:
    said = (record.progress_step, record.progress_steps, record.progress_percent)
    if record.stage is not Stage.GENERATING or said == (None, None, None):
        return None
    return ProgressView(step=said[0], steps=said[1], percent=said[2])


def _credits_view(record: JobRecord) -> JobCreditsView:
    price = record.price_credits
    if record.is_open:
        return JobCreditsView(held=price, charged=0, released=0, reason=None)
    if record.state is JobState.DONE:
        return JobCreditsView(held=0, charged=price, released=0, reason="done")
    reason: Literal["failed", "cancelled"] = (
        "failed" if record.state is JobState.FAILED else "cancelled"
    )
    return JobCreditsView(held=0, charged=0, released=price, reason=reason)
