"""Every code speaks both languages, and every code that the program raises is in the catalogue."""

import ast
import re
from pathlib import Path

import pytest

import shared.errors
from shared.errors import CATALOGUE, ErrorText

ROOT = Path(shared.errors.__file__).parents[3]
THAI = re.compile(r"[\u0e00-\u0e7f]")
PLACEHOLDER = re.compile(r"{(\w+)}")


@pytest.mark.parametrize(("code", "text"), CATALOGUE.items())
def test_a_code_has_both_languages_with_the_same_numbers(code: str, text: ErrorText) -> None:
    assert text.en.endswith("."), code
    assert THAI.search(text.th), code
    assert sorted(PLACEHOLDER.findall(text.en)) == sorted(PLACEHOLDER.findall(text.th)), code


def raised_codes() -> set[str]:
    """Return every literal code given to one of our errors in the sources."""
    names = {
        name
        for name, value in vars(shared.errors).items()
        if isinstance(value, type) and issubclass(value, shared.errors.AppError)
    }
    found: set[str] = set()
    for path in [*ROOT.glob("shared/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in names
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and isinstance(node.args[0].value, str)
            ):
                found.add(node.args[0].value)
    return found


def test_every_raised_code_is_in_the_catalogue() -> None:
    codes = raised_codes()
    assert codes
    assert codes <= set(CATALOGUE)
