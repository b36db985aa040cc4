"""Links to a job's pictures: signed for five minutes, straight to the object store."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from gateway.jobs.variants import Variants
from shared.db.jobs import JobRecord
from shared.domain.job import JobState
from shared.domain.variants import Variant
from shared.errors import Conflict, NotFound
from shared.storage.objects import Objects

LINK_SECONDS: Final = 300
REUSABLE_SECONDS: Final = 240
"""A browser may keep the redirect for less time than the link lives."""

_NAME_WORDS: Final = 6
_NAME_CODE_POINTS: Final = 40
_SHORT_ID: Final = 8
_EXTENSIONS: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_NAME_CATEGORIES: Final = "LMN"


class JobPicture(StrEnum):
    """The pictures of a job."""

    IMAGE = "image"
    RESULT = "result"
    THUMBNAIL = "thumbnail"


@dataclass(frozen=True, slots=True)
class Downloads:
    """Signs links."""

    objects: Objects
    variants: Variants

    async def link(
        self,
        job: JobRecord,
        picture: JobPicture,
        *,
        as_file: bool,
        variant: Variant | None = None,
    ) -> str:
        """Return a link to a picture, or to another form of it, to be shown or saved as a file.

        Raises:
            Conflict: ``result_not_ready``.
            NotFound: the job has no such picture.
            TransientError: as `Variants.key_of`.
        """
        key, content_type = _place(job, picture)
        if variant is not None:
            key = await self.variants.key_of(job, key, variant)
            content_type = f"image/{variant.format}"
        name = file_name(job, content_type)
        return await self.objects.presign_get(
            key,
            expires_seconds=LINK_SECONDS,
            disposition=attachment(name) if as_file else "inline",
            content_type=content_type,
        )


def _place(job: JobRecord, picture: JobPicture) -> tuple[str, str]:
    if picture is JobPicture.IMAGE:
        if job.upload_key is None or job.upload_content_type not in _EXTENSIONS:
            raise NotFound
        return job.upload_key, job.upload_content_type
    if job.state is not JobState.DONE:
        raise Conflict("result_not_ready")
    is_result = picture is JobPicture.RESULT
    key = job.result_key if is_result else job.thumbnail_key
    if key is None:
        raise NotFound
    return key, "image/png" if is_result else "image/webp"


def file_name(job: JobRecord, content_type: str) -> str:
    """Return a readable name like ``ob-warm-evening-light-d2a9131f.png``."""
    words = _words(job.prompt)
    parts = ["ob", *([words] if words else []), job.id.hex[-_SHORT_ID:]]
    return f"{'-'.join(parts)}.{_EXTENSIONS[content_type]}"


def attachment(name: str) -> str:
    """Return the Content-Disposition that saves under a name. Source: RFC 6266, RFC 8187."""
    plain = re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9.-]+", "", name))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _words(prompt: str) -> str:
    letters = "".join(
        sign if unicodedata.category(sign)[0] in _NAME_CATEGORIES else " " for sign in prompt
    )
    name = "-".join(letters.split()[:_NAME_WORDS])
    end = min(len(name), _NAME_CODE_POINTS)
    # A mark belongs to the letter before it: never cut between the two.
    while 0 < end < len(name) and unicodedata.category(name[end])[0] == "M":
        end -= 1
    return name[:end].strip("-")
