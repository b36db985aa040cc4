"""Marks that a reader hands back to go on where it stopped; opaque to it."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from shared.errors import InvalidInput

PAGE_CURSOR: Final = "^[A-Za-z0-9_-]{21}[AQgw]$"
"""What the mark of a page looks like: 16 bytes in base64, with no bit left over."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_UUID_BYTES: Final = 16
_TIME_BYTES: Final = 8


def page_cursor(last: UUID) -> str:
    """Return the mark behind a job on a page."""
    return _encode(last.bytes)


def read_page_cursor(text: str) -> UUID:
    """Return the job that a mark stands behind.

    Raises:
        InvalidInput: ``cursor_invalid``.
    """
    raw = _decode(text, _UUID_BYTES)
    if raw is None:
        raise InvalidInput("cursor_invalid")
    return UUID(bytes=raw)


def time_cursor(at: datetime) -> str:
    """Return the mark of an instant in an account's stream."""
    return _encode(((at - _EPOCH) // _MICROSECOND).to_bytes(_TIME_BYTES, "big"))


def read_time_cursor(text: str) -> datetime | None:
    """Return the instant of a mark; None when it is none of ours, so that a stream starts anew."""
    raw = _decode(text, _TIME_BYTES)
    try:
        return None if raw is None else _EPOCH + int.from_bytes(raw, "big") * _MICROSECOND
    except OverflowError:
        return None


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _decode(text: str, length: int) -> bytes | None:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == length and _encode(raw) == text else None
