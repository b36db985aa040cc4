"""The names of objects; pure. A person's file name is never part of one.

    uploads/{YYYY}/{MM}/{job_id}.{ext}        the cleaned original
    jobs/{YYYY}/{MM}/{job_id}/input.jpg       what the model gets
    jobs/{YYYY}/{MM}/{job_id}/output.png      the result
    jobs/{YYYY}/{MM}/{job_id}/thumbnail.webp  its thumbnail
    jobs/{YYYY}/{MM}/{job_id}/variants/{name}.{ext}  another form of one of them, kept for a while

Year and month are those of the job's creation in UTC.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.domain.variants import PictureFormat, Variant

UPLOAD_EXTENSIONS: Final = frozenset({"jpg", "png", "webp"})
FOLDERS: Final = ("jobs/", "uploads/")
"""Every key of ours begins with one of them."""

_EXTENSIONS: Final = {
    PictureFormat.PNG: "png",
    PictureFormat.JPEG: "jpg",
    PictureFormat.WEBP: "webp",
}
_ID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_KEYS = (
    (re.compile(rf"uploads/\d{{4}}/\d\d/{_ID}\.(?:jpg|png|webp)"), "staged"),
    (re.compile(rf"jobs/\d{{4}}/\d\d/{_ID}/input\.jpg"), "staged"),
    (re.compile(rf"jobs/\d{{4}}/\d\d/{_ID}/(?:output\.png|thumbnail\.webp)"), "result"),
    (re.compile(rf"jobs/\d{{4}}/\d\d/{_ID}/variants/[a-z0-9-]+\.(?:jpg|png|webp)"), "result"),
)


class ObjectKind(StrEnum):
    """When an object is made."""

    STAGED = "staged"
    """Before its job: what a person uploaded, and what the model gets of it."""
    RESULT = "result"
    """By its job, or of it when somebody asks."""


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """Whose object it is, as its key says."""

    kind: ObjectKind
    job_id: UUID


def parse_key(key: str) -> ParsedKey | None:
    """Return what a key says, or None when it is not of our making."""
    for pattern, kind in _KEYS:
        if match := pattern.fullmatch(key):
            return ParsedKey(ObjectKind(kind), UUID(match[1]))
    return None


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


def variant_key(job_id: UUID | str, created_at: datetime, variant: Variant) -> str:
    """Return the key of another form of one of a job's pictures."""
    extension = _EXTENSIONS[variant.format]
    return f"{job_prefix(job_id, created_at)}variants/{variant.name}.{extension}"


def _month(created_at: datetime) -> str:
    if created_at.tzinfo is None:
        message = "created_at needs a time zone"
        raise ValueError(message)
    return created_at.astimezone(UTC).strftime("%Y/%m")


def _id(job_id: UUID | str) -> str:
    return str(job_id if isinstance(job_id, UUID) else UUID(job_id))
