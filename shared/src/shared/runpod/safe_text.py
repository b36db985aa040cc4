"""RunPod's texts made fit for a log line: short, on one line, no picture data, no keys."""

import re
from typing import Final

LIMIT_CHARACTERS: Final = 2048

_SECRETS: Final = re.compile(r"\b(?:rpa|rp|sk)_[A-Za-z0-9_-]{8,}|(?i:bearer)\s+\S+")
_SIGNATURE: Final = re.compile(r"(?i)(x-amz-[a-z-]+|signature|token|key)=[^&\s\"']+")
_DATA: Final = re.compile(r"[A-Za-z0-9+/_-]{120,}={0,2}")
_INVISIBLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def safe_text(text: str) -> str:
    """Return at most 2 KB of a text without data, secrets and control characters."""
    cut = text[: 4 * LIMIT_CHARACTERS]
    cut = _SECRETS.sub("[key]", cut)
    cut = _SIGNATURE.sub(r"\1=[hidden]", cut)
    cut = _DATA.sub("[data]", cut)
    return _INVISIBLE.sub(" ", cut).strip()[:LIMIT_CHARACTERS]
