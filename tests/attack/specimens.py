"""Good pictures of every kind, with everything in them that a camera adds, and how they are built.

All of it is pure: the same arguments make the same bytes with the same libraries.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from random import Random
from typing import Final

import pillow_heif
from PIL import Image, ImageCms

CANARY: Final = b"the-photographer-lives-here"
"""Stands in every piece of metadata; wherever it turns up later, something leaked."""

FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF", "MPO", "PROGRESSIVE", "PALETTE", "DEEP", "ALPHA")
PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_LOCATION: Final = {1: "N", 2: (13.0, 45.0, 0.0), 3: "E", 4: (100.0, 30.0, 0.0)}
_SIDE_PX: Final = 96
_PICTURES_PER_FORMAT: Final = 4


def good_picture(chance: Random) -> bytes:
    """Return a picture that has to be accepted."""
    return specimen(chance.choice(FORMATS), chance.randrange(_PICTURES_PER_FORMAT))


@lru_cache(maxsize=len(FORMATS) * _PICTURES_PER_FORMAT)
def specimen(format_name: str, number: int) -> bytes:
    """Return one of the pictures of a kind, about 100 pixels a side, with all its metadata."""
    image = _noise(Random(f"{format_name} {number}"), _SIDE_PX + 16 * number)
    if format_name == "HEIF":
        sink = io.BytesIO()
        pillow_heif.from_pillow(image).save(sink, quality=60, exif=_exif())
        return sink.getvalue()
    makers: dict[str, Callable[[], bytes]] = {
        "JPEG": lambda: _saved(image, "JPEG", **_METADATA, comment=CANARY),
        "PROGRESSIVE": lambda: _saved(image, "JPEG", **_METADATA, progressive=True),
        "MPO": lambda: _saved(image, "MPO", save_all=True, append_images=[image.resize((48, 48))]),
        "PNG": lambda: _saved(image, "PNG", **_METADATA),
        "PALETTE": lambda: _saved(image.convert("P"), "PNG", transparency=3),
        "DEEP": lambda: _saved(Image.new("I;16", image.size, 30_000), "PNG"),
        "WEBP": lambda: _saved(image, "WEBP", **_METADATA),
        "ALPHA": lambda: _saved(image.convert("RGBA"), "WEBP", lossless=True, **_METADATA),
    }
    return makers[format_name]()


def _noise(chance: Random, side_px: int) -> Image.Image:
    # Coarse grains, so that the files stay small and every coefficient is in use.
    grains = Image.frombytes("RGB", (16, 12), chance.randbytes(16 * 12 * 3))
    return grains.resize((side_px, side_px * 3 // 4), Image.Resampling.BICUBIC)


def _saved(image: Image.Image, format_name: str, **options: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, format_name, **options)
    return sink.getvalue()


def _exif() -> bytes:
    tags = Image.Exif()
    tags[0x0112] = 6
    tags[0x010E] = CANARY.decode()
    tags[0x8825] = _LOCATION
    return tags.tobytes()


_METADATA: Final[dict[str, bytes]] = {
    "exif": _exif(),
    "xmp": b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + CANARY + b"</x:xmpmeta>",
    "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
}


def moving(format_name: str) -> bytes:
    """Return a picture of three frames."""
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "lime", "blue")]
    return _saved(
        frames[0], format_name, save_all=True, append_images=frames[1:], duration=100, loop=0
    )


def other_format(format_name: str) -> bytes:
    """Return a good picture of a kind that nobody asked for."""
    return _saved(_noise(Random(format_name), _SIDE_PX), format_name)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk with its length and its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int, depth: int, colour: int, interlace: int = 0) -> bytes:
    """Return the IHDR of a picture that claims this."""
    return png_chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    )


def png_of(*chunks: bytes) -> bytes:
    """Return chunks as a file."""
    return PNG_SIGNATURE + b"".join(chunks) + png_chunk(b"IEND", b"")


def png_chunks(png: bytes) -> list[bytes]:
    """Return the chunks of a PNG, each whole."""
    at, chunks = len(PNG_SIGNATURE), []
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4])
        chunks.append(png[at:end])
        at = end
    return chunks


def jpeg_segment(marker: int, data: bytes) -> bytes:
    """Return a segment with its length."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg_with(picture: bytes, *segments: bytes) -> bytes:
    """Return a JPEG with more segments right after its start."""
    return picture[:2] + b"".join(segments) + picture[2:]


def riff(kind: bytes, chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return a RIFF file."""
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
        for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + kind + body
