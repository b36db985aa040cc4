"""A machine-readable mark in every simulated picture that says which request it belongs to.

A test that receives a picture computes the code it expects from what the user sent and reads the
code in the picture; they differ when a prompt, seed, size or upload got mixed up on the way.

The mark is a square of 12 x 12 cells in the bottom right corner: one white ring, one black ring,
and 8 x 8 cells that carry 64 bits, row by row, most significant bit first; black is 1.
"""

import hashlib
import json
from typing import Final

from PIL import Image, ImageDraw

CELLS: Final = 12
DATA_CELLS: Final = 8
CODE_BYTES: Final = DATA_CELLS * DATA_CELLS // 8
_RINGS: Final = (CELLS - DATA_CELLS) // 2
_SIDE_PER_CELL_PX: Final = 160
_LARGEST_CELL_PX: Final = 8
_MIDDLE: Final = 128


def expected_code(
    *,
    prompt: str,
    negative_prompt: str,
    seed: int,
    width: int,
    height: int,
    input_image: bytes | None,
) -> bytes:
    """Return the code of a request.

    Args:
        prompt: The positive prompt, exactly as in the workflow.
        negative_prompt: The negative prompt, exactly as in the workflow.
        seed: The sampler's seed.
        width: Width of the picture in pixels.
        height: Height of the picture in pixels.
        input_image: The bytes of the uploaded picture as the worker received them (after
            base64), or None for text-to-image.

    Returns:
        The first 8 bytes of a SHA-256.
    """
    picture = "" if input_image is None else hashlib.sha256(input_image).hexdigest()
    request = [prompt, negative_prompt, seed, width, height, picture]
    text = json.dumps(request, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:CODE_BYTES]


def draw_code(image: Image.Image, code: bytes) -> None:
    """Draw a code into the bottom right corner of an RGB picture, in place."""
    cell, left, top = _place(image)
    mark = Image.new("L", (CELLS, CELLS), 255)
    draw = ImageDraw.Draw(mark)
    draw.rectangle((1, 1, CELLS - 2, CELLS - 2), outline=0)
    bits = int.from_bytes(code, "big")
    for index in range(DATA_CELLS * DATA_CELLS):
        if bits >> (DATA_CELLS * DATA_CELLS - 1 - index) & 1:
            row, column = divmod(index, DATA_CELLS)
            mark.putpixel((_RINGS + column, _RINGS + row), 0)
    side = CELLS * cell
    image.paste(mark.resize((side, side), Image.Resampling.NEAREST), (left, top))


def read_code(image: Image.Image) -> bytes:
    """Read the code from a picture of unchanged size.

    Raises:
        ValueError: There is no mark in the bottom right corner.
    """
    cell, left, top = _place(image)
    side = CELLS * cell
    corner = image.crop((left, top, left + side, top + side)).convert("L")
    cells = corner.resize((CELLS, CELLS), Image.Resampling.BOX).tobytes()
    black = [[cells[y * CELLS + x] < _MIDDLE for x in range(CELLS)] for y in range(CELLS)]
    for y in range(CELLS):
        for x in range(CELLS):
            ring = min(x, y, CELLS - 1 - x, CELLS - 1 - y)
            if ring < _RINGS and black[y][x] is not (ring == 1):
                message = "no code in the bottom right corner"
                raise ValueError(message)
    bits = 0
    for row in black[_RINGS:-_RINGS]:
        for is_black in row[_RINGS:-_RINGS]:
            bits = bits << 1 | is_black
    return bits.to_bytes(CODE_BYTES, "big")


def _place(image: Image.Image) -> tuple[int, int, int]:
    """Return the side of a cell and the left and top edge of the mark, in pixels."""
    cell = max(1, min(_LARGEST_CELL_PX, min(image.size) // _SIDE_PER_CELL_PX))
    return cell, image.width - CELLS * cell, image.height - CELLS * cell
