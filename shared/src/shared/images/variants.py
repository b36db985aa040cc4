"""Another form of a picture of our own, made inside the child."""

from pathlib import Path
from typing import Final

from shared.domain.variants import PictureFormat, Variant
from shared.images.encode import write_variant
from shared.images.pictures import Picture, UploadLimits
from shared.images.pixels import fit_side, flatten, make_plain, orientation_of
from shared.images.probe import check_size, check_still, open_picture

_ACCEPTED: Final = ("PNG", "JPEG", "WEBP")


def make_variant(source: Path, out_dir: Path, variant: Variant, limits: UploadLimits) -> Picture:
    """Write a picture in another format or smaller; a small one is never made larger.

    Raises:
        InvalidInput: for a picture that is none of ours; any other exception means a damaged one.
    """
    with open_picture(source, _ACCEPTED) as image:
        check_size(
            image, megapixels=limits.megapixels, max_side_px=limits.max_side_px, min_side_px=1
        )
        check_still(image)
        if variant.side_px is not None:
            # A JPEG can be read at a part of its size, which spares most of the work.
            image.draft("RGB", (variant.side_px, variant.side_px))
        image.load()
        plain = make_plain(image, orientation_of(image))
    if variant.side_px is not None:
        plain = fit_side(plain, variant.side_px)
    if variant.format is PictureFormat.JPEG:
        plain = flatten(plain)
    return write_variant(plain, out_dir, variant)
