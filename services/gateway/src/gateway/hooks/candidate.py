"""Finds the job id at the head of a webhook without parsing a body of many megabytes; pure."""

import json
import re
from typing import Final

CANDIDATE: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\]:,]', re.DOTALL)
"""A text that does not end is a token up to the end: or each of its quotes would be tried anew, in
a time that grows with the square of the body."""
_OPENING: Final = frozenset({b"{", b"["})
_CLOSING: Final = frozenset({b"}", b"]"})


def find_candidate(head: bytes) -> str | None:
    """Return the text of the top-level ``"id"`` if it stands in `head` and looks like an id."""
    depth = 0
    previous: list[bytes] = [b"", b""]
    for match in _TOKEN.finditer(head):
        token = match.group()
        if depth == 1 and previous == [b'"id"', b":"]:
            return _as_candidate(token)
        depth += (token in _OPENING) - (token in _CLOSING)
        previous = [previous[1], token]
    return None


def _as_candidate(token: bytes) -> str | None:
    try:
        text = json.loads(token) if token.startswith(b'"') else None
    except ValueError:
        return None
    is_id = isinstance(text, str) and CANDIDATE.fullmatch(text) is not None
    return text if is_id else None
