"""Which jobs of a history somebody wants to see; pure."""

import unicodedata
from typing import Final

from shared.domain.job import STATES_OF_STATUS, JobState, Status
from shared.errors import InvalidInput

SEARCH_LIMIT: Final = 100
SEARCH_PATTERN: Final = rf"^[^\u0000-\u001f\u007f-\u009f]{{0,{SEARCH_LIMIT}}}$"
"""What a search looks like: some code points, no controls."""


def read_search(text: str | None) -> str | None:
    """Return what a prompt must contain, composed and stripped as prompts are; None for anything.

    Raises:
        InvalidInput: ``search_invalid``.
    """
    if text is None:
        return None
    if len(text) > SEARCH_LIMIT or any(unicodedata.category(sign) == "Cc" for sign in text):
        raise InvalidInput("search_invalid", limit=SEARCH_LIMIT)
    return unicodedata.normalize("NFC", text).strip() or None


def read_status(text: str | None) -> frozenset[JobState] | None:
    """Return the states of a public status; None for all.

    Raises:
        InvalidInput: ``status_unknown``.
    """
    if text is None:
        return None
    try:
        return STATES_OF_STATUS[Status(text)]
    except ValueError:
        raise InvalidInput("status_unknown", allowed=", ".join(Status)) from None
