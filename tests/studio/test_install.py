"""The home screen is offered: once, after the first picture, and where it can be had."""

from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from studio.browser import PHONE
from studio.studio_page import Place, Studio

pytestmark = pytest.mark.parametrize("place", [Place("th", *PHONE)], indirect=True, ids=str)
OFFER: Final = """() => {
    const offer = new Event('beforeinstallprompt', {cancelable: true});
    offer.prompt = async () => { window.prompted = true; };
    offer.userChoice = Promise.resolve({outcome: 'accepted'});
    dispatchEvent(offer);
    return offer.defaultPrevented;
}"""
IPHONE: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
)


def hint(studio: Studio) -> Locator:
    return studio.page.get_by_test_id("install")


def test_it_is_offered_once_and_can_be_put_off(studio: Studio) -> None:
    assert studio.page.evaluate(OFFER) is True
    expect(hint(studio)).to_have_count(0)
    studio.make(None, "a lake in the morning")
    expect(hint(studio)).to_be_visible()
    assert studio.overflow() == 0
    hint(studio).get_by_role("button").last.click()
    expect(hint(studio)).to_have_count(0)
    studio.open()
    assert studio.page.evaluate(OFFER) is True
    studio.make(None, "a lake at night")
    studio.page.wait_for_timeout(1_000)
    expect(hint(studio)).to_have_count(0)


def test_the_browser_is_let_ask(studio: Studio) -> None:
    studio.page.evaluate(OFFER)
    studio.make(None, "a lake in the morning")
    hint(studio).get_by_role("button").first.click()
    expect(hint(studio)).to_have_count(0)
    expect(studio.page.get_by_text("ติดตั้งแล้ว").and_(studio.page.locator("p"))).to_be_visible()
    assert studio.page.evaluate("window.prompted") is True


def test_a_browser_that_cannot_is_not_asked(studio: Studio) -> None:
    studio.make(None, "a lake in the morning")
    studio.page.wait_for_timeout(1_000)
    expect(hint(studio)).to_have_count(0)


@pytest.mark.parametrize(("app", "shown"), [("", 1), (" Line/14.3.0", 0), (" musical_ly_30.0", 0)])
def test_on_an_iphone_it_is_shown_where_to_tap(
    browser: Browser, address: str, place: Place, app: str, shown: int
) -> None:
    context: BrowserContext = browser.new_context(
        user_agent=IPHONE + app,
        viewport={"width": place.width, "height": place.height},
        locale="th-TH",
        reduced_motion="reduce",
        service_workers="block",
    )
    studio = Studio(context.new_page(), address, place)
    studio.open()
    studio.make(None, "a lake in the morning")
    studio.page.wait_for_timeout(1_000)
    expect(hint(studio)).to_have_count(shown)
    expect(hint(studio).locator("li")).to_have_count(2 * shown)
    assert studio.complaints == []
