"""The built studio is as light as was promised."""

from pathlib import Path

from budgets.limits import broken
from budgets.sizes import BuiltPage, sizes

DIST = Path(__file__).parents[2] / "frontend" / "dist"


def test_the_studio_keeps_its_budgets() -> None:
    measured = sizes(DIST)
    assert [str(one) for one in broken(measured)] == []


def test_the_pages_name_what_they_need() -> None:
    """What is weighed is there: a build that hides its files from us would weigh nothing."""
    page = BuiltPage(DIST, "th/index.html")
    assert page.files(".woff2")
    assert len(page.files(".js")) > 1
    assert "<style>" in page.html
    assert not page.files(".css")
    assert 'rel="preload" as="image"' not in page.html
