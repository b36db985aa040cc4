"""What people want and how patient they are, drawn from a seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.load.pictures import KINDS, Photo

EDITS: Final = 0.8
LOOKS: Final = 0.2
"""People whose browser or program asks every second in place of listening."""

CANCELS: Final = 0.05
DELETES: Final = 0.03
RATIOS: Final = ("1:1", "9:16", "16:9")
PROMPTS: Final = (
    "ทำให้เป็นขาวดำ",
    "เปลี่ยนท้องฟ้าให้เป็นตอนเย็น แสงอุ่น ๆ",
    "ทำให้ภาพนุ่มนวลเหมือนฟิล์มเก่า",
    "warm evening light, film look",
    "make it look like a rainy night",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One job that somebody asks for.

    Attributes:
        photo: what is to be changed; None asks for a new picture.
        listens: hears live events; whoever does not asks every second.
        patience_seconds: cancels so long after the job was accepted; None waits for its end.
        deletes: deletes the job when it is done.
        pause_seconds: until the next wish, or before the first one.
    """

    prompt: str
    ratio: str
    photo: Photo | None
    listens: bool
    patience_seconds: float | None
    deletes: bool
    pause_seconds: float


def wishes(seed: int, person: int, photos: Sequence[Photo], pause_seconds: float) -> Iterator[Wish]:
    """Yield what one person wants, without end; pauses vary by half around `pause_seconds`."""
    chance = random.Random(f"{seed}-{person}")  # noqa: S311 - no secret
    listens = chance.random() >= LOOKS
    shares = [kind.share for kind in KINDS]
    while True:
        photo = chance.choices(photos, weights=shares)[0] if chance.random() < EDITS else None
        cancels = chance.random() < CANCELS
        yield Wish(
            prompt=chance.choice(PROMPTS),
            ratio=chance.choice(RATIOS),
            photo=photo,
            listens=listens,
            patience_seconds=chance.uniform(0, 3) if cancels else None,
            deletes=chance.random() < DELETES,
            pause_seconds=pause_seconds * chance.uniform(0.5, 1.5),
        )
