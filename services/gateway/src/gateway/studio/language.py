"""Which of the studio's languages a browser prefers; pure."""

from typing import Final

from gateway.studio.weights import by_weight

LANGUAGES: Final = ("th", "en")
DEFAULT: Final = "th"
COOKIE: Final = "ob_lang"
"""Keeps what somebody chose in the studio."""


def preferred(accept_language: str, chosen: str | None = None) -> str:
    """Return what was chosen, or the first of ours by a browser's weights; Thai without either."""
    if chosen in LANGUAGES:
        return chosen
    tags = (tag.split("-")[0] for tag in by_weight(accept_language))
    return next((tag for tag in tags if tag in LANGUAGES), DEFAULT)
