"""Hostile, broken and unwanted uploads: one of our codes each, and the house stays up."""

import asyncio
import io
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from shared.errors import InvalidInput
from shared.images.sandbox import ImageSandbox

CODES = {
    "unsupported_format",
    "invalid_image",
    "image_too_large",
    "image_too_small",
    "image_animated",
}


def saved(format_name: str, size: tuple[int, int] = (64, 64), **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(buffer, format_name, **options)
    return buffer.getvalue()


def moving(format_name: str) -> bytes:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, format_name, save_all=True, append_images=frames[1:], duration=100)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, pixels: bytes, extra: bytes = b"") -> bytes:
    """Return a one-bit grey PNG that claims a size, whatever pixels it has."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), extra, chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def flat_png(width: int, height: int) -> bytes:
    packer = zlib.compressobj(1)
    row = bytes((width + 7) // 8 + 1)
    rows = b"".join(packer.compress(row) for _ in range(height))
    return png(width, height, rows + packer.flush())


def text_bomb() -> bytes:
    text = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(60_000_000), 9))
    return png(64, 64, zlib.compress(bytes(9 * 64)), text)


def jpeg_of_scans(more: int, side_px: int = 4000) -> bytes:
    """Return a progressive JPEG that says its last scan more often."""
    buffer = io.BytesIO()
    Image.new("L", (side_px, side_px), 120).save(buffer, "JPEG", progressive=True)
    picture = buffer.getvalue()
    last = picture.rindex(b"\xff\xda")
    return picture[:last] + picture[last:-2] * (1 + more) + picture[-2:]


REFUSED: list[tuple[str, str, Callable[[], bytes]]] = [
    ("empty", "unsupported_format", lambda: b""),
    ("text", "unsupported_format", lambda: b"hello"),
    ("html", "unsupported_format", lambda: b"<!doctype html><script>alert(1)</script>"),
    ("svg", "unsupported_format", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ("pdf", "unsupported_format", lambda: saved("PDF")),
    ("tiff", "unsupported_format", lambda: saved("TIFF")),
    ("bmp", "unsupported_format", lambda: saved("BMP")),
    ("ico", "unsupported_format", lambda: saved("ICO")),
    ("eps", "unsupported_format", lambda: saved("EPS")),
    ("avif", "unsupported_format", lambda: saved("AVIF")),
    ("zip", "unsupported_format", lambda: b"PK\x03\x04" + bytes(100)),
    ("still gif", "unsupported_format", lambda: saved("GIF")),
    ("gif and html", "unsupported_format", lambda: b"GIF89a/*<script>alert(1)</script>*/=1;"),
    ("moving gif", "image_animated", lambda: moving("GIF")),
    ("moving webp", "image_animated", lambda: moving("WEBP")),
    ("moving png", "image_animated", lambda: moving("PNG")),
    ("cut jpeg", "invalid_image", lambda: saved("JPEG")[:-900]),
    ("cut png", "invalid_image", lambda: saved("PNG")[:-3000]),
    ("cut webp", "invalid_image", lambda: saved("WEBP", quality=90)[:-900]),
    ("jpeg head", "invalid_image", lambda: b"\xff\xd8\xff\xe0" + bytes(30)),
    ("png head", "invalid_image", lambda: b"\x89PNG\r\n\x1a\n" + bytes(30)),
    ("webp head", "invalid_image", lambda: b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(30)),
    ("heic head", "invalid_image", lambda: b"\x00\x00\x00\x18ftypheic" + bytes(30)),
    ("jpeg of many scans", "invalid_image", lambda: jpeg_of_scans(500)),
    ("png without its pixels", "invalid_image", lambda: png(6000, 6000, b"")),
    ("png text bomb", "invalid_image", text_bomb),
    ("pixel bomb", "image_too_large", lambda: flat_png(13_300, 13_300)),
    ("a line", "image_too_small", lambda: flat_png(1, 60_000)),
    ("long", "image_too_large", lambda: flat_png(12_001, 40)),
    ("wide lie", "image_too_large", lambda: png(2**31 - 1, 2**31 - 1, b"")),
    ("small", "image_too_small", lambda: saved("PNG", (31, 400))),
]


def write(folder: Path, content: bytes) -> Path:
    folder.mkdir(parents=True)
    source = folder / "photo.jpg"
    source.write_bytes(content)
    return source


async def judge(sandbox: ImageSandbox, content: bytes, folder: Path) -> InvalidInput | None:
    source = write(folder, content)
    try:
        await sandbox.prepare_upload(source, folder)
    except InvalidInput as error:
        return error
    return None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "make"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_what_is_no_photo_is_refused_by_name(
    code: str, make: Callable[[], bytes], sandbox: ImageSandbox, tmp_path: Path
) -> None:
    error = await judge(sandbox, make(), tmp_path / "one")

    assert error is not None
    assert error.code == code


@pytest.mark.asyncio
async def test_sizes_are_told(sandbox: ImageSandbox, tmp_path: Path) -> None:
    large = await judge(sandbox, flat_png(8000, 5001), tmp_path / "large")
    small = await judge(sandbox, saved("PNG", (31, 400)), tmp_path / "small")

    assert large is not None
    assert small is not None
    assert (large.params["megapixels"], large.params["limit_megapixels"]) == (40.1, 40)
    assert small.params == {"px": 32}


@pytest.mark.asyncio
async def test_the_largest_size_passes(sandbox: ImageSandbox, tmp_path: Path) -> None:
    assert await judge(sandbox, flat_png(8000, 5000), tmp_path / "one") is None


@pytest.mark.asyncio
async def test_broken_exif_is_no_reason_to_refuse(sandbox: ImageSandbox, tmp_path: Path) -> None:
    content = saved("JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xffgarbage")

    assert await judge(sandbox, content, tmp_path / "one") is None


@pytest.mark.asyncio
async def test_a_jpeg_of_many_scans_is_refused_before_it_is_decoded(
    sandbox: ImageSandbox, tmp_path: Path
) -> None:
    """Decoding it would end at the child's limit, after ten seconds."""
    error = await judge(sandbox, jpeg_of_scans(500), tmp_path / "one")

    assert error is not None
    assert error.params == {"reason": "many_scans"}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "content",
    [
        jpeg_of_scans(20, 64),
        saved("JPEG", comment=b"\xff\xda\x00\x02" * 100),
        saved("JPEG") + b"\xff\xda\x00\x02" * 100,
        saved("JPEG", (640, 640), restart_marker_blocks=1),
    ],
    ids=["some scans", "a comment", "a film behind it", "restart markers"],
)
async def test_other_jpegs_are_not_taken_for_one(
    content: bytes, sandbox: ImageSandbox, tmp_path: Path
) -> None:
    assert await judge(sandbox, content, tmp_path / "one") is None


