"""What a picture file holds beside its pixels, read without any imaging library.

It knows only the parts that our own encoders write and is strict about their order and lengths: a
byte that it cannot place is something beside the pixels.
"""

from collections.abc import Iterator
from typing import Final

_PNG_PIXELS: Final = frozenset({"IHDR", "PLTE", "tRNS", "IDAT", "IEND"})
_WEBP_PIXELS: Final = frozenset({"VP8 ", "VP8L", "ALPH"})
_WEBP_METADATA_FLAGS: Final = 0b0010_1110
"""ICC profile, EXIF, XMP and animation. Source: RFC 9649, section 2.7.1."""

_JPEG_PIXELS: Final = frozenset({"DB", "C0", "C1", "C2", "C4", "DD", "DA"})
_JFIF_LENGTH: Final = 16
"""An APP0 of this length has no room for a thumbnail. Source: JFIF 1.02."""


def parts_beside_pixels(picture: bytes) -> list[str]:
    """Name everything in a PNG, WebP or JPEG that is not its pixels.

    Raises:
        ValueError: it is none of them.
    """
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return list(_of_png(picture))
    if picture.startswith(b"RIFF") and picture[8:12] == b"WEBP":
        return list(_of_webp(picture))
    if picture.startswith(b"\xff\xd8"):
        return list(_of_jpeg(picture))
    message = f"no picture of ours: {picture[:8]!r}"
    raise ValueError(message)


def _of_png(picture: bytes) -> Iterator[str]:
    at = 8
    while at + 12 <= len(picture):
        name = picture[at + 4 : at + 8].decode("latin-1")
        at += 12 + int.from_bytes(picture[at : at + 4])
        if name not in _PNG_PIXELS:
            yield name
        if name == "IEND":
            break
    if at != len(picture):
        yield "bytes after the end"


def _of_webp(picture: bytes) -> Iterator[str]:
    at = 12
    if int.from_bytes(picture[4:8], "little") + 8 != len(picture):
        yield "bytes after the end"
    while at + 8 <= len(picture):
        name = picture[at : at + 4].decode("latin-1")
        length = int.from_bytes(picture[at + 4 : at + 8], "little")
        if name == "VP8X":
            if picture[at + 8] & _WEBP_METADATA_FLAGS:
                yield "flags of metadata"
        elif name not in _WEBP_PIXELS:
            yield name
        at += 8 + length + length % 2
    if at != len(picture):
        yield "bytes outside of chunks"


def _of_jpeg(picture: bytes) -> Iterator[str]:
    at = 2
    while at + 4 <= len(picture) and picture[at] == 0xFF:
        marker = f"{picture[at + 1]:02X}"
        if marker == "D9":
            break
        length = int.from_bytes(picture[at + 2 : at + 4])
        if marker == "E0":
            if length != _JFIF_LENGTH or picture[at + 4 : at + 9] != b"JFIF\0":
                yield "thumbnail"
        elif marker not in _JPEG_PIXELS:
            yield marker
        at += 2 + length
        if marker == "DA":
            at = _end_of_scan(picture, at)
    if picture[at:] != b"\xff\xd9":
        yield "bytes after the end"


def _end_of_scan(picture: bytes, at: int) -> int:
    """Return where the next marker begins that is no part of the coded pixels."""
    while at + 1 < len(picture):
        following = picture[at + 1]
        if picture[at] == 0xFF and following != 0 and not 0xD0 <= following <= 0xD7:
            return at
        at += 1
    return at
