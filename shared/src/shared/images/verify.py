"""A finished picture checked inside the child: whole, of the wanted size, and free of metadata."""

import shutil
from pathlib import Path
from typing import Final

from shared.domain.workflow import Size
from shared.errors import PermanentError
from shared.images.encode import Encoding, describe, write_picture
from shared.images.pictures import ResultLimits, VerifiedResult
from shared.images.pixels import fit_side, make_plain, orientation_of
from shared.images.probe import check_scans, check_size, check_still, open_picture

_ACCEPTED: Final = ("PNG", "JPEG", "WEBP")
_PIXEL_CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
"""A PNG with anything else, such as the text chunk in which ComfyUI keeps the whole workflow, is
written anew."""

_SIGNATURE_BYTES: Final = 8
_CHUNK_OVERHEAD_BYTES: Final = 12


def verify_result(
    source: Path, out_dir: Path, expected: Size | None, limits: ResultLimits
) -> VerifiedResult:
    """Write the checked picture as PNG, and its thumbnail.

    Raises:
        AppError: for a picture that we refuse; any other exception means a damaged one.
    """
    with open_picture(source, _ACCEPTED) as image:
        check_size(
            image,
            megapixels=limits.megapixels,
            max_side_px=limits.max_side_px,
            min_side_px=limits.min_side_px,
        )
        check_still(image)
        check_scans(image, source)
        if expected is not None and image.size != (expected.width, expected.height):
            raise PermanentError("provider_result_invalid", reason="unexpected_size")
        image.load()
        is_kept = image.format == "PNG" and _has_only_pixels(source.read_bytes())
        plain = make_plain(image, orientation_of(image))
        thumbnail = write_picture(
            fit_side(plain, limits.thumbnail_px), out_dir, "thumbnail", Encoding.THUMBNAIL_WEBP
        )
        if is_kept:
            path = Path(shutil.copyfile(source, out_dir / "output.png"))
            return VerifiedResult(describe(path, "png", plain.size), thumbnail, reencoded=False)
        picture = write_picture(plain, out_dir, "output", Encoding.PNG)
        return VerifiedResult(picture, thumbnail, reencoded=True)


def _has_only_pixels(png: bytes) -> bool:
    at = _SIGNATURE_BYTES
    while at + _CHUNK_OVERHEAD_BYTES <= len(png):
        length = int.from_bytes(png[at : at + 4])
        kind = png[at + 4 : at + 8]
        if kind not in _PIXEL_CHUNKS:
            return False
        at += length + _CHUNK_OVERHEAD_BYTES
        if kind == b"IEND":
            return length == 0 and at == len(png)
    return False
