"""A part of the studio does not come: it is asked for until it does, and nothing is lost by it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from local_stack.browsers import QUICK
from studio.browser import ARGS, PHONE
from studio.studio_page import JOB_TIMEOUT_MS, Place, Studio

pytestmark = pytest.mark.parametrize("place", [Place("th", *PHONE)], indirect=True, ids=str)

OLDER: Final = "--disable-blink-features=ModuleMapDoNotCacheFailedFetch"
"""Until 2026 Chromium remembered of a module that it did not come, and never asked for it again."""
LOST: Final = re.compile(r"net::ERR_|status of 503|dynamically imported module")
TEXT: Final = "Snow on a winter morning"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=QUICK.find(), args=[*ARGS, OLDER])
        yield instance
        instance.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def studio(page: Page, address: str, place: Place) -> Iterator[Studio]:
    """The studio, not yet open; what the browser notes of lost files is forgiven."""
    there = Studio(page, address, place)
    yield there
    assert [text for text in there.complaints if not LOST.search(text)] == []


Lose = Callable[..., Callable[[], None]]


@pytest.fixture
def lose(page: Page) -> Lose:
    """Lose the files of a name, until what is answered is called: it waits for a first loss."""
    # With its last route Playwright gives up intercepting, and what is held for ever would go on.
    page.route("**/nothing", lambda route: route.abort())

    def lose(name: str, how: str = "cut") -> Callable[[], None]:
        pattern = f"**/assets/{name}"
        lost: list[str] = []

        def refuse(route: Route) -> None:
            lost.append(route.request.url)
            if how == "cut":
                route.abort("connectionfailed")
            elif how == "503":
                route.fulfill(status=503)

        def find() -> None:
            for _ in range(JOB_TIMEOUT_MS // 100):
                if lost:
                    break
                page.wait_for_timeout(100)
            assert lost
            page.unroute(pattern, refuse)

        page.route(pattern, refuse)
        return find

    return lose


@pytest.mark.parametrize("how", ["cut", "503", "silence"])
@pytest.mark.parametrize("file", ["stage-done*.js", "report-sheet*.js", "stage-done*.css"])
def test_the_picture_is_shown_in_the_end(studio: Studio, lose: Lose, file: str, how: str) -> None:
    find = lose(file, how)
    studio.open()
    studio.without_photo()
    studio.write(TEXT)
    studio.generate()
    find()
    studio.await_done()
    assert styled(studio.page, "stage-done")
    expect(studio.prompt).to_have_value(TEXT)


def styled(page: Page, name: str) -> bool:
    """Say whether the styles of a part are there."""
    seen = page.evaluate(
        """() => [...document.styleSheets]
            .filter((sheet) => sheet.cssRules.length > 0)
            .map((sheet) => sheet.href ?? '')"""
    )
    return any(f"/{name}" in href for href in seen)


@pytest.mark.parametrize("file", ["screen*.js", "use-history*.js", "screen*.css"])
def test_a_screen_comes_in_the_end(studio: Studio, lose: Lose, file: str) -> None:
    find = lose(file)
    studio.open()
    studio.write(TEXT)
    way = studio.page.get_by_test_id("tabs").get_by_role("link")
    way.nth(1).click()
    find()
    expect(studio.page.locator("#search")).to_be_visible(timeout=JOB_TIMEOUT_MS)
    way.nth(0).click()
    expect(studio.prompt).to_have_value(TEXT)


def test_a_photo_is_taken_once_its_code_is_there(studio: Studio, lose: Lose, photo: Path) -> None:
    find = lose("prepare*")
    studio.open()
    find()
    studio.add_photo(photo)


def test_a_page_without_its_words_comes_alive(studio: Studio, lose: Lose) -> None:
    find = lose(f"{studio.place.lang}-*")
    studio.page.goto(f"{studio.address}/{studio.place.lang}")
    find()
    expect(studio.page.get_by_test_id("credits")).to_be_visible(timeout=JOB_TIMEOUT_MS)


def test_a_screen_opened_by_its_address_comes_alive(studio: Studio, lose: Lose) -> None:
    find = lose("screen*.js")
    studio.page.goto(f"{studio.address}/{studio.place.lang}/history")
    find()
    expect(studio.page.get_by_test_id("credits")).to_be_visible(timeout=JOB_TIMEOUT_MS)


def test_the_other_language_comes_in_the_end(studio: Studio, lose: Lose) -> None:
    find = lose("en-*")
    studio.open()
    studio.write(TEXT)
    studio.page.locator("#language").click()
    find()
    expect(studio.page.locator("html")).to_have_attribute("lang", "en", timeout=JOB_TIMEOUT_MS)
    expect(studio.prompt).to_have_value(TEXT)
