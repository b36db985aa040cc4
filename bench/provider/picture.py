"""The picture that every job gets: a real PNG of about 64 KB that decodes to a megapixel."""

import io
import random
from typing import Final

from PIL import Image

SIDE_PX: Final = 1328
"""What the text-to-image model draws for the square; a product may insist on it."""

_CELLS: Final = 103
"""Squares of one colour on a side; so many give 64 KB."""


def make_picture(seed: int = 1) -> bytes:
    """Return the picture as PNG; the same for the same seed."""
    noise = random.Random(seed).randbytes(_CELLS * _CELLS * 3)  # noqa: S311 - no secret
    cells = Image.frombytes("RGB", (_CELLS, _CELLS), noise)
    file = io.BytesIO()
    cells.resize((SIDE_PX, SIDE_PX), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()
