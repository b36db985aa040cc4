"""What a camera or a worker wrote beside the pixels is gone, as a parser of our own sees it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from attack.parts import parts_beside_pixels
from attack.specimens import (
    CANARY,
    FORMATS,
    jpeg_segment,
    jpeg_with,
    png_chunk,
    png_chunks,
    png_of,
    specimen,
)
from shared.images.sandbox import ImageSandbox

THUMBNAIL = jpeg_segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\1\1" + CANARY[:3])
UPLOADS = {
    **{name: specimen(name, 0) for name in FORMATS},
    "IPTC": jpeg_with(specimen("PROGRESSIVE", 0), jpeg_segment(0xED, b"Photoshop 3.0\0" + CANARY)),
    "a thumbnail": jpeg_with(specimen("PROGRESSIVE", 0), THUMBNAIL),
    "a comment": jpeg_with(specimen("PROGRESSIVE", 0), jpeg_segment(0xFE, CANARY)),
    "a film behind it": specimen("JPEG", 0) + b"\0\0\0\x18ftypmp42" + CANARY,
    "a time and a place": png_of(
        *png_chunks(specimen("PNG", 0))[:1],
        png_chunk(b"tIME", b"\x07\xea\x0b\x15\0\0\0"),
        png_chunk(b"tEXt", b"workflow\0" + CANARY),
        *png_chunks(specimen("PNG", 0))[1:-1],
    ),
}
WITHOUT_ANY = {"PALETTE", "DEEP"}


@pytest_asyncio.fixture(name="sandbox")
async def _sandbox() -> AsyncIterator[ImageSandbox]:
    async with ImageSandbox() as started:
        yield started


def check_bare(path: Path) -> None:
    content = path.read_bytes()
    assert parts_beside_pixels(content) == []
    assert CANARY not in content


@pytest.mark.asyncio
@pytest.mark.parametrize("name", UPLOADS)
async def test_uploads_and_results_are_nothing_but_pixels(
    name: str, sandbox: ImageSandbox, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(UPLOADS[name])

    prepared = await sandbox.prepare_upload(source, tmp_path)

    check_bare(prepared.original.path)
    check_bare(prepared.model_input.path)
    if name != "HEIF":
        result = await sandbox.verify_result(source, tmp_path)
        check_bare(result.picture.path)
        check_bare(result.thumbnail.path)


@pytest.mark.parametrize("name", sorted(UPLOADS.keys() - WITHOUT_ANY - {"HEIF"}))
def test_the_parser_sees_what_is_there(name: str) -> None:
    assert parts_beside_pixels(UPLOADS[name])


@pytest.mark.parametrize("name", sorted(WITHOUT_ANY))
def test_the_parser_sees_nothing_where_nothing_is(name: str) -> None:
    assert parts_beside_pixels(UPLOADS[name]) == []
