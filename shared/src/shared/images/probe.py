"""Opening a picture inside the child: its kind by its bytes, its size by its header."""

from collections.abc import Collection
from math import ceil
from pathlib import Path
from typing import Final

import pillow_heif
from PIL import (
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from shared.errors import InvalidInput
from shared.images.scans import MAX_SCANS, count_scans

FORMATS: Final = {"JPEG": "jpeg", "MPO": "jpeg", "PNG": "png", "WEBP": "webp", "HEIF": "heic"}
"""Pillow's names and ours. A phone's JPEG with a second picture in it is an MPO to Pillow."""

PLUGINS: Final = (
    GifImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)
"""Imported by name, so that Image.open never loads the plugins of formats that nobody asked for."""

_STILL: Final = frozenset({"JPEG", "MPO", "HEIF"})
"""Formats whose further pictures are depth maps, bursts or previews: the first is the photo."""

_MILLION: Final = 1_000_000


def register_decoders() -> None:
    """Add HEIC, decoded in one thread, and leave the pixel limit to ``check_size``."""
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None


def open_picture(source: Path, formats: Collection[str]) -> Image.Image:
    """Read the header of a picture, whatever its name says.

    Args:
        source: the file.
        formats: Pillow's names of the formats that may be decoded.

    Raises:
        InvalidInput: ``unsupported_format``, or ``invalid_image`` when its kind is good.
    """
    with source.open("rb") as file:
        head = file.read(16)
    try:
        return Image.open(source, formats=(*formats, "GIF"))
    except UnidentifiedImageError as error:
        code = "invalid_image" if _looks_like(head, formats) else "unsupported_format"
        raise InvalidInput(code) from error


def check_still(image: Image.Image) -> None:
    """Refuse moving pictures, and the one format that is only opened to name them.

    Raises:
        InvalidInput: ``image_animated`` or ``unsupported_format``.
    """
    if image.format not in _STILL and getattr(image, "is_animated", False):
        raise InvalidInput("image_animated")
    if image.format == "GIF":
        raise InvalidInput("unsupported_format")


def check_scans(image: Image.Image, source: Path) -> None:
    """Refuse a JPEG that goes over its pixels again and again.

    Raises:
        InvalidInput: ``invalid_image`` with the reason ``many_scans``.
    """
    if FORMATS.get(image.format or "") == "jpeg" and count_scans(source.read_bytes()) > MAX_SCANS:
        raise InvalidInput("invalid_image", reason="many_scans")


def check_size(image: Image.Image, *, megapixels: int, max_side_px: int, min_side_px: int) -> None:
    """Refuse a picture by the size in its header, before anything is decoded.

    Raises:
        InvalidInput: ``image_too_large`` with ``megapixels`` and ``limit_megapixels``, or
            ``image_too_small`` with ``px``.
    """
    width, height = image.size
    if min(width, height) < min_side_px:
        raise InvalidInput("image_too_small", px=min_side_px)
    if width * height > megapixels * _MILLION or max(width, height) > max_side_px:
        raise InvalidInput(
            "image_too_large",
            megapixels=ceil(width * height / _MILLION * 10) / 10,
            limit_megapixels=megapixels,
            side_px=max(width, height),
            limit_side_px=max_side_px,
        )


def _looks_like(head: bytes, formats: Collection[str]) -> bool:
    return (
        ("JPEG" in formats and head.startswith(b"\xff\xd8\xff"))
        or ("PNG" in formats and head.startswith(b"\x89PNG\r\n\x1a\n"))
        or ("WEBP" in formats and head.startswith(b"RIFF") and head[8:12] == b"WEBP")
        or ("HEIF" in formats and head[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1"})
    )
