"""The names of objects; pure. A person's file name is never part of one.

    uploads/{YYYY}/{MM}/{job_id}.{ext}        the cleaned original
    jobs/{YYYY}/{MM}/{job_id}/input.jpg       what the model gets
    jobs/{YYYY}/{MM}/{job_id}/output.png      the result
    jobs/{YYYY}/{MM}/{job_id}/thumbnail.webp  its thumbnail

Year and month are those of the job's creation in UTC.
"""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

UPLOAD_EXTENSIONS: Final = frozenset({"jpg", "png", "webp"})


def upload_key(job_id: UUID | str, created_at: datetime, extension: str) -> str:
    """Return the key of the cleaned original; ``extension`` has no dot.

    Raises:
        ValueError: for an extension that our encoders do not write, or an id that is no UUID.
    """
    if extension not in UPLOAD_EXTENSIONS:
        message = f"no extension of ours: {extension!r}"
        raise ValueError(message)
    return f"uploads/{_month(created_at)}/{_id(job_id)}.{extension}"


def job_prefix(job_id: UUID | str, created_at: datetime) -> str:
    """Return what every key of a job but its upload starts with; it ends with a slash."""
    return f"jobs/{_month(created_at)}/{_id(job_id)}/"


def model_input_key(job_id: UUID | str, created_at: datetime) -> str:
    """Return the key of what the model gets."""
    return job_prefix(job_id, created_at) + "input.jpg"


def output_key(job_id: UUID | str, created_at: datetime) -> str:
    """Return the key of the result."""
    return job_prefix(job_id, created_at) + "output.png"


def thumbnail_key(job_id: UUID | str, created_at: datetime) -> str:
    """Return the key of the result's thumbnail."""
    return job_prefix(job_id, created_at) + "thumbnail.webp"


def _month(created_at: datetime) -> str:
    if created_at.tzinfo is None:
        message = "created_at needs a time zone"
        raise ValueError(message)
    return created_at.astimezone(UTC).strftime("%Y/%m")


def _id(job_id: UUID | str) -> str:
    return str(job_id if isinstance(job_id, UUID) else UUID(job_id))
