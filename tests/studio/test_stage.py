"""The stage: what it says, how a picture opens, how it is kept, and where the focus goes."""

import io
import re
from pathlib import Path
from typing import Final

import pytest
from e2e.stack import Stack
from e2e.visitor import photo as a_photo
from PIL import Image
from playwright.sync_api import Browser, Page, Request, Route, expect

from studio.scene import NEVER_LATE
from studio.studio_page import JOB_TIMEOUT_MS, Place, Studio

TEXT: Final = "Warm evening light, film look"
OTHER: Final = "Something else altogether"
PHONE: Final = [Place("th", 360, 740)]
DESKTOP: Final = [Place("en", 1280, 800)]

SHARES: Final = """
navigator.canShare = () => true;
navigator.share = async ({files}) => {
  window.shared = [files[0].name, files[0].type, files[0].size];
  if (window.refuses) throw new DOMException('no', 'DataError');
};
"""

HOLD_FRAMES: Final = """() => {
  const held = [];
  const real = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) => held.push(draw);
  window.letFramesGo = () => {
    window.requestAnimationFrame = real;
    for (const draw of held) real(draw);
    let left = 10;
    return new Promise((done) => {
      const next = () => (left-- > 0 ? real(next) : done());
      next();
    });
  };
}"""


def send(studio: Studio, photo: Path) -> None:
    studio.add_photo(photo)
    studio.write(TEXT)
    studio.generate()


def expect_focus(page: Page, want: str) -> None:
    """Wait until the focus is there: effects move it, and those run after the next frame."""
    page.wait_for_function(
        "want => (document.activeElement?.dataset.testid ?? document.activeElement?.id) === want",
        arg=want,
    )


def fetches_photo(request: Request) -> bool:
    """Whether a script wants the photo of a job, not an element that shows it."""
    return request.url.endswith("/image") and request.resource_type == "fetch"


# how it opens


@pytest.mark.parametrize("place", DESKTOP, indirect=True, ids=str)
def test_a_picture_that_cannot_be_opened_is_said_so(studio: Studio, photo: Path) -> None:
    pattern = re.compile(r"/result$")
    rubbish = b"not a picture"
    studio.page.route(pattern, lambda route: route.fulfill(content_type="image/png", body=rubbish))
    studio.listen()
    send(studio, photo)
    unopened = studio.page.get_by_test_id("unopened")
    expect(unopened).to_have_attribute("role", "alert", timeout=JOB_TIMEOUT_MS)
    expect(unopened.get_by_role("link")).to_have_attribute("href", re.compile("download=1"))
    assert studio.word("finished") not in studio.said
    studio.page.unroute(pattern)
    studio.button("open_again").click()
    studio.await_done()


# what is said


@pytest.mark.parametrize("place", DESKTOP, indirect=True, ids=str)
def test_the_end_is_said_when_it_can_be_seen_and_last(
    studio: Studio, stack: Stack, photo: Path
) -> None:
    studio.listen()
    with stack.jobs_unfinished():
        send(studio, photo)
        expect(studio.timeline).to_be_visible(timeout=JOB_TIMEOUT_MS)
    studio.await_done()
    studio.page.wait_for_function("(word) => said.at(-1) === word", arg=studio.word("finished"))
    said = studio.said
    assert len(said) <= 10, said
    assert len(set(said)) == len(said), said
    expect(studio.page.locator("[aria-live=polite]")).to_have_count(1)


# how it is kept


def test_a_picture_is_seen_and_saved_in_every_way(studio: Studio, photo: Path) -> None:
    page = studio.page
    studio.make(photo, TEXT)
    studio.button("side_by_side").click()
    expect(page.get_by_test_id("side-by-side").locator("img")).to_have_count(2)
    expect(studio.compare).to_have_count(0)
    studio.button("see_before").click()
    expect(studio.slider).to_have_value("100")

    for kind, ending in (("jpeg", "JPEG"), ("webp", "WEBP"), ("png", "PNG")):
        studio.button("save_as").click()
        page.locator(f"input[name=format][value={kind}]").check()
        if kind != "png":
            page.locator("input[name=quality][value='75']").check()
        href = page.locator("#save-as").get_attribute("href")
        page.keyboard.press("Escape")
        answer = page.request.get(f"{studio.address}{href}")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert Image.open(io.BytesIO(answer.body())).format == ending
    page.wait_for_function(
        "word => document.activeElement?.innerText?.includes(word)", arg=studio.word("save_as")
    )


