"""The studio in a real Chromium, served by the running product."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.stack import Stack
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from studio.studio_page import Place, Studio

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = (1280, 800)
PHONE = (360, 740)
EVERYWHERE = [Place("en", *DESKTOP), Place("th", *PHONE)]


def chromium() -> str:
    names = (os.environ.get("CHROMIUM"), "chromium", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium: set CHROMIUM, or put chromium or google-chrome on PATH")
    return found


@pytest.fixture
def address(stack: Stack) -> str:
    """Where the studio is."""
    return stack.url


@pytest.fixture
def browser() -> Iterator[Browser]:
    # One per test: a living sync Playwright keeps an event loop running, which async tests forbid.
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        yield instance
        instance.close()


@pytest.fixture(params=EVERYWHERE, ids=str)
def place(request: pytest.FixtureRequest) -> Place:
    value = request.param
    assert isinstance(value, Place)
    return value


@pytest.fixture
def context(browser: Browser, place: Place) -> BrowserContext:
    return browser.new_context(
        viewport={"width": place.width, "height": place.height},
        has_touch=place.phone,
        is_mobile=place.phone,
        locale="th-TH" if place.lang == "th" else "en-GB",
        reduced_motion="reduce",
    )


@pytest.fixture
def studio(address: str, context: BrowserContext, place: Place) -> Iterator[Studio]:
    """The studio, open; a test fails as well when the browser had anything to complain of."""
    opened = Studio(context.new_page(), address, place)
    opened.open()
    yield opened
    assert opened.complaints == []


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo with something in it: a sky, a hill, a sun."""
    path = tmp_path_factory.mktemp("photos") / "holiday.jpg"
    sky = Image.linear_gradient("L").resize((900, 600)).convert("RGB")
    sky.paste((90, 130, 90), (0, 420, 900, 600))
    sky.paste((250, 220, 140), (640, 120, 740, 220))
    sky.save(path, quality=85)
    return path
