"""The history as a screen: what it shows, how it is narrowed, how pictures leave it."""

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from studio.scene import LATE_AGAIN, NEVER_LATE
from studio.studio_page import JOB_TIMEOUT_MS, Place, Studio

pytestmark = [
    pytest.mark.parametrize(
        "place", [Place("en", 1280, 800), Place("th", 360, 740)], indirect=True, ids=str
    ),
]
PROMPTS = ["Snow on a hill", "แสงเย็นเหนือแม่น้ำ", "Rain on a roof"]


def open_history(studio: Studio) -> None:
    studio.page.goto(f"{studio.address}/{studio.place.lang}/history")
    studio.ready()


def order(studio: Studio, *prompts: str) -> None:
    """Jobs of this visitor, ordered beside the page and waited for."""
    request = studio.page.request
    for prompt in prompts:
        form: dict[str, str | float | bool | bytes | FilePayload] = {
            "prompt": prompt,
            "ratio": "1:1",
        }
        made = request.post(f"{studio.address}/v1/jobs", multipart=form)
        assert made.status == 202, made.text()
    done = f"{studio.address}/v1/jobs?status=done&limit=100"
    for _ in range(120):
        if len(request.get(done).json()["items"]) >= len(prompts):
            return
        studio.page.wait_for_timeout(500)
    pytest.fail("the jobs did not come to an end")


def prompts(page: Page) -> list[str]:
    return page.locator("[data-job] bdi").all_inner_texts()


def delete_of(tile: Locator) -> Locator:
    return tile.get_by_role("button")


def test_without_pictures_it_leads_to_the_first(studio: Studio) -> None:
    open_history(studio)
    way_on = studio.page.get_by_test_id("history").get_by_role("link")
    expect(way_on).to_be_visible()
    way_on.click()
    expect(studio.page.locator("#generate")).to_be_visible()


def test_it_is_searched_and_filtered_and_the_address_keeps_it(studio: Studio) -> None:
    page = studio.page
    order(studio, *PROMPTS)
    open_history(studio)
    expect(studio.tiles).to_have_count(3)
    assert prompts(page) == PROMPTS[::-1]
    assert studio.overflow() == 0

    page.locator("#search").fill("แม่น้ำ")
    expect(studio.tiles).to_have_count(1)
    assert prompts(page) == [PROMPTS[1]]
    page.reload()
    expect(studio.tiles).to_have_count(1)
    expect(page.locator("#search")).to_have_value("แม่น้ำ")

    page.locator("#search").fill("nothing like it")
    expect(studio.tiles).to_have_count(0)
    page.get_by_test_id("history").get_by_role("button").click()
    expect(studio.tiles).to_have_count(3)

    page.locator("label", has=page.locator("input[name=show][value=failed]")).click()
    expect(studio.tiles).to_have_count(0)
    expect(page).to_have_url(f"{studio.address}/{studio.place.lang}/history?show=failed")


def test_thumbnails_are_as_large_as_the_screen_needs(studio: Studio) -> None:
    order(studio, PROMPTS[0])
    open_history(studio)
    picture = studio.tiles.locator("img")
    expect(picture).to_be_visible()
    source = picture.evaluate("async (image) => { await image.decode(); return image.currentSrc }")
    assert "/thumbnail?size=384" in source


def test_several_are_deleted_and_come_back_together(studio: Studio) -> None:
    page = studio.page
    order(studio, *PROMPTS)
    open_history(studio)
    expect(studio.tiles).to_have_count(3)
    second = delete_of(studio.tiles.nth(1))
    page.evaluate(NEVER_LATE)

    delete_of(studio.tiles.nth(0)).focus()
    page.keyboard.press("Enter")
    expect(studio.tiles).to_have_count(2)
    expect(studio.button("undo")).to_be_focused()
    page.keyboard.press("Escape")
    expect(delete_of(studio.tiles.nth(0))).to_be_focused()
    page.keyboard.press("Enter")
    expect(studio.tiles).to_have_count(1)
    expect(second).to_have_count(0)

    expect(studio.button("undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(studio.tiles).to_have_count(3)
    expect(studio.tiles.get_by_role("link").nth(1)).to_be_focused()

    page.evaluate(LATE_AGAIN)
    with page.expect_request(lambda one: one.method == "DELETE", timeout=JOB_TIMEOUT_MS) as sent:
        delete_of(studio.tiles.nth(0)).click(force=True)
    answer = sent.value.response()
    assert answer
    assert answer.status == 204
    expect(studio.tiles).to_have_count(2)


def test_a_picture_opens_in_the_studio_before_its_job_is_read(studio: Studio) -> None:
    def hold(_: Route) -> None:
        pass

    order(studio, PROMPTS[0])
    open_history(studio)
    expect(studio.tiles).to_have_count(1)
    studio.page.route("**/v1/jobs/*", hold)
    studio.tiles.get_by_role("link").click()
    studio.await_done()
    assert "?job=" in studio.page.url
    studio.page.unroute("**/v1/jobs/*", hold)


def test_without_a_network_it_shows_what_it_read_last(studio: Studio) -> None:
    page = studio.page
    order(studio, *PROMPTS[:2])
    open_history(studio)
    expect(studio.tiles).to_have_count(2)

    studio.reload_history_without_network()
    expect(page.get_by_test_id("as-of")).to_be_visible()
    expect(studio.tiles).to_have_count(2)
    page.locator("#search").fill("snow")
    expect(studio.tiles).to_have_count(1)

    page.unroute("**/v1/**")
    expect(page.get_by_test_id("as-of")).to_be_hidden(timeout=15_000)
    studio.forgive("net::ERR_INTERNET_DISCONNECTED")
