"""Which of the studio's languages a browser prefers; pure."""

from typing import Final

LANGUAGES: Final = ("th", "en")
DEFAULT: Final = "th"


def preferred(accept_language: str) -> str:
    """Return the first language of ours by a browser's weights; Thai when it names none."""
    wishes = [_weighted(entry) for entry in accept_language.split(",")[:20]]
    wishes.sort(key=lambda wish: -wish[1])
    for tag, weight in wishes:
        if weight > 0 and tag in LANGUAGES:
            return tag
    return DEFAULT


def _weighted(entry: str) -> tuple[str, float]:
    tag, _, options = entry.strip().partition(";")
    quality = options.replace(" ", "").partition("q=")[2]
    try:
        weight = float(quality) if quality else 1.0
    except ValueError:
        weight = 0.0
    return tag.split("-")[0].strip().lower(), weight