@pytest.mark.parametrize("place", PHONE, indirect=True, ids=str)
def test_a_phone_shares_the_picture_itself(studio: Studio, photo: Path) -> None:
    page = studio.page
    page.add_init_script(SHARES)
    page.reload()
    studio.ready()
    studio.make(photo, TEXT)
    studio.button("share").click()
    page.wait_for_function("() => window.shared")
    name, kind, size = page.evaluate("window.shared")
    assert kind == "image/png"
    assert name.endswith(".png")
    assert size > 1000

    page.evaluate("window.refuses = true")
    studio.button("share").click()
    expect(page.get_by_test_id("save-help")).to_have_attribute("role", "alert")
    expect(page.get_by_test_id("result")).to_be_visible()  # one that can be pressed and held
    page.get_by_test_id("save-help").get_by_role("button").click()
    expect(studio.compare).to_be_visible()


def test_inside_an_app_help_takes_the_place_of_a_download(
    browser: Browser, address: str, photo: Path
) -> None:
    place = PHONE[0]
    line = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari Line/14.9.0"
    context = browser.new_context(
        viewport={"width": place.width, "height": place.height}, user_agent=line
    )
    studio = Studio(context.new_page(), address, place)
    studio.open()
    studio.make(photo, TEXT)
    studio.page.locator("#save").click()
    help_ = studio.page.get_by_test_id("save-help")
    expect(help_.get_by_role("link")).to_have_attribute(
        "href", f"{address}/th?openExternalBrowser=1"
    )
    expect(studio.page.get_by_test_id("result")).to_be_visible()
    context.close()


# what can be made of it


@pytest.mark.parametrize("place", DESKTOP, indirect=True, ids=str)
def test_settings_come_back_and_what_stood_there_too(studio: Studio, photo: Path) -> None:
    page = studio.page
    studio.add_photo(photo)
    studio.choose_ratio("16:9")
    studio.write(TEXT)
    studio.generate()
    studio.await_done()
    seed = page.request.get(f"{studio.address}/v1/jobs/{studio.job_id}").json()["seed"]

    page.evaluate(NEVER_LATE)
    studio.write(OTHER)
    studio.choose_ratio("1:1")
    page.locator("details summary").click()
    studio.button("again_same").click()
    expect(studio.prompt).to_have_value(TEXT)
    expect(page.locator("input[name=ratio][value='16:9']")).to_be_checked()
    expect(page.get_by_test_id("seed")).to_contain_text(str(seed))
    studio.button("undo").click()
    expect(studio.prompt).to_have_value(OTHER)
    expect(page.locator("input[name=ratio][value='1:1']")).to_be_checked()
    expect(page.get_by_test_id("seed")).to_have_count(0)
    expect(studio.photo_preview).to_be_visible()

    studio.button("again_same").click()
    expect(studio.prompt).to_have_value(TEXT)
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        studio.generate()
    assert sent.value.json()["seed"] == seed


@pytest.mark.parametrize("place", PHONE, indirect=True, ids=str)
def test_pictures_made_of_pictures_show_where_they_come_from(studio: Studio, photo: Path) -> None:
    page = studio.page
    studio.make(photo, "the first")
    first = studio.job_id
    studio.button("use_as_photo").click()
    expect(studio.photo_preview).to_be_visible()
    studio.write("the second")
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        studio.generate()
    assert sent.value.json()["parent_id"] == first
    expect(page).not_to_have_url(re.compile(first))
    studio.await_done()
    lineage = page.get_by_test_id("lineage")
    expect(lineage.locator("img")).to_have_count(3)
    lineage.get_by_role("link").click()
    assert studio.job_id == first


@pytest.mark.parametrize("place", PHONE, indirect=True, ids=str)
def test_a_failure_leads_on_and_can_be_reported(studio: Studio, stack: Stack, photo: Path) -> None:
    page = studio.page
    stack.faults(failed_with_details={})
    send(studio, photo)
    failed = page.get_by_test_id("failed")
    expect(failed).to_have_attribute("role", "alert", timeout=JOB_TIMEOUT_MS)
    expect_focus(page, "ended-title")
    first = studio.job_id
    studio.button("report").click()
    report = page.locator("#report-text")
    expect(report).to_have_value(re.compile(first))
    assert TEXT not in report.input_value()
    page.keyboard.press("Escape")

    stack.faults()
    studio.unfold()
    studio.write(OTHER)
    failed.get_by_role("button").first.click()
    expect(page).not_to_have_url(re.compile(first))
    studio.await_done()
    expect(studio.prompt).to_have_value(OTHER)


