"""Other forms of our own pictures."""

from pathlib import Path

import pytest
from PIL import Image

from shared.domain.variants import QUALITIES, PictureFormat, Source, Variant
from shared.errors import PermanentError
from shared.images.sandbox import ImageSandbox

pytestmark = pytest.mark.asyncio


def a_picture(
    folder: Path, mode: str = "RGB", size: tuple[int, int] = (600, 400), kind: str = "PNG"
) -> Path:
    path = folder / f"source.{kind.lower()}"
    noise = Image.effect_noise(size, 60).convert(mode)
    if mode == "RGBA":
        noise.putalpha(0)
    noise.save(path, kind)
    return path


@pytest.mark.parametrize("kind", [PictureFormat.JPEG, PictureFormat.WEBP])
async def test_a_result_in_another_format_keeps_its_size(
    sandbox: ImageSandbox, tmp_path: Path, out_dir: Path, kind: PictureFormat
) -> None:
    source, sizes = a_picture(tmp_path), []
    for quality in QUALITIES:
        made = await sandbox.make_variant(source, out_dir, Variant(Source.RESULT, kind, quality))
        assert (made.format, made.content_type) == (kind, f"image/{kind}")
        assert (made.width, made.height) == (600, 400)
        with Image.open(made.path) as image:
            assert (image.format, image.size) == (kind.upper(), (600, 400))
        sizes.append(made.size_bytes)
    assert sizes == sorted(set(sizes)), "a better quality has more bytes"


@pytest.mark.parametrize("source", ["PNG", "JPEG", "WEBP"])
async def test_a_small_one_has_the_wanted_longer_side(
    sandbox: ImageSandbox, tmp_path: Path, out_dir: Path, source: str
) -> None:
    path = a_picture(tmp_path, size=(1600, 900), kind=source)
    made = await sandbox.make_variant(path, out_dir, Variant.small(Source.IMAGE, 384))
    assert (made.width, made.height, made.format) == (384, 216, "webp")


async def test_a_small_picture_is_not_made_larger(
    sandbox: ImageSandbox, tmp_path: Path, out_dir: Path
) -> None:
    path = a_picture(tmp_path, size=(20, 30))
    made = await sandbox.make_variant(path, out_dir, Variant.small(Source.IMAGE, 384))
    assert (made.width, made.height) == (20, 30)


@pytest.mark.parametrize("mode", ["L", "RGBA"])
async def test_what_is_see_through_is_white_where_a_format_has_no_such_thing(
    sandbox: ImageSandbox, tmp_path: Path, out_dir: Path, mode: str
) -> None:
    path = a_picture(tmp_path, mode)
    jpeg = await sandbox.make_variant(
        path, out_dir, Variant(Source.RESULT, PictureFormat.JPEG, 100)
    )
    with Image.open(jpeg.path) as image:
        assert image.mode == "RGB"
        if mode == "RGBA":
            assert image.getpixel((5, 5)) == (255, 255, 255)
    webp = await sandbox.make_variant(path, out_dir, Variant.small(Source.RESULT, 384))
    with Image.open(webp.path) as image:
        assert image.mode == ("RGBA" if mode == "RGBA" else "RGB")


async def test_the_same_picture_is_made_of_the_same_bytes(
    sandbox: ImageSandbox, tmp_path: Path, out_dir: Path
) -> None:
    path = a_picture(tmp_path)
    variant = Variant(Source.RESULT, PictureFormat.WEBP, 85)
    first = (await sandbox.make_variant(path, out_dir, variant)).sha256
    assert (await sandbox.make_variant(path, out_dir, variant)).sha256 == first


async def test_what_is_none_of_our_pictures_is_a_fault_of_ours(
    sandbox: ImageSandbox, tmp_path: Path, out_dir: Path
) -> None:
    path = tmp_path / "source"
    path.write_bytes(b"no picture")
    with pytest.raises(PermanentError) as caught:
        await sandbox.make_variant(path, out_dir, Variant.small(Source.RESULT, 384))
    assert caught.value.code == "internal_error"
