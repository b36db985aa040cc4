"""JPEG's scans counted before anything is decoded.

A progressive JPEG may go over all of its pixels again in a scan of six bytes: 170 KB of them kept a
decoder busy for more than ten seconds.
"""

import re
from typing import Final

MAX_SCANS: Final = 40
"""Cameras and encoders write up to a dozen; forty over 40 megapixels take about a second."""

_START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = 0xD9
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""

_NEXT_MARKER: Final = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)
"""In coded pixels 0xFF stands before a zero or a restart marker only."""


def count_scans(jpeg: bytes) -> int:
    """Return how many scans the first picture of a JPEG file has; what follows it is not read."""
    scans, at = 0, 2
    while (found := _NEXT_MARKER.search(jpeg, at)) is not None:
        marker, at = found[1][0], found.end()
        if marker == _END_OF_IMAGE:
            break
        if marker in _ALONE:
            continue
        scans += marker == _START_OF_SCAN
        at += int.from_bytes(jpeg[at : at + 2])
    return scans