@pytest.mark.parametrize("place", PHONE, indirect=True, ids=str)
def test_a_refused_retry_is_sent_again_as_it_was(studio: Studio, stack: Stack, photo: Path) -> None:
    page = studio.page
    refused = page.get_by_test_id("refused")
    stack.faults(failed_with_details={})
    send(studio, photo)
    expect(studio.button("retry")).to_be_visible(timeout=JOB_TIMEOUT_MS)
    stack.faults()
    studio.unfold()
    studio.write(OTHER)

    studio.refuse_jobs(422, "invalid_image")
    studio.button("retry").click()
    expect(refused).to_be_visible()
    expect(studio.error).to_have_count(0)
    refused.get_by_role("button").last.click()

    studio.refuse_jobs(503, "provider_paused")
    studio.button("retry").click()
    expect(refused).to_be_visible()
    expect(studio.error).to_have_count(0)
    studio.accept_jobs()
    refused.get_by_role("button").first.click()
    studio.await_done()
    job = page.request.get(f"{studio.address}/v1/jobs/{studio.job_id}").json()
    assert job["prompt"] == TEXT
    expect(studio.prompt).to_have_value(OTHER)
    studio.forgive(r"status of (422|503)")


@pytest.mark.parametrize("place", PHONE, indirect=True, ids=str)
def test_a_retry_says_that_its_photo_is_on_its_way_and_makes_one_job(
    studio: Studio, stack: Stack
) -> None:
    page = studio.page
    retry = page.get_by_test_id("failed").get_by_role("button").first
    waiting: list[Route] = []
    stack.faults(failed_with_details={})
    studio.write(OTHER)
    with studio.owner(stack.url) as owner:
        job = owner.wait(owner.create(TEXT, image=a_photo()))
    stack.faults()

    def hold(route: Route) -> None:
        if fetches_photo(route.request):
            waiting.append(route)
        else:
            route.continue_()

    page.route("**/image", hold)

    studio.open(f"/{studio.place.lang}?job={job['id']}")
    page.evaluate(NEVER_LATE)
    with page.expect_request(fetches_photo):
        retry.click()
    expect(retry).to_have_attribute("aria-disabled", "true")
    page.locator("a[href$='/history']:visible").first.click()
    expect(page.locator("#main")).to_be_visible()
    page.go_back()
    with page.expect_request(fetches_photo):
        retry.click()
    expect(retry).to_have_attribute("aria-disabled", "true")

    first, second = waiting
    first.continue_()
    studio.await_done()
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        second.continue_()
    assert sent.value.json()["id"] == studio.job_id
    expect(studio.tiles).to_have_count(2)


# where the focus goes


@pytest.mark.parametrize("place", [*PHONE, *DESKTOP], indirect=True, ids=str)
def test_the_focus_follows_a_job_to_its_end(studio: Studio, stack: Stack, photo: Path) -> None:
    page = studio.page
    stack.faults(stuck_in_progress={})
    studio.add_photo(photo)
    studio.write(TEXT)
    studio.tab_to(page.locator("#generate"))
    page.keyboard.press("Enter")
    expect(studio.timeline).to_be_visible(timeout=JOB_TIMEOUT_MS)
    expect_focus(page, "headline" if studio.place.phone else "generate")

    page.locator("#cancel-job").focus()
    page.keyboard.press("Enter")
    studio.button("stop").focus()
    page.keyboard.press("Enter")
    cancelled = page.get_by_test_id("cancelled")
    expect(cancelled).to_be_visible(timeout=JOB_TIMEOUT_MS)
    expect_focus(page, "ended-title")

    cancelled.get_by_role("button", name=studio.word("delete")).focus()
    page.keyboard.press("Enter")
    expect(cancelled).to_have_count(0)
    expect(studio.button("undo")).to_be_focused()
    page.keyboard.press("Escape")
    expect_focus(page, "stage")


@pytest.mark.parametrize("place", DESKTOP, indirect=True, ids=str)
def test_who_goes_elsewhere_before_the_page_is_drawn_stays_there(
    studio: Studio, photo: Path
) -> None:
    page = studio.page
    page.evaluate(HOLD_FRAMES)
    studio.add_photo(photo)
    ratio = page.locator("input[name=ratio]:checked")
    studio.tab_to(ratio)
    page.evaluate("window.letFramesGo()")
    expect(ratio).to_be_focused()


@pytest.mark.parametrize("place", DESKTOP, indirect=True, ids=str)
def test_a_refused_form_says_what_to_do(studio: Studio, photo: Path) -> None:
    page = studio.page
    studio.refuse_jobs(503, "queue_full")
    studio.add_photo(photo)
    studio.write(TEXT)
    studio.generate()
    expect(studio.error).to_be_visible(timeout=30_000)
    studio.accept_jobs()
    page.locator("form [role=alert]").get_by_role("button").click()
    studio.await_done()
    studio.forgive("status of 503")
