"""Looks for secrets in whatever a run leaves behind: logs, answers, messages, tables.

A canary is a value that is planted where something secret belongs. A leak may be written in another
way than the secret itself, so each canary is looked for in every spelling that our parts produce.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

SHORTEST_CANARY: Final = 8
"""Anything shorter is found in text that has nothing to do with it."""

AROUND: Final = 60
"""How many characters a hit shows before the canary and behind it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a canary was found.

    Attributes:
        canary: the name of the canary, never its value.
        where: the path of the file and its line, or the name of the text and its line.
        context: what stands around it, with the value itself blanked out.
    """

    canary: str
    where: str
    context: str


def hits(haystack: Iterable[Path] | Mapping[str, str], canaries: Mapping[str, str]) -> list[Hit]:
    """Return every place where a canary stands, one per line, name and spelling.

    Args:
        haystack: files, or folders that are searched to the bottom; or texts by a name for each.
        canaries: secret values by a name for each.

    Raises:
        ValueError: a canary is too short to be told from other text.
        OSError: a file cannot be read.
    """
    for name, value in canaries.items():
        if len(value) < SHORTEST_CANARY:
            message = f"the canary {name} has less than {SHORTEST_CANARY} characters"
            raise ValueError(message)
    spellings = {name: sorted(_spellings(value)) for name, value in canaries.items()}
    return [
        hit
        for where, text in _texts(haystack)
        if any(form in text for forms in spellings.values() for form in forms)
        for hit in _hits_in(where, text, spellings)
    ]


def _texts(haystack: Iterable[Path] | Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if isinstance(haystack, Mapping):
        yield from haystack.items()
        return
    for path in haystack:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                yield str(file), file.read_text(encoding="utf-8", errors="replace")


def _hits_in(where: str, text: str, spellings: Mapping[str, list[str]]) -> Iterator[Hit]:
    for number, line in enumerate(text.splitlines(), 1):
        for name, forms in spellings.items():
            for form in forms:
                at = line.find(form)
                if at >= 0:
                    before = line[max(0, at - AROUND) : at]
                    behind = line[at + len(form) : at + len(form) + AROUND]
                    yield Hit(name, f"{where}:{number}", f"{before}[{name}]{behind}")
                    break


def _spellings(value: str) -> set[str]:
    """Return a value as it is, and as URLs, JSON, repr, bytes, base64 and hexadecimal write it."""
    raw = value.encode()
    return {
        value,
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        json.dumps(value)[1:-1],
        repr(value)[1:-1],
        repr(raw)[2:-1],
        raw.hex(),
        *_base64_cores(raw),
    }


def _base64_cores(raw: bytes) -> Iterator[str]:
    """Yield what base64 makes of the value at each of the three places it can stand in a text.

    The signs at both ends depend on the neighbours, so they are left out.
    """
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw).decode("ascii")
        whole = len(raw) + shift
        core = encoded[(shift * 8 + 5) // 6 : whole * 8 // 6]
        if len(core) >= SHORTEST_CANARY:
            yield core
            yield core.replace("+", "-").replace("/", "_")
