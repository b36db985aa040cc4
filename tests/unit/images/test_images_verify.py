"""Finished pictures: whole, of the wanted size, free of what the worker wrote into them."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from shared.domain.workflow import Size
from shared.errors import PermanentError
from shared.images.sandbox import ImageSandbox

SECRET = b"the-whole-workflow"


def saved(format_name: str = "PNG", size: tuple[int, int] = (512, 256), **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(buffer, format_name, **options)
    return buffer.getvalue()


def with_text() -> bytes:
    info = PngInfo()
    info.add_text("workflow", SECRET.decode())
    return saved(pnginfo=info)


def write(folder: Path, content: bytes) -> Path:
    source = folder / "result.bin"
    source.write_bytes(content)
    return source


@pytest.mark.asyncio
async def test_a_plain_png_keeps_its_bytes(
    sandbox: ImageSandbox, tmp_path: Path, out_dir: Path
) -> None:
    content = saved()

    result = await sandbox.verify_result(write(tmp_path, content), out_dir, Size(512, 256))

    assert not result.reencoded
    assert result.picture.path.read_bytes() == content
    assert result.picture.path == out_dir / "output.png"
    assert result.picture.sha256 == hashlib.sha256(content).hexdigest()
    assert (result.picture.width, result.picture.height) == (512, 256)
    assert result.picture.size_bytes == len(content)
    assert (result.thumbnail.format, result.thumbnail.width, result.thumbnail.height) == (
        "webp",
        384,
        192,
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "make",
    [
        with_text,
        lambda: saved() + SECRET,
        lambda: saved("JPEG", comment=SECRET),
        lambda: saved("WEBP", xmp=SECRET),
        lambda: saved(dpi=(72, 72)),
    ],
    ids=["text chunk", "trailing bytes", "jpeg", "webp", "resolution"],
)
async def test_anything_but_pixels_is_taken_out(
    make: Callable[[], bytes], sandbox: ImageSandbox, tmp_path: Path, out_dir: Path
) -> None:
    result = await sandbox.verify_result(write(tmp_path, make()), out_dir)

    content = result.picture.path.read_bytes()
    assert result.reencoded
    assert (result.picture.format, result.picture.content_type) == ("png", "image/png")
    assert content.startswith(b"\x89PNG")
    assert SECRET not in content + result.thumbnail.path.read_bytes()
    assert b"pHYs" not in content


@pytest.mark.asyncio
async def test_a_small_result_is_its_own_thumbnail_size(
    sandbox: ImageSandbox, tmp_path: Path, out_dir: Path
) -> None:
    result = await sandbox.verify_result(write(tmp_path, saved(size=(100, 50))), out_dir)

    assert (result.thumbnail.width, result.thumbnail.height) == (100, 50)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"", "unsupported_format"),
        (lambda: b"<html>not a picture</html>", "unsupported_format"),
        (lambda: saved("GIF"), "unsupported_format"),
        (lambda: saved("TIFF"), "unsupported_format"),
        (lambda: saved()[:-5000], "OSError"),
        (lambda: saved(size=(256, 512)), "unexpected_size"),
        (lambda: saved(size=(4000, 2001)), "image_too_large"),
        (
            lambda: saved(save_all=True, append_images=[Image.new("RGB", (512, 256))]),
            "image_animated",
        ),
    ],
)
async def test_a_bad_result_is_refused(
    make: Callable[[], bytes],
    reason: str,
    sandbox: ImageSandbox,
    tmp_path: Path,
    out_dir: Path,
) -> None:
    with pytest.raises(PermanentError) as caught:
        await sandbox.verify_result(write(tmp_path, make()), out_dir, Size(512, 256))

    assert caught.value.code == "provider_result_invalid"
    assert caught.value.params == {"reason": reason}
