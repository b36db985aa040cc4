"""Photos as phones make them, made cheaply."""

from pathlib import Path
from typing import Final

from PIL import Image

SAMPLE: Final = Path(__file__).parents[2] / "frontend" / "public" / "sample" / "before.webp"
"""A photo that looks like one, for the gallery."""

LONG_EDGE: Final = 2048
"""Photos with a longer one are made smaller before they are sent."""

HUGE: Final = (12_000, 9_000)
"""108 megapixels, as the large sensors of phones have them."""


def huge_jpeg(folder: Path) -> Path:
    """Return a photo of 108 megapixels; two halves, so that one can tell which way it is."""
    path = folder / "huge.jpg"
    picture = Image.new("RGB", HUGE, (120, 160, 200))
    picture.paste((70, 110, 70), (0, HUGE[1] // 2, *HUGE))
    picture.save(path, quality=60)
    return path


def large_jpeg(folder: Path) -> Path:
    """Return a photo of more than a megabyte that is sent as it is: it is grainy, and just fits."""
    path = folder / "large.jpg"
    picture = Image.open(SAMPLE).convert("RGB").resize((LONG_EDGE, LONG_EDGE * 2 // 3))
    grain = Image.effect_noise(picture.size, 60).convert("RGB")
    Image.blend(picture, grain, 0.3).save(path, quality=90)
    return path
