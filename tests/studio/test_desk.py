"""What somebody types, chooses and sends stays theirs, whatever loads or fails meanwhile."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from e2e.stack import Stack
from playwright.sync_api import Browser, BrowserContext, Error, Request, Route, expect

from studio.browser import DESKTOP, PHONE
from studio.scene import NEVER_LATE
from studio.studio_page import JOB_TIMEOUT_MS, Place, Studio

ON_A_PHONE = pytest.mark.parametrize("place", [Place("th", *PHONE)], indirect=True, ids=str)
EACH_WIDTH = pytest.mark.parametrize(
    "place", [Place("th", *PHONE), Place("en", *DESKTOP)], indirect=True, ids=str
)
TEXT: Final = "Snow on a winter morning"
MORE: Final = "and a cat on the roof"
WORDS: Final = {
    "en": {
        "photo": "The picture you made",
        "to_studio": "Go to the studio",
        "remove": "Remove",
        "late": "Opening it takes longer than usual",
        "open_again": "Open again",
        "told": "Your picture is done",
        "working": "Working…",
        "invalid_image": "We couldn\u2019t open this photo",
    },
    "th": {
        "photo": "ภาพที่คุณสร้าง",
        "to_studio": "กลับไปสร้างภาพ",
        "remove": "เอาออก",
        "late": "เปิดภาพนานกว่าปกติ",
        "open_again": "เปิดอีกครั้ง",
        "told": "ภาพของคุณเสร็จแล้ว",
        "working": "กำลังทำ…",
        "invalid_image": "เปิดรูปนี้ไม่ได้",
    },
}

WATCH_NOTIFICATIONS: Final = """
  window.told = [];
  window.Notification = class {
    static permission = 'granted';
    constructor(title, { body }) { window.told.push([title, body]); }
  };
