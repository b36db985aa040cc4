"""Photos of the kinds and sizes that people send, made once for a run."""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from PIL import Image

_CELL_PX: Final = 64
"""Between the large colour patches of a made-up photo."""

_GRAIN: Final = 0.06
"""How much of a made-up photo is noise; it sets how many bytes a megapixel takes."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture file and what a browser says of it."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of photo, and how many of a hundred uploads are of it."""

    share: int
    format: str
    width: int
    height: int
    quality: int = 88


KINDS: Final = (
    Kind(30, "JPEG", 1280, 960),
    Kind(25, "JPEG", 1080, 1920),
    Kind(20, "JPEG", 4032, 3024, quality=80),
    Kind(15, "PNG", 1024, 1024),
    Kind(10, "WEBP", 1600, 1200, quality=80),
)
"""Pictures out of chats, screens, a phone's own photos, pictures that were made here before."""


def make_photos(seed: int) -> Sequence[Photo]:
    """Return one photo of each of `KINDS`, in their order; the same for the same seed."""
    return [make_photo(kind, seed + number) for number, kind in enumerate(KINDS)]


def make_photo(kind: Kind, seed: int) -> Photo:
    """Return a photo of a kind; the same for the same seed."""
    size = kind.width, kind.height
    patches = kind.width // _CELL_PX, kind.height // _CELL_PX
    chance = random.Random(seed)  # noqa: S311 - no secret
    colours = Image.frombytes("RGB", patches, chance.randbytes(patches[0] * patches[1] * 3))
    grain = Image.frombytes("L", size, chance.randbytes(size[0] * size[1])).convert("RGB")
    picture = Image.blend(colours.resize(size, Image.Resampling.BICUBIC), grain, _GRAIN)
    file = io.BytesIO()
    picture.save(file, kind.format, quality=kind.quality)
    extension = kind.format.lower()
    return Photo(f"photo.{extension}", f"image/{extension}", file.getvalue())
