"""The page itself: every width, plain speech about the simulator."""

import re
from pathlib import Path

import pytest
from e2e.stack import Stack
from playwright.sync_api import BrowserContext, Route, expect

from studio.browser import DESKTOP
from studio.look import small_targets
from studio.studio_page import Place, Studio

NARROW = [Place("th", 320, 640), Place("en", 320, 640)]


def test_the_simulator_is_spoken_of_plainly(studio: Studio) -> None:
    answer = studio.page.request.get(f"{studio.address}/v1/config")
    notice = studio.page.get_by_test_id("simulator")
    if answer.json()["simulator"]:
        expect(notice).to_contain_text(studio.word("simulator"))
    else:
        expect(notice).to_have_count(0)


def test_everything_can_be_hit_with_a_thumb(studio: Studio, photo: Path) -> None:
    assert small_targets(studio.page) == []
    studio.add_photo(photo)
    assert small_targets(studio.page) == []


@pytest.mark.parametrize("place", NARROW, indirect=True, ids=str)
def test_nothing_is_wider_than_a_small_phone(studio: Studio, stack: Stack, photo: Path) -> None:
    assert studio.overflow() <= 0
    studio.add_photo(photo)
    studio.write("แสงเย็นอบอุ่นโทนฟิล์ม" * 3)
    assert studio.overflow() <= 0
    with stack.jobs_unfinished():
        studio.generate()
        expect(studio.timeline).to_be_visible()
        assert studio.overflow() <= 0
    studio.await_done()
    assert studio.overflow() <= 0
    studio.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert studio.overflow() <= 0


@pytest.mark.parametrize("place", [Place("th", 360, 740)], indirect=True, ids=str)
def test_the_first_page_needs_nobody_else(
    address: str, context: BrowserContext, place: Place
) -> None:
    hosts: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: hosts.append(request.url))
    Studio(page, address, place).open()
    foreign = [url for url in hosts if not url.startswith((address, "data:", "blob:"))]
    assert foreign == []


@pytest.mark.parametrize("place", [Place("en", *DESKTOP)], indirect=True, ids=str)
def test_the_example_keeps_its_size_when_the_page_comes_alive(studio: Studio) -> None:
    page, catalog = studio.page, re.compile(r"/assets/en-[^/]+\.js$")
    size = "(one) => [one.offsetWidth, one.offsetHeight]"
    alive = studio.compare.evaluate(size)

    def hold(_: Route) -> None:
        pass

    page.route(catalog, hold)
    page.reload(wait_until="commit")
    expect(studio.compare).to_be_visible()
    assert studio.compare.evaluate(size) == alive
    page.unroute(catalog, hold)


def test_every_screen_comes_alive_at_its_own_address(studio: Studio) -> None:
    for screen in ("history", "account"):
        studio.open(f"/{studio.place.lang}/{screen}")
        expect(studio.page.get_by_role("heading", level=1)).to_be_visible()
