"""An upload made safe and small, inside the child: judged by its bytes, decoded, cleaned."""

from math import sqrt
from pathlib import Path
from typing import Final

from PIL import Image

from shared.images.encode import Encoding, write_picture
from shared.images.pictures import PreparedUpload, UploadLimits, UploadReport
from shared.images.pixels import flatten, has_location, make_plain, orientation_of, shrink
from shared.images.probe import FORMATS, check_scans, check_size, check_still, open_picture

_ACCEPTED: Final = ("JPEG", "PNG", "WEBP", "HEIF")


def prepare_upload(source: Path, out_dir: Path, limits: UploadLimits) -> PreparedUpload:
    """Write the cleaned original and the model input of an upload.

    Raises:
        InvalidInput: for a picture that we refuse; any other exception means a damaged one.
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
        source_format = FORMATS[image.format or ""]
        image.load()
        orientation, located = orientation_of(image), has_location(image)
        # pillow-heif turns the pixels itself and keeps what it undid under this name.
        turned = orientation != 1 or image.info.get("original_orientation") not in {None, 1}
        plain = make_plain(image, orientation)
    encoding = _choose_encoding(source_format, plain)
    small = flatten(_fit(plain, limits.model_input_pixels))
    return PreparedUpload(
        original=write_picture(plain, out_dir, "original", encoding),
        model_input=write_picture(small, out_dir, "input", Encoding.MODEL_JPEG),
        report=UploadReport(
            source_format=source_format,
            orientation_applied=turned,
            had_location=located,
            converted_from=None if source_format == encoding.format else source_format,
        ),
    )


def _choose_encoding(source_format: str, image: Image.Image) -> Encoding:
    if source_format == "webp":
        return Encoding.PHOTO_WEBP
    if source_format == "png" or image.mode == "RGBA":
        return Encoding.PNG
    return Encoding.PHOTO_JPEG


def _fit(image: Image.Image, pixels: int) -> Image.Image:
    width, height = image.size
    if width * height <= pixels:
        return image
    factor = sqrt(pixels / (width * height))
    return shrink(image, (max(1, int(width * factor)), max(1, int(height * factor))))
