"""More pictures than one page of them has, and what the other screens say of the network."""

import re
from typing import Final

import pytest
from playwright.sync_api import Route, expect

from studio.browser import DESKTOP, PHONE
from studio.studio_page import Place, Studio

ON_A_PHONE: Final = pytest.mark.parametrize("place", [Place("th", *PHONE)], indirect=True, ids=str)
ON_A_DESK: Final = pytest.mark.parametrize("place", [Place("en", *DESKTOP)], indirect=True, ids=str)
PAGE: Final = 24
MORE: Final = 6
AT_ONCE: Final = 15
"""Fewer than an account may have under way."""
NEXT_PAGE: Final = re.compile(r"/v1/jobs\?.*cursor=")
LIST: Final = re.compile(r"/v1/jobs\?")
RECONNECTING: Final = {"th": "กำลังเชื่อมต่อใหม่", "en": "Reconnecting"}
OFFLINE: Final = {"th": "กลับมาออนไลน์แล้ว", "en": "You\u2019re offline"}


@pytest.fixture
def full(studio: Studio) -> Studio:
    """Somebody who asked for more pictures than a page has, and stopped what could be stopped."""
    with studio.owner(studio.address) as owner:
        for first in range(0, PAGE + MORE, AT_ONCE):
            some = [owner.create(f"picture {first + n}") for n in range(AT_ONCE)]
            for job in some:
                owner.http.post(f"/v1/jobs/{job['id']}/cancel")
            for job in some:
                owner.wait(job)
    return studio


def open_history(studio: Studio) -> None:
    studio.open(f"/{studio.place.lang}/history")
    expect(studio.tiles.first).to_be_visible()


def all_there(studio: Studio) -> None:
    expect(studio.tiles).to_have_count(PAGE + MORE)
    seen = studio.tiles.evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.job)")
    assert len(set(seen)) == PAGE + MORE


@ON_A_PHONE
def test_the_next_page_comes_when_the_end_comes_near(full: Studio) -> None:
    open_history(full)
    expect(full.tiles).to_have_count(PAGE)
    full.tiles.last.scroll_into_view_if_needed()
    all_there(full)


@ON_A_DESK
def test_a_page_that_did_not_come_is_asked_for_by_a_button(full: Studio) -> None:
    page = full.page

    def refuse(route: Route) -> None:
        route.fulfill(status=400, content_type="application/problem+json", body="{}")

    page.route(NEXT_PAGE, refuse)
    open_history(full)
    full.tiles.last.scroll_into_view_if_needed()
    history = page.get_by_test_id("history")
    expect(history.get_by_role("alert")).to_be_visible()
    page.unroute(NEXT_PAGE, refuse)
    history.locator("div > button").last.click()
    all_there(full)
    expect(history.get_by_role("alert")).to_have_count(0)
    expect(full.tiles.nth(PAGE).get_by_role("link")).to_be_focused()
    full.forgive("status of 400")


@ON_A_PHONE
@pytest.mark.parametrize("path", ["", "/history", "/account"])
def test_every_screen_says_that_there_is_no_network(studio: Studio, path: str) -> None:
    studio.open(f"/{studio.place.lang}{path}")
    said = studio.page.locator("main").get_by_text(OFFLINE[studio.place.lang])
    expect(said).to_have_count(0)
    studio.page.context.set_offline(True)
    expect(said).to_be_visible()
    assert studio.overflow() == 0
    studio.page.context.set_offline(False)
    expect(said).to_have_count(0)
    studio.forgive("net::ERR_")


@ON_A_DESK
def test_a_list_that_does_not_come_says_so(studio: Studio) -> None:
    page = studio.page
    studio.open(f"/{studio.place.lang}/history")
    page.route(LIST, lambda route: route.abort("connectionrefused"))
    page.locator("#search").fill("snow")
    said = page.locator("main").get_by_text(RECONNECTING[studio.place.lang])
    expect(said).to_be_visible(timeout=10_000)
    page.unroute(LIST)
    expect(said).to_have_count(0, timeout=10_000)
    studio.forgive("net::ERR_")
