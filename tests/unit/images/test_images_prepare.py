"""Good uploads of every kind: upright, sRGB, clean, and small for the model."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageOps

from shared.images.pictures import Picture, PreparedUpload, UploadLimits
from shared.images.prepare import prepare_upload
from shared.images.probe import register_decoders

register_decoders()

SECRET = b"secret-of-the-photographer"
LOCATION = {1: "N", 2: (13.0, 45.0, 0.0), 3: "E", 4: (100.0, 30.0, 0.0)}


def scene(mode: str = "RGB", size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Return a picture whose four corners differ."""
    width, height = size
    image = Image.new("RGB", size, "red")
    image.paste("lime", (width // 2, 0, width, height // 2))
    image.paste("blue", (0, height // 2, width // 2, height))
    image.paste("white", (width // 2, height // 2, width, height))
    return image.convert(mode)


def exif(orientation: int = 1, *, location: bool = True) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = SECRET.decode()
    if location:
        tags[0x8825] = LOCATION
    return tags.tobytes()


def prepare(content: bytes, tmp_path: Path, out_dir: Path) -> PreparedUpload:
    source = tmp_path / "upload.bin"
    source.write_bytes(content)
    return prepare_upload(source, out_dir, UploadLimits())


def saved(image: Image.Image, format_name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def heic(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer, quality=90, **options)
    return buffer.getvalue()


def close(first: Image.Image, second: Image.Image) -> bool:
    """Compare the corners, which no encoder blurs that far from the edges."""
    if first.size != second.size:
        return False
    width, height = first.size
    points = [(x * width // 8, y * height // 8) for x in (1, 7) for y in (1, 7)]
    pairs = [(first.convert("RGB").getpixel(p), second.convert("RGB").getpixel(p)) for p in points]
    return all(
        isinstance(a, tuple)
        and isinstance(b, tuple)
        and all(abs(x - y) < 12 for x, y in zip(a, b, strict=True))
        for a, b in pairs
    )


def metadata_of(path: Path) -> set[str]:
    """Return the names of all parts of a file that are no pixels, read without Pillow."""
    data = path.read_bytes()
    if data.startswith(b"\x89PNG"):
        return _png_parts(data) - {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"}
    if data.startswith(b"RIFF"):
        return _webp_parts(data) - {"VP8 ", "VP8L", "VP8X", "ALPH"}
    return _jpeg_parts(data) - {"DB", "C0", "C1", "C2", "C4", "DA", "E0"}


def _png_parts(data: bytes) -> set[str]:
    at, names = 8, set()
    while at < len(data):
        names.add(data[at + 4 : at + 8].decode("latin-1"))
        at += 12 + int.from_bytes(data[at : at + 4])
    return names


def _webp_parts(data: bytes) -> set[str]:
    at, names = 12, set()
    while at < len(data):
        names.add(data[at : at + 4].decode("latin-1"))
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    return names


def _jpeg_parts(data: bytes) -> set[str]:
    at, names = 2, set()
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        names.add(f"{data[at + 1]:02X}")
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    assert data.endswith(b"\xff\xd9")
    return names


def check_described(picture: Picture, folder: Path) -> None:
    content = picture.path.read_bytes()
    assert picture.path.parent == folder
    assert picture.sha256 == hashlib.sha256(content).hexdigest()
    assert picture.size_bytes == len(content)
    assert SECRET not in content
    assert metadata_of(picture.path) == set()
    with Image.open(picture.path) as image:
        assert image.size == (picture.width, picture.height)
        assert image.format == picture.format.upper()


KINDS: list[tuple[str, Callable[[], bytes], str]] = [
    ("jpeg", lambda: saved(scene(), "JPEG", quality=95, exif=exif(), comment=SECRET), "jpeg"),
    ("jpeg grey", lambda: saved(scene("L"), "JPEG", quality=95, exif=exif()), "jpeg"),
    ("jpeg cmyk", lambda: saved(scene("CMYK"), "JPEG", quality=95, exif=exif()), "jpeg"),
    ("jpeg progressive", lambda: saved(scene(), "JPEG", progressive=True), "jpeg"),
    ("jpeg trailing bytes", lambda: saved(scene(), "JPEG", quality=95) + SECRET * 9, "jpeg"),
    ("mpo", lambda: saved(scene(), "MPO", save_all=True, append_images=[scene()]), "jpeg"),
    ("png", lambda: saved(scene(), "PNG", exif=exif()), "png"),
    ("png alpha", lambda: saved(scene("RGBA"), "PNG"), "png"),
    ("png grey alpha", lambda: saved(scene("LA"), "PNG"), "png"),
    ("png palette", lambda: saved(scene("P"), "PNG"), "png"),
    ("png palette alpha", lambda: saved(scene("P"), "PNG", transparency=250), "png"),
    ("png black and white", lambda: saved(scene("1"), "PNG"), "png"),
    ("png trailing bytes", lambda: saved(scene(), "PNG") + SECRET * 9, "png"),
    ("webp", lambda: saved(scene(), "WEBP", quality=95, exif=exif(), xmp=SECRET), "webp"),
    ("webp lossless alpha", lambda: saved(scene("RGBA"), "WEBP", lossless=True), "webp"),
    ("heic", lambda: heic(scene(), exif=exif()), "jpeg"),
    ("heic alpha", lambda: heic(scene("RGBA")), "png"),
]


@pytest.mark.parametrize(
    ("make", "format_name"), [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS]
)
def test_a_good_upload_of_any_kind_is_cleaned(
    make: Callable[[], bytes], format_name: str, tmp_path: Path, out_dir: Path
) -> None:
    prepared = prepare(make(), tmp_path, out_dir)

    check_described(prepared.original, out_dir)
    check_described(prepared.model_input, out_dir)
    assert prepared.original.format == format_name
    assert (prepared.original.width, prepared.original.height) == (96, 64)
    assert (prepared.model_input.format, prepared.model_input.content_type) == (
        "jpeg",
        "image/jpeg",
    )
    with Image.open(prepared.model_input.path) as small:
        assert (small.mode, small.size) == ("RGB", (96, 64))


@pytest.mark.parametrize("make", [lambda: saved(scene(), "PNG"), lambda: heic(scene())])
def test_the_pixels_stay(make: Callable[[], bytes], tmp_path: Path, out_dir: Path) -> None:
    prepared = prepare(make(), tmp_path, out_dir)

    with Image.open(prepared.original.path) as kept, Image.open(prepared.model_input.path) as small:
        assert close(kept, scene())
        assert close(small, scene())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_every_orientation_is_applied(
    orientation: int, format_name: str, tmp_path: Path, out_dir: Path
) -> None:
    content = saved(scene(), format_name, quality=95, exif=exif(orientation))
    with Image.open(io.BytesIO(content)) as turned:
        expected = ImageOps.exif_transpose(turned)

    prepared = prepare(content, tmp_path, out_dir)

    with Image.open(prepared.original.path) as kept, Image.open(prepared.model_input.path) as small:
        assert close(kept, expected)
        assert close(small, expected)
    assert prepared.report.orientation_applied is (orientation != 1)


@pytest.mark.parametrize(("location", "expected"), [(True, True), (False, False)])
def test_a_location_is_noticed_and_taken_out(
    *, location: bool, expected: bool, tmp_path: Path, out_dir: Path
) -> None:
    content = saved(scene(), "JPEG", exif=exif(location=location))

    prepared = prepare(content, tmp_path, out_dir)

    assert prepared.report.had_location is expected
    with Image.open(prepared.original.path) as kept:
        assert not kept.getexif().get_ifd(0x8825)


def test_the_report_names_a_conversion(tmp_path: Path, out_dir: Path) -> None:
    assert prepare(heic(scene()), tmp_path, out_dir).report.converted_from == "heic"
    assert prepare(saved(scene(), "PNG"), tmp_path, out_dir).report.converted_from is None


def test_a_colour_profile_is_applied_not_dropped(tmp_path: Path, out_dir: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    grey = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    for profile in (srgb, lab, grey, b"garbage", b"x" * 5_000_000):
        content = saved(scene(), "WEBP", lossless=True, icc_profile=profile)
        prepared = prepare(content, tmp_path, out_dir)
        with Image.open(prepared.original.path) as kept:
            assert close(kept, scene())


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path: Path, out_dir: Path) -> None:
    content = saved(Image.new("I;16", (64, 64), 32_896), "PNG")

    prepared = prepare(content, tmp_path, out_dir)

    with Image.open(prepared.original.path) as kept:
        assert kept.mode == "L"
        assert kept.getpixel((5, 5)) == 128


def test_what_is_see_through_is_white_for_the_model(tmp_path: Path, out_dir: Path) -> None:
    content = saved(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG")

    prepared = prepare(content, tmp_path, out_dir)

    with Image.open(prepared.model_input.path) as small:
        assert small.getpixel((32, 32)) == (255, 255, 255)
    with Image.open(prepared.original.path) as kept:
        assert kept.getpixel((32, 32)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1500, 1000), (1500, 1000)),
        ((3000, 2000), (1500, 1000)),
        ((12000, 100), (12000, 100)),
        ((32, 32), (32, 32)),
    ],
)
def test_the_model_input_is_only_ever_shrunk(
    size: tuple[int, int], expected: tuple[int, int], tmp_path: Path, out_dir: Path
) -> None:
    content = saved(Image.new("RGB", size, "teal"), "PNG")

    prepared = prepare(content, tmp_path, out_dir)

    assert (prepared.original.width, prepared.original.height) == size
    assert (prepared.model_input.width, prepared.model_input.height) == expected
