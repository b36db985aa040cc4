"""Files made to cost, to deceive, or to be something else as well."""

import io
import struct
import zipfile
import zlib
from functools import lru_cache
from random import Random
from typing import Final

from PIL import Image

from attack.specimens import (
    CANARY,
    good_picture,
    jpeg_segment,
    jpeg_with,
    moving,
    other_format,
    png_chunk,
    png_chunks,
    png_header,
    png_of,
    specimen,
)

_MIB: Final = 1024 * 1024
_HTML: Final = b"<!doctype html><html><body><script>alert(document.domain)</script>" + CANARY
_TEXTS: Final = {
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "svg entities": (
        b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/>&b;</svg>'
    ),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n(/etc/passwd) (r) file\n",
    "psd": b"8BPS\x00\x01" + bytes(6) + struct.pack(">HIIHH", 3, 64, 64, 8, 3) + bytes(64),
    "mvg": b"push graphic-context\nviewbox 0 0 64 64\nfill 'url(https://127.0.0.1/)'\n",
    "html": _HTML,
    "php": b"\xff\xd8<?php system($_GET['c']); ?>",
    "elf": b"\x7fELF\x02\x01\x01" + bytes(57),
    "gzip": b"\x1f\x8b\x08" + bytes(40),
    "jxl": b"\xff\x0a" + bytes(40),
    "mp4": b"\x00\x00\x00\x18ftypmp42" + bytes(40),
    "wmf": b"\xd7\xcd\xc6\x9a" + bytes(60),
    "dng": b"II*\x00\x08\x00\x00\x00" + bytes(60),
}
_OTHER_FORMATS: Final = (
    "TIFF",
    "BMP",
    "ICO",
    "PDF",
    "EPS",
    "AVIF",
    "TGA",
    "PPM",
    "SGI",
    "JPEG2000",
)


@lru_cache(maxsize=32)
def _packed_zeros(size_bytes: int) -> bytes:
    packer = zlib.compressobj(9)
    pieces = [
        packer.compress(bytes(min(_MIB, size_bytes - at))) for at in range(0, size_bytes, _MIB)
    ]
    return b"".join(pieces) + packer.flush()


def text_bomb(chance: Random) -> bytes:
    """Return a PNG with text or a profile that unpacks to up to 200 MB."""
    packed = _packed_zeros(chance.choice((2, 70, 200)) * _MIB)
    chunk = chance.choice(
        (
            png_chunk(b"zTXt", b"Comment\x00\x00" + packed),
            png_chunk(b"iTXt", b"Comment\x00\x01\x00\x00\x00" + packed),
            png_chunk(b"iCCP", b"profile\x00\x00" + packed),
        )
    )
    chunks = png_chunks(specimen("PALETTE", chance.randrange(4)))
    return png_of(chunks[0], *[chunk] * chance.choice((1, 8)), *chunks[1:])


def pixel_data_bomb(chance: Random) -> bytes:
    """Return a small PNG whose pixel data unpacks to 100 MB and more."""
    packed = _packed_zeros(chance.choice((100, 300)) * _MIB)
    return png_of(png_header(64, 64, 8, 2), png_chunk(b"IDAT", packed))


def size_bomb(chance: Random) -> bytes:
    """Return a PNG of far too many pixels, all of them there."""
    side = chance.choice((13_300, 12_001, 20_000))
    row_bytes = (side + 7) // 8 + 1
    return png_of(png_header(side, side, 1, 0), png_chunk(b"IDAT", _packed_zeros(row_bytes * side)))


def extreme_size(chance: Random) -> bytes:
    """Return a picture that is a line, a dot, or nothing."""
    width, height = chance.choice(
        ((1, 60_000), (60_000, 1), (12_001, 40), (40, 12_001), (31, 31), (0, 0), (0, 40), (1, 1))
    )
    rows = _packed_zeros(((width + 7) // 8 + 1) * height)
    return png_of(png_header(width, height, 1, 0), png_chunk(b"IDAT", rows))


def largest_allowed(chance: Random) -> bytes:
    """Return 40 megapixels, which are allowed and cost the most."""
    width, height = chance.choice(((8000, 5000), (12_000, 3333)))
    rows = _packed_zeros(((width + 7) // 8 + 1) * height)
    return png_of(png_header(width, height, 1, 0), png_chunk(b"IDAT", rows))


@lru_cache(maxsize=1)
def _flat_progressive() -> bytes:
    sink = io.BytesIO()
    Image.new("L", (6000, 6000), 120).save(sink, "JPEG", progressive=True, quality=50)
    return sink.getvalue()


def many_scans(chance: Random) -> bytes:
    """Return a progressive JPEG of 36 megapixels that says its last scan hundreds of times."""
    picture = _flat_progressive()
    last = picture.rindex(b"\xff\xda")
    return picture[:last] + picture[last:-2] * chance.choice((150, 1000, 3000)) + picture[-2:]


def nothing(chance: Random) -> bytes:
    """Return no bytes, few bytes, or bytes that are no file."""
    size = chance.choice((1, 2, 3, 16, 5000))
    return chance.choice((b"", bytes(size), chance.randbytes(size), b"\xff" * size, CANARY))


def animated(chance: Random) -> bytes:
    """Return a moving picture."""
    return moving(chance.choice(("GIF", "WEBP", "PNG")))


def wrong_kind(chance: Random) -> bytes:
    """Return a file of a kind that nobody asked for."""
    if chance.random() < 0.5:
        return other_format(chance.choice(_OTHER_FORMATS))
    return _TEXTS[chance.choice(sorted(_TEXTS))]


@lru_cache(maxsize=1)
def _archive() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in ("META-INF/MANIFEST.MF", "Evil.class"):
            archive.writestr(zipfile.ZipInfo(name), CANARY)
    return sink.getvalue()


def also_something_else(chance: Random) -> bytes:
    """Return a good picture that is a page, a script, an archive or a document as well."""
    jpeg, chunks = specimen("PROGRESSIVE", 2), png_chunks(specimen("PNG", 2))
    ways = (
        lambda: jpeg + _archive(),
        lambda: png_of(*chunks) + _archive(),
        lambda: specimen("WEBP", 2) + _HTML,
        lambda: specimen("HEIF", 2) + _archive(),
        lambda: jpeg_with(jpeg, jpeg_segment(0xFE, _HTML)),
        lambda: jpeg_with(jpeg, jpeg_segment(0xFE, b"<?php passthru($_GET[0]); ?>" + CANARY)),
        lambda: jpeg_with(jpeg, jpeg_segment(0xFE, b"*/=1;alert(1);/*" + CANARY)),
        lambda: jpeg_with(jpeg, jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + _HTML)),
        lambda: jpeg_with(jpeg, jpeg_segment(0xED, b"Photoshop 3.0\x008BIM" + CANARY)),
        lambda: jpeg_with(jpeg, jpeg_segment(0xFE, b"%PDF-1.7\n" + CANARY)),
        lambda: png_of(chunks[0], png_chunk(b"tEXt", b"Comment\x00" + _HTML), *chunks[1:]),
        lambda: good_picture(chance) + b"%PDF-1.7\n" + CANARY,
    )
    return chance.choice(ways)()


def gif_and_something_else(chance: Random) -> bytes:
    """Return a GIF that is an archive or a script as well."""
    return chance.choice(
        (
            other_format("GIF") + _archive(),
            b"GIF89a/*" + bytes(8) + b"*/=1;alert(1)//" + CANARY,
            b"GIF87a" + _HTML,
            b"GIF89a" + b"\xff" * 7 + b";",
        )
    )
