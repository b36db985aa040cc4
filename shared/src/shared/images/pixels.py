"""Pixels made plain inside the child: upright, sRGB, eight bits, nothing beside them."""

import io
from typing import Final

from PIL import Image, ImageCms

_ORIENTATION_TAG: Final = 0x0112
_GPS_TAG: Final = 0x8825
_TRANSPOSITIONS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each value of the EXIF orientation. Source: EXIF 2.32, tag 0x0112."""

_PROFILE_LIMIT_BYTES: Final = 4 * 1024 * 1024
_SIXTEEN_TO_EIGHT_BITS: Final = 1 / 257


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 when there is none or it cannot be read."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - broken metadata is no reason to refuse a photo
        return 1
    return value if value in _TRANSPOSITIONS else 1


def has_location(image: Image.Image) -> bool:
    """Say whether the EXIF data names a place."""
    try:
        return bool(image.getexif().get_ifd(_GPS_TAG))
    except Exception:  # noqa: BLE001 - as above
        return False


def make_plain(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture upright in sRGB as L, RGB or RGBA, with no metadata.

    Where there is nothing to change it is the same picture: a copy of a photo costs as much as
    reading it. A colour profile that cannot be used is ignored, as browsers do.
    """
    profile = image.info.get("icc_profile")
    plain = _to_eight_bits(image)
    if isinstance(profile, bytes) and 0 < len(profile) <= _PROFILE_LIMIT_BYTES:
        plain = _to_srgb(plain, profile)
    if plain.mode == "CMYK":
        plain = plain.convert("RGB")
    if orientation in _TRANSPOSITIONS:
        plain = plain.transpose(_TRANSPOSITIONS[orientation])
    plain.info = {}
    return plain


def shrink(image: Image.Image, size: tuple[int, int], *, reducing_gap: float = 3.0) -> Image.Image:
    """Return the picture at a smaller size.

    A gap of 1 averages whole pixels first, which takes a third of the time and shows only at a
    closer look than a thumbnail gets.
    """
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=reducing_gap)


def fit_side(image: Image.Image, side_px: int) -> Image.Image:
    """Return the picture with a longer side of at most ``side_px``, for a quick look."""
    factor = side_px / max(image.size)
    if factor >= 1:
        return image
    width, height = image.size
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return shrink(image, size, reducing_gap=1.0)


def flatten(image: Image.Image) -> Image.Image:
    """Return the picture as RGB, what is see-through on white."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _to_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        scaled = image.convert("F").point(lambda value: value * _SIXTEEN_TO_EIGHT_BITS + 0.0)
        return scaled.convert("L")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in {"L", "RGB", "CMYK"}:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        converted = ImageCms.profileToProfile(
            image,
            source,
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if image.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image
    return image if converted is None else converted
