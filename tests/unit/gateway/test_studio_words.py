"""The studio has words of its own for every code that the product knows."""

import re
from pathlib import Path
from typing import Final

import pytest

from shared.errors import CATALOGUE

CATALOG: Final = Path(__file__).parents[3] / "frontend" / "src" / "core" / "catalog"
LINE: Final = re.compile(r"^  (\w+):\s+'(.*)',$", re.MULTILINE)
NAMES: Final = re.compile(r"\{(\w+)")
KNOWN_OF_EVERY_REFUSAL: Final = {"request_id"}


@pytest.mark.parametrize("language", ["en", "th"])
def test_every_code_is_explained(language: str) -> None:
    words = dict(LINE.findall((CATALOG / f"errors.{language}.ts").read_text(encoding="utf-8")))
    assert sorted(set(CATALOGUE) - set(words)) == []
    for code, text in CATALOGUE.items():
        given = set(NAMES.findall(text.en)) | KNOWN_OF_EVERY_REFUSAL
        assert set(NAMES.findall(words[code])) <= given, code