def mutate(content: bytes, chance: random.Random) -> bytes:
    mutant = bytearray(content)
    match chance.randrange(4):
        case 0:
            for _ in range(chance.randrange(1, 20)):
                mutant[chance.randrange(len(mutant))] ^= 1 << chance.randrange(8)
        case 1:
            del mutant[chance.randrange(len(mutant)) :]
        case 2:
            start, length = chance.randrange(len(mutant)), chance.randrange(1, 200)
            mutant[start : start + length] = chance.randbytes(length)
        case _:
            head = min(len(mutant), 64)
            mutant[chance.randrange(head)] = chance.randrange(256)
    return bytes(mutant)


@pytest.mark.asyncio
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "HEIF"])
async def test_a_mutant_passes_or_is_refused_by_one_of_our_codes(
    format_name: str, sandbox: ImageSandbox, tmp_path: Path
) -> None:
    chance = random.Random(f"mutants of {format_name}")
    good = saved(format_name)
    mutants = [mutate(good, chance) for _ in range(100)]

    errors = await asyncio.gather(
        *(judge(sandbox, mutant, tmp_path / str(n)) for n, mutant in enumerate(mutants))
    )

    assert {error.code for error in errors if error is not None} <= CODES
    assert "child_died" not in {error.params.get("reason") for error in errors if error is not None}
