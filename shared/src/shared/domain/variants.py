"""Other forms of a job's pictures, made when somebody asks: a closed list, so that few are kept."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class PictureFormat(StrEnum):
    """A format in which a result can be saved."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"


class Source(StrEnum):
    """The picture of a job that a variant is made of."""

    IMAGE = "image"
    RESULT = "result"


QUALITIES: Final = (60, 75, 85, 92, 100)
DEFAULT_QUALITY: Final = 92
SIDES_PX: Final = (384, 768, 1024)
"""Of the longer side. A phone's tile has some 165 CSS pixels of three pixels each, and a picture of
9:16 fills it with 1,024."""

THUMBNAIL_QUALITY: Final = 80


@dataclass(frozen=True, slots=True)
class Variant:
    """One other form of a picture.

    Attributes:
        quality: the encoder's, 1 to 100.
        side_px: at most this is the longer side; None keeps the size.
    """

    source: Source
    format: PictureFormat
    quality: int
    side_px: int | None = None

    @classmethod
    def small(cls, source: Source, side_px: int) -> "Variant":
        """Return the WebP with a side out of `SIDES_PX`."""
        return cls(source, PictureFormat.WEBP, THUMBNAIL_QUALITY, side_px)

    @property
    def name(self) -> str:
        """What tells it from the other variants of a job, for the name of its object."""
        size = "" if self.side_px is None else f"-{self.side_px}px"
        return f"{self.source}{size}-q{self.quality}"
