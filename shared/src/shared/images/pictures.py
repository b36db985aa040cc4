"""What is known of a picture after a child process has read all of it; plain data."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file that one of our own encoders wrote, or whose every byte was checked.

    ``format`` is ``jpeg``, ``png`` or ``webp``; ``extension`` has no dot; ``sha256`` is in hex.
    """

    path: Path
    format: str
    content_type: str
    extension: str
    width: int
    height: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What was found in an upload and taken out of it.

    ``converted_from`` is the source's format when the cleaned original has another one.
    """

    source_format: str
    orientation_applied: bool
    had_location: bool
    converted_from: str | None


@dataclass(frozen=True, slots=True)
class PreparedUpload:
    """An upload, cleaned at its full size, and the small copy that goes to the model."""

    original: Picture
    model_input: Picture
    report: UploadReport


@dataclass(frozen=True, slots=True)
class VerifiedResult:
    """A finished picture as PNG without metadata, and its thumbnail.

    ``reencoded`` says that the provider's bytes were not kept as they came.
    """

    picture: Picture
    thumbnail: Picture
    reencoded: bool


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What an upload may measure; the model input is shrunk to ``model_input_pixels``."""

    megapixels: int = 40
    max_side_px: int = 12_000
    min_side_px: int = 32
    model_input_pixels: int = 1_500_000


@dataclass(frozen=True, slots=True)
class ResultLimits:
    """What a result may measure; the thumbnail's longer side is shrunk to ``thumbnail_px``."""

    megapixels: int = 8
    max_side_px: int = 8_192
    min_side_px: int = 16
    thumbnail_px: int = 384
