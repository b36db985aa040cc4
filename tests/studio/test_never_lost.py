"""What somebody typed, chose or sent stays: over reloads, in two tabs, without a session."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from e2e.stack import Stack
from e2e.visitor import a_prompt
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Route, expect

from studio.browser import DESKTOP, PHONE, new_visitor
from studio.scene import NEVER_LATE
from studio.studio_page import Place, Studio

pytestmark = pytest.mark.parametrize("place", [Place("th", *PHONE)], indirect=True, ids=str)
TEXT = "Snow on a winter morning"
WAIT_SECONDS = 600
HOLD_WORKERS = """() => {
  const held = [];
  const Real = window.Worker;
  window.Worker = class extends Real {
    postMessage(...what) { held.push(() => super.postMessage(...what)); }
  };
  window.letWorkersGo = () => held.forEach((go) => go());
}"""


@pytest.fixture
def big_photo(tmp_path: Path) -> Path:
    """A photo of 12 megapixels that tells where it was taken."""
    path = tmp_path / "home.jpg"
    exif = Image.Exif()
    place = exif.get_ifd(0x8825)
    place.update({1: "N", 2: (13.0, 45.0, 0.0), 3: "E", 4: (100.0, 30.0, 0.0)})
    Image.linear_gradient("L").resize((4000, 3000)).convert("RGB").save(path, exif=exif)
    return path


@pytest.fixture
def held(studio: Studio) -> Iterator[Callable[[], None]]:
    """Requests for a job do not arrive until this is called."""

    def hold(_: Route) -> None:
        pass

    studio.page.route("**/v1/jobs", hold)
    studio.page.on("dialog", lambda dialog: dialog.accept())

    def let_go() -> None:
        studio.page.unroute("**/v1/jobs", hold)

    yield let_go
    let_go()


def test_a_reload_while_sending_goes_on(
    studio: Studio, photo: Path, held: Callable[[], None]
) -> None:
    studio.add_photo(photo)
    studio.write(TEXT)
    studio.choose_ratio("9:16")
    studio.generate()
    expect(studio.page.get_by_test_id("headline")).to_be_visible()
    studio.await_kept("sends")
    studio.page.reload()
    expect(studio.page.get_by_test_id("headline")).to_be_visible()
    held()
    studio.page.reload()
    studio.await_done()
    expect(studio.prompt).to_have_value(TEXT)


def test_two_tabs_keep_their_own_text(studio: Studio, context: BrowserContext, photo: Path) -> None:
    other = Studio(context.new_page(), studio.address, studio.place)
    other.open()
    studio.write("the first tab")
    other.write("the second tab")
    other.add_photo(photo)
    other.await_kept("photos", "draft:")
    studio.page.reload()
    other.page.reload()
    expect(studio.prompt).to_have_value("the first tab")
    expect(other.prompt).to_have_value("the second tab")
    expect(other.photo_preview).to_be_visible()
    expect(studio.photo_preview).to_have_count(0)
    assert other.complaints == []


def test_the_last_letter_before_a_reload_is_kept(studio: Studio) -> None:
    studio.prompt.press_sequentially(TEXT)
    studio.page.reload()
    expect(studio.prompt).to_have_value(TEXT)


def test_the_draft_of_the_first_version_is_taken_over(studio: Studio) -> None:
    page = studio.page
    draft = {"mode": "text", "prompt": "from before", "ratio": "16:9", "key": "k-1"}
    page.evaluate(
        """async (draft) => {
            for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
            await new Promise((done) => {
                const asked = indexedDB.open('ob-studio', 1);
                asked.onupgradeneeded = () =>
                    asked.result.createObjectStore('photos', { keyPath: 'key' });
                asked.onsuccess = () => { asked.result.close(); done(); };
            });
            localStorage.setItem('ob.draft', draft);
        }""",
        json.dumps(draft),
    )
    fresh = page.context.new_page()
    page.close()
    fresh.goto(f"{studio.address}/{studio.place.lang}")
    expect(fresh.locator("#prompt-input")).to_have_value("from before")
    expect(fresh.locator("input[name=mode][value=text]")).to_be_checked()
    expect(fresh.locator("input[name=ratio][value='16:9']")).to_be_checked()
    assert fresh.evaluate("localStorage.getItem('ob.draft')") is None


def test_a_job_waits_for_the_session(context: BrowserContext, address: str, place: Place) -> None:
    """Else it would belong to an account that nobody can open again."""
    page = context.new_page()
    studio = Studio(page, address, place)

    def hold(_: Route) -> None:
        pass

    page.route("**/v1/session", hold)
    with page.expect_request("**/v1/session"):
        page.goto(f"{address}/{place.lang}")
    studio.without_photo()
    studio.write(TEXT)
    studio.await_kept("drafts")
    with page.expect_request("**/v1/session"):
        page.reload()
    expect(studio.prompt).to_have_value(TEXT)
    expect(page.locator("input[name=mode][value=text]")).to_be_checked()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    studio.generate()
    page.wait_for_timeout(2_500)
    assert [url for url in asked if url.endswith("/v1/jobs")] == []
    page.unroute("**/v1/session", hold)
    studio.await_done()
    page.reload()
    studio.await_done()
    expect(studio.tiles).to_have_count(1)


def test_a_session_that_has_ended_takes_nothing_away(studio: Studio, photo: Path) -> None:
    page = studio.page
    studio.add_photo(photo)
    studio.write(TEXT)
    studio.end_session()
    studio.generate()
    expect(page.get_by_test_id("session-ended")).to_be_visible()
    with page.expect_response("**/v1/session") as renewed:
        page.get_by_role("dialog").get_by_role("button").last.click()
    assert renewed.value.status == 200
    expect(page.get_by_role("dialog")).to_have_count(0)
    studio.await_done()
    expect(studio.prompt).to_have_value(TEXT)
    expect(studio.tiles).to_have_count(1)
    studio.forgive("status of 401")


def test_the_sheet_of_an_ended_session_can_be_put_off(studio: Studio, stack: Stack) -> None:
    page = studio.page
    sheet = page.get_by_test_id("session-ended")
    with stack.jobs_unfinished():
        with studio.owner(stack.url) as owner:
            other = owner.create(TEXT)
        studio.open()
        expect(studio.tiles).to_have_count(1)
        studio.without_photo()
        studio.write(TEXT)
        studio.end_session()
        studio.generate()
        expect(sheet).to_be_visible()
        page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
        with page.expect_response(f"**/v1/jobs/{other['id']}") as asked_by_the_list:
            expect(page.get_by_test_id("headline")).to_contain_text(studio.word("waiting_session"))
        assert asked_by_the_list.value.status == 401
    assert studio.overflow() == 0
    expect(studio.prompt).to_have_value(TEXT)
    studio.button("go_on").click()
    expect(sheet).to_be_visible()
    page.get_by_role("dialog").get_by_role("button").last.click()
    studio.await_done()
    expect(studio.button("go_on")).to_have_count(0)
    studio.forgive("status of 401")


def test_a_rate_limit_is_counted_down_and_over(
    context: BrowserContext, address: str, place: Place
) -> None:
    page = context.new_page()
    page.clock.install()
    studio = Studio(page, address, place)
    studio.open()
    studio.refuse_jobs(429, "rate_limited", retry_after=WAIT_SECONDS)
    studio.without_photo()
    studio.write(TEXT)
    studio.generate()
    generate = page.locator("#generate")
    expect(generate).to_contain_text(re.compile(r"\b\d+ นาที"))
    expect(generate).to_have_attribute("aria-disabled", "true")
    expect(studio.error).to_be_visible()
    studio.write(f"{TEXT}, at night")
    expect(generate).to_have_attribute("aria-disabled", "true")
    studio.accept_jobs()
    page.clock.fast_forward(WAIT_SECONDS * 1_000)
    expect(generate).to_have_attribute("aria-disabled", "false")
    expect(studio.error).to_have_count(0)
    studio.generate()
    studio.await_done()
    studio.forgive("status of 429")
    assert studio.complaints == []


def test_a_job_opened_elsewhere_fills_an_empty_form(
    studio: Studio, browser: Browser, photo: Path
) -> None:
    studio.choose_ratio("9:16")
    studio.make(photo, TEXT)
    desk = Place("th", *DESKTOP)
    with new_visitor(browser, desk) as elsewhere:
        elsewhere.set_storage_state(studio.page.context.storage_state())
        other = Studio(elsewhere.new_page(), studio.address, desk)
        other.open(f"/th?job={studio.job_id}")
        expect(other.prompt).to_have_value(TEXT)
        expect(other.page.locator("input[name=ratio][value='9:16']")).to_be_checked()
        expect(other.photo_preview).to_be_visible()
        assert other.complaints == []


def test_a_large_photo_that_tells_a_place_goes_as_a_small_copy(
    studio: Studio, big_photo: Path
) -> None:
    studio.add_photo(big_photo)
    expect(studio.page.get_by_test_id("photo-field")).to_contain_text(f"{2048} \u00d7 {1536}")


def test_a_photo_can_be_taken_out_while_it_is_prepared(studio: Studio, big_photo: Path) -> None:
    page = studio.page
    page.evaluate("() => { window.Worker = class { postMessage() {} terminate() {} }; }")
    studio.photo_input.set_input_files(big_photo)
    preparing = page.get_by_test_id("preparing")
    expect(preparing).to_be_visible()
    expect(preparing.locator("img")).to_be_visible()
    preparing.get_by_role("button").click()
    expect(preparing).to_have_count(0)
    expect(studio.photo_preview).to_have_count(0)


def generate_while_it_is_prepared(studio: Studio, photo: Path, text: str) -> Locator:
    """Press Generate for a photo that is prepared until `letWorkersGo`; return the button."""
    studio.page.evaluate(HOLD_WORKERS)
    studio.photo_input.set_input_files(photo)
    expect(studio.page.get_by_test_id("preparing")).to_be_visible()
    studio.write(text)
    studio.generate()
    button = studio.page.locator("#generate")
    expect(button).to_have_text(studio.word("starts_when_ready"))
    return button


def test_what_is_sent_before_its_photo_is_ready_starts_when_it_is(
    studio: Studio, big_photo: Path
) -> None:
    page, word = studio.page, studio.word("starts_when_ready")
    studio.listen()
    button = generate_while_it_is_prepared(studio, big_photo, TEXT)
    expect(button).to_have_attribute("aria-disabled", "true")
    page.wait_for_function("word => window.said.includes(word)", arg=word)
    page.evaluate("window.letWorkersGo()")
    studio.await_done()


def test_who_turns_to_words_alone_does_not_send_the_photo_on_its_way(
    studio: Studio, stack: Stack, big_photo: Path
) -> None:
    prompt = a_prompt()
    button = generate_while_it_is_prepared(studio, big_photo, prompt)
    studio.without_photo()
    expect(button).not_to_have_text(studio.word("starts_when_ready"))
    expect(studio.page.locator("#stage progress")).to_have_count(0)
    studio.generate()
    studio.page.evaluate("window.letWorkersGo()")
    studio.await_done()
    studio.button("edit").click()
    studio.with_photo()
    expect(studio.photo_preview).to_be_visible()
    assert len(stack.submissions(prompt)) == 1
    with closing(studio.owner(stack.url).http) as http:
        job = http.get(f"/v1/jobs/{studio.job_id}").json()
    assert job["model"] == "qwen-image"


def test_a_photo_that_the_sample_replaced_comes_back(studio: Studio, photo: Path) -> None:
    page = studio.page
    studio.add_photo(photo)
    page.evaluate(NEVER_LATE)
    own = page.get_by_test_id("photo-field").inner_text()
    page.locator("#stage").get_by_role("button", name=studio.word("sample")).click()
    expect(page.get_by_test_id("photo-field")).not_to_have_text(own)
    page.get_by_role("button", name=studio.word("undo"), exact=True).click()
    expect(page.get_by_test_id("photo-field").locator("img")).to_be_visible()
    assert page.get_by_test_id("photo-field").inner_text() == own
    expect(studio.prompt).to_be_focused()


def test_a_browser_without_room_says_so_once(
    context: BrowserContext, address: str, place: Place, photo: Path
) -> None:
    context.add_init_script(
        """IDBObjectStore.prototype.put = () => {
            throw new DOMException('no space', 'QuotaExceededError');
        };"""
    )
    studio = Studio(context.new_page(), address, place)
    studio.open()
    studio.write(TEXT)
    full = studio.page.get_by_text(studio.word("no_room")).and_(studio.page.locator("p"))
    expect(full).to_have_count(1)
    studio.add_photo(photo)
    studio.write(f"{TEXT}, at night")
    expect(full).to_have_count(1)
    studio.page.reload()
    expect(studio.prompt).to_have_value(f"{TEXT}, at night")
    assert studio.complaints == []
