"""From a request to a PNG: fit or draw, apply the effects the prompt asks for, mark the result."""

import io
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from runpod_simulator.effects import apply_effect, signature_look
from runpod_simulator.landscapes import draw_landscape
from runpod_simulator.prompt_words import Effect, effects_in
from runpod_simulator.provenance import draw_code, expected_code

FALLBACK_SIZE: Final = (1024, 1024)
_PNG_LEVEL: Final = 2
_DRAWN_ALREADY: Final = frozenset({Effect.NIGHT, Effect.WARM_EVENING})
"""A drawn landscape has these in its sky."""
_CAPTION: Final = "SIMULATED"


class UnreadablePictureError(Exception):
    """The input bytes are no picture that Pillow can open."""


def paint(
    *,
    prompt: str,
    negative_prompt: str,
    seed: int,
    size: tuple[int, int] | None,
    input_image: bytes | None,
    inverted: bool = False,
) -> bytes:
    """Edit the input picture, or draw one, and return it as PNG.

    Args:
        prompt: English or Thai; its words choose the effects, and they combine.
        negative_prompt: Only part of the code.
        seed: Varies what is left to chance.
        size: Width and height in pixels; None keeps the size of the input picture.
        input_image: Any format Pillow reads, or None for text-to-image.
        inverted: The workflow itself inverts the picture.

    Raises:
        UnreadablePictureError: The input is broken or no picture.
    """
    if input_image is None:
        image = draw_landscape(size or FALLBACK_SIZE, prompt, seed)
    else:
        image = load_picture(input_image, size)
    effects = [e for e in effects_in(prompt) if input_image is not None or e not in _DRAWN_ALREADY]
    for effect in effects:
        image = apply_effect(image, effect, seed)
    if input_image is not None and not effects and not inverted:
        image = signature_look(image, seed)
    if inverted:
        image = ImageOps.invert(image)
    _draw_caption(image)
    code = expected_code(
        prompt=prompt,
        negative_prompt=negative_prompt,
        seed=seed,
        width=image.width,
        height=image.height,
        input_image=input_image,
    )
    draw_code(image, code)
    return _as_png(image)


def load_picture(data: bytes, size: tuple[int, int] | None) -> Image.Image:
    """Open a picture as LoadImage does and crop it around its centre to fill a size.

    Source: ComfyUI nodes.py, LoadImage turns the picture as EXIF says and drops the alpha channel.

    Raises:
        UnreadablePictureError: The bytes are broken or no picture.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if size is not None:
                opened.draft("RGB", (size[0], size[1]))
            image = ImageOps.exif_transpose(opened).convert("RGB")
    except UnidentifiedImageError as error:
        message = "cannot identify image file"
        raise UnreadablePictureError(message) from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadablePictureError(str(error)) from error
    if size is None:
        return image
    return ImageOps.fit(image, size, Image.Resampling.BICUBIC)


def _draw_caption(image: Image.Image) -> None:
    height = max(8, min(image.size) // 56)
    font = ImageFont.load_default(height)
    margin = height
    left, top, right, bottom = font.getbbox(_CAPTION)
    width, text_height = right - left, bottom - top
    pad = height * 0.6
    if width + 4 * pad > image.width * 0.6:
        return
    x0, y1 = float(margin), float(image.height - margin)
    box = (x0, y1 - text_height - 2 * pad, x0 + width + 2.4 * pad, y1)
    veil = Image.new("L", image.size, 0)
    ImageDraw.Draw(veil).rounded_rectangle(box, radius=(box[3] - box[1]) / 2, fill=110)
    image.paste((16, 18, 24), (0, 0), veil)
    at = (box[0] + 1.2 * pad - left, box[1] + pad - top)
    ImageDraw.Draw(image).text(at, _CAPTION, font=font, fill=(255, 255, 255))


def _as_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=_PNG_LEVEL)
    return buffer.getvalue()