"""
LOOK_ELSEWHERE: Final = """() => {
  Object.defineProperty(document, 'hidden', { value: true });
  Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def word(studio: Studio, key: str) -> str:
    return WORDS[studio.place.lang][key]


class Gate:
    """Requests for an address wait here; when it opens they go on, or are answered."""

    def __init__(self, studio: Studio, url: str | re.Pattern[str]) -> None:
        self._page = studio.page
        self._url = url
        self._waiting: list[Route] = []
        self._page.route(url, self._hold)

    def _hold(self, route: Route) -> None:
        self._waiting.append(route)

    def open(self) -> None:
        self._let(lambda route: route.continue_())

    def refuse(self, code: str) -> None:
        self._let(lambda route: answer_refusal(route, code))

    def _let(self, answer: Callable[[Route], None]) -> None:
        for route in self._waiting:
            # The page may have taken the request back.
            with suppress(Error):
                answer(route)
        self._page.unroute(self._url)


def answer_refusal(route: Route, code: str) -> None:
    body = json.dumps({"code": code, "status": 422, "params": {}})
    route.fulfill(status=422, content_type="application/problem+json", body=body)


def forgive_refusals(studio: Studio) -> None:
    """The browser notes a refusal by itself."""
    studio.complaints[:] = [text for text in studio.complaints if "422" not in text]


@pytest.fixture
def jobs_held(studio: Studio) -> Iterator[Gate]:
    studio.page.on("dialog", lambda dialog: dialog.accept())
    yield Gate(studio, "**/v1/jobs")
    forgive_refusals(studio)


def look_at_history(studio: Studio) -> None:
    studio.page.locator("a[href$='/history']:visible").first.click()
    expect(studio.page.locator("#main")).to_be_visible()


def keys_of(studio: Studio) -> list[str]:
    """Return a list that grows by the idempotency key of each request for a job."""
    keys: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/v1/jobs"):
            keys.append(request.headers["idempotency-key"])

    studio.page.on("request", note)
    return keys


@ON_A_PHONE
def test_words_typed_while_the_sample_loads_stay(studio: Studio) -> None:
    gate = Gate(studio, "**/sample/before.webp")
    studio.button("sample").first.click()
    studio.write(TEXT)
    gate.open()
    expect(studio.photo_preview).to_be_visible()
    expect(studio.prompt).to_have_value(TEXT)


@ON_A_PHONE
def test_an_undone_sample_leaves_the_words_that_were_typed_since(
    studio: Studio, photo: Path
) -> None:
    studio.add_photo(photo)
    studio.page.evaluate(NEVER_LATE)
    field = studio.page.get_by_test_id("photo-field")
    own = field.inner_text()
    studio.page.locator("#stage").get_by_role("button", name=studio.word("sample")).click()
    expect(field).not_to_have_text(own, use_inner_text=True)
    expect(studio.prompt).to_be_focused()
    studio.write(TEXT)
    studio.button("undo").click()
    expect(field).to_have_text(own, use_inner_text=True)
    expect(studio.prompt).to_have_value(TEXT)


@ON_A_PHONE
def test_words_that_an_idea_took_the_place_of_come_back(studio: Studio) -> None:
    ideas = studio.page.locator("#form button[aria-pressed]")
    ideas.first.click()
    ideas.last.click()
    expect(ideas.last).to_have_attribute("aria-pressed", "true")
    expect(studio.button("undo")).to_have_count(0)
    studio.write(TEXT)
    studio.page.evaluate(NEVER_LATE)
    ideas.first.click()
    expect(studio.prompt).not_to_have_value(TEXT)
    studio.button("undo").click()
    expect(studio.prompt).to_have_value(TEXT)
    expect(studio.prompt).to_be_focused()


@ON_A_PHONE
def test_what_is_typed_before_the_page_comes_alive_stays(studio: Studio) -> None:
    studio.write(TEXT)
    gate = Gate(studio, re.compile(rf"/assets/{studio.place.lang}-[^/]+\.js$"))
    studio.page.reload(wait_until="commit")
    expect(studio.prompt).to_have_value("")
    studio.prompt.press_sequentially(MORE)
    studio.choose_ratio("9:16")
    gate.open()
    studio.ready()
    expect(studio.prompt).to_have_value(f"{TEXT}\n{MORE}")
    expect(studio.page.locator("input[name=ratio][value='9:16']")).to_be_checked()
    studio.page.reload()
    studio.ready()
    expect(studio.prompt).to_have_value(f"{TEXT}\n{MORE}")
    expect(studio.page.locator("input[name=ratio][value='9:16']")).to_be_checked()


@EACH_WIDTH
def test_the_focus_goes_on_from_a_photo(studio: Studio, photo: Path) -> None:
    page = studio.page
    page.on("filechooser", lambda chooser: chooser.set_files(photo))
    remove = page.get_by_role("button", name=word(studio, "remove"), exact=True)
    studio.photo_input.focus()
    page.keyboard.press("Enter")
    expect(studio.photo_preview).to_be_visible()
    expect(studio.prompt).to_be_focused()
    expect(page.get_by_test_id("preparing")).to_have_count(0)
    studio.tab_to(remove, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(studio.photo_preview).to_have_count(0)
    expect(studio.photo_input).to_be_focused()
    studio.write(TEXT)
    studio.photo_input.focus()
    page.keyboard.press("Enter")
    expect(studio.photo_preview).to_be_visible()
    expect(studio.photo_input).to_be_focused()


@EACH_WIDTH
def test_a_refused_photo_is_told_at_its_field(studio: Studio, photo: Path, jobs_held: Gate) -> None:
    studio.add_photo(photo)
    studio.write(TEXT)
    studio.generate()
    expect(studio.page.get_by_test_id("headline")).to_be_visible()
    expect(studio.page.get_by_test_id("simulator")).to_have_count(0)
    jobs_held.refuse("invalid_image")
    expect(studio.error).to_contain_text(word(studio, "invalid_image"))
    expect(studio.photo_input).to_be_focused()
    live = studio.page.locator("[aria-live=polite]")
    expect(live).to_contain_text(word(studio, "invalid_image"))
    expect(studio.prompt).to_have_value(TEXT)


@ON_A_PHONE
def test_what_was_refused_under_its_key_can_be_sent_again(studio: Studio) -> None:
    def refuse(route: Route) -> None:
        answer_refusal(route, "idempotency_mismatch")

    keys = keys_of(studio)
    studio.page.route("**/v1/jobs", refuse)
    studio.without_photo()
    studio.write(TEXT)
    studio.generate()
    expect(studio.error).to_be_visible()
    studio.page.unroute("**/v1/jobs", refuse)
    studio.generate()
    studio.await_done()
    assert len(set(keys)) == len(keys) == 2
    forgive_refusals(studio)


@EACH_WIDTH
def test_a_refusal_is_told_on_another_screen_and_leads_back(
    studio: Studio, photo: Path, jobs_held: Gate
) -> None:
    page = studio.page
    studio.add_photo(photo)
    studio.write(TEXT)
    studio.generate()
    expect(page.get_by_test_id("headline")).to_be_visible()
    look_at_history(studio)
    jobs_held.refuse("invalid_image")
    expect(page.locator("p").filter(has_text=word(studio, "invalid_image"))).to_be_visible()
    page.get_by_role("button", name=word(studio, "to_studio")).click()
    expect(studio.error).to_contain_text(word(studio, "invalid_image"))
    expect(studio.photo_input).to_be_focused()
    expect(studio.prompt).to_have_value(TEXT)
    expect(studio.photo_preview).to_be_visible()


@ON_A_PHONE
def test_a_reload_of_another_screen_goes_on_with_what_is_being_sent(
    studio: Studio, jobs_held: Gate
) -> None:
    page = studio.page
    studio.without_photo()
    studio.write(TEXT)
    studio.generate()
    expect(page.get_by_test_id("headline")).to_be_visible()
    look_at_history(studio)
    studio.await_kept("sends")
    page.reload()
    jobs_held.open()
    expect(studio.tiles.first).to_be_visible(timeout=JOB_TIMEOUT_MS)
    page.locator("[aria-current=page]:visible").wait_for()
    page.locator(f"nav a[href^='/{studio.place.lang}']:visible").first.click()
    expect(page).to_have_url(re.compile("job="))
    studio.await_done()
    expect(studio.tiles).to_have_count(1)


@ON_A_PHONE
def test_a_job_made_of_a_picture_of_the_house_fills_the_form_with_that(
    studio: Studio, browser: Browser
) -> None:
    studio.make(None, TEXT)
    studio.button("use_as_photo").click()
    expect(studio.prompt).to_have_value("")
    studio.write(MORE)
    first = studio.job_id
    studio.generate()
    expect(studio.page).not_to_have_url(re.compile(first))
    studio.await_done()
    elsewhere = browser.new_context(storage_state=studio.page.context.storage_state())
    other = Studio(elsewhere.new_page(), studio.address, Place(studio.place.lang, *DESKTOP))
    other.open(f"/{studio.place.lang}?job={studio.job_id}")
    expect(other.prompt).to_have_value(MORE)
    expect(other.page.get_by_test_id("photo-field")).to_contain_text(word(studio, "photo"))
    assert other.complaints == []


@ON_A_PHONE
def test_a_picture_that_opens_late_can_be_opened_again(studio: Studio) -> None:
    gate = Gate(studio, re.compile(r"/v1/jobs/[^/]+/result"))
    studio.without_photo()
    studio.write(TEXT)
    studio.generate()
    headline = studio.page.get_by_test_id("headline")
    expect(headline).to_contain_text(word(studio, "late"), timeout=JOB_TIMEOUT_MS)
    again = studio.page.get_by_role("button", name=word(studio, "open_again"))
    again.click()
    expect(again).to_have_count(0)
    gate.open()
    studio.await_done()


@ON_A_PHONE
@pytest.mark.parametrize(("looks_here", "goes_on"), [(False, False), (True, False), (False, True)])
def test_who_looks_elsewhere_is_told_when_the_picture_is_done(
    context: BrowserContext, stack: Stack, place: Place, looks_here: bool, goes_on: bool
) -> None:
    context.add_init_script(WATCH_NOTIFICATIONS)
    studio = Studio(context.new_page(), stack.url, place)
    studio.open()
    studio.without_photo()
    studio.write(TEXT)
    with stack.jobs_unfinished():
        studio.generate()
        expect(studio.page).to_have_url(re.compile("job="))
        studio.page.evaluate("(id) => sessionStorage.setItem('ob.notify', id)", studio.job_id)
        if goes_on:
            look_at_history(studio)
            expect(studio.page).to_have_title(re.compile(rf"^{word(studio, 'working')} · "))
        if not looks_here:
            studio.page.evaluate(LOOK_ELSEWHERE)
    asked = "() => sessionStorage.getItem('ob.notify') === null"
    studio.page.wait_for_function(asked, timeout=JOB_TIMEOUT_MS)
    told = [] if looks_here else [[word(studio, "told"), TEXT]]
    assert studio.page.evaluate("window.told") == told
    expect(studio.page).to_have_title(re.compile(rf"^{studio.word('finished')} · "))
    assert studio.complaints == []
