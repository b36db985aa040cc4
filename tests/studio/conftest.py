"""The studio in a real Chromium, served by the running product."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.stack import Stack
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from local_stack.browsers import QUICK
from studio.browser import ARGS, DESKTOP, PHONE, new_visitor
from studio.scene import Scene
from studio.studio_page import Place, Studio

# Where a test names no time it is about what happens, on a machine however busy.
expect.set_options(timeout=15_000)

TWO_PLACES = [Place("en", *DESKTOP), Place("th", *PHONE)]


@pytest.fixture
def address(stack: Stack) -> str:
    """Where the studio is."""
    return stack.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a file.

    Not for longer: a living sync Playwright keeps an event loop running, which async tests forbid.
    """
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=QUICK.find(), args=ARGS)
        yield instance
        instance.close()


@pytest.fixture(params=TWO_PLACES, ids=str)
def place(request: pytest.FixtureRequest) -> Place:
    value = request.param
    assert isinstance(value, Place)
    return value


@pytest.fixture
def context(browser: Browser, place: Place) -> Iterator[BrowserContext]:
    with new_visitor(browser, place) as visitor:
        yield visitor


@pytest.fixture
def studio(address: str, context: BrowserContext, place: Place) -> Iterator[Studio]:
    """The studio, open; a test fails as well when the browser had anything to complain of."""
    opened = Studio(context.new_page(), address, place)
    opened.open()
    yield opened
    assert opened.complaints == []


@pytest.fixture(scope="module")
def scene(
    request: pytest.FixtureRequest,
    running_stack: Stack,
    browser: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """A state, brought about once for all who look at it."""
    folder = tmp_path_factory.mktemp("scene")
    with Scene(request.param, running_stack, browser, folder) as scene:
        yield scene


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo with something in it: a sky, a hill, a sun."""
    path = tmp_path_factory.mktemp("photos") / "holiday.jpg"
    sky = Image.linear_gradient("L").resize((900, 600)).convert("RGB")
    sky.paste((90, 130, 90), (0, 420, 900, 600))
    sky.paste((250, 220, 140), (640, 120, 740, 220))
    sky.save(path, quality=85)
    return path
