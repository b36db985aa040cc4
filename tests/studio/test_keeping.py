"""What is kept: the job over a reload, the draft, the history."""

from pathlib import Path

import pytest
from e2e.stack import Stack
from playwright.sync_api import expect

from studio.scene import LATE_AGAIN, NEVER_LATE
from studio.studio_page import JOB_TIMEOUT_MS, Place, Studio
from studio.words import WORDS

pytestmark = [
    pytest.mark.parametrize(
        "place", [Place("th", 1280, 800), Place("en", 360, 740)], indirect=True, ids=str
    ),
]
TEXT = "Snow on a winter morning"


def test_a_reload_while_working_and_after_brings_the_job_back(
    studio: Studio, stack: Stack, photo: Path
) -> None:
    studio.add_photo(photo)
    studio.write(TEXT)
    studio.choose_ratio("9:16")
    with stack.jobs_unfinished():
        studio.generate()
        expect(studio.timeline).to_be_visible()
        job_id = studio.job_id
        studio.page.reload()
        studio.ready()
        expect(studio.timeline).to_be_visible()
    studio.await_done()
    assert studio.job_id == job_id

    studio.page.reload()
    studio.await_done()
    expect(studio.compare).to_be_visible()
    expect(studio.prompt).to_have_value(TEXT)
    expect(studio.page.locator("input[name=ratio][value='9:16']")).to_be_checked()


def test_the_draft_survives_a_reload(studio: Studio, photo: Path) -> None:
    studio.add_photo(photo)
    studio.write(TEXT)
    studio.choose_ratio("16:9")
    studio.await_kept("photos", "draft:")
    studio.page.reload()
    studio.ready()
    expect(studio.prompt).to_have_value(TEXT)
    expect(studio.photo_preview).to_be_visible()
    expect(studio.page.locator("input[name=ratio][value='16:9']")).to_be_checked()


def test_history_lists_opens_and_deletes(studio: Studio, photo: Path) -> None:
    page = studio.page
    studio.make(photo, "the first")
    first = studio.job_id
    studio.unfold()
    studio.write("the second")
    studio.generate()
    expect(page).not_to_have_url(f"{studio.address}/{studio.place.lang}?job={first}")
    studio.await_done()
    expect(studio.tiles).to_have_count(2)
    expect(studio.tiles.locator("img").first).to_be_visible()

    studio.tiles.nth(1).get_by_role("link").click()
    assert studio.job_id == first
    studio.await_done()

    page.evaluate(NEVER_LATE)
    delete = studio.tiles.nth(1).get_by_role("button")
    delete.click(force=True)
    expect(studio.tiles).to_have_count(1)
    page.get_by_role("button", name=studio.word("undo")).click()
    expect(studio.tiles).to_have_count(2)

    page.evaluate(LATE_AGAIN)
    with page.expect_request(
        lambda request: request.method == "DELETE", timeout=JOB_TIMEOUT_MS
    ) as sent:
        studio.tiles.nth(1).get_by_role("button").click(force=True)
    answer = sent.value.response()
    assert answer
    assert answer.status == 204
    assert page.request.get(f"{studio.address}/v1/jobs/{first}").status == 404
    expect(studio.tiles).to_have_count(1)


def test_a_job_that_is_not_there_is_said_so(studio: Studio) -> None:
    studio.open(f"/{studio.place.lang}?job=00000000-0000-7000-8000-000000000000")
    expect(studio.page.get_by_test_id("missing")).to_be_visible()
    studio.page.get_by_test_id("missing").get_by_role("button").last.click()
    expect(studio.compare).to_be_visible()
    studio.forgive("status of 404")


def test_the_language_changes_without_losing_anything(studio: Studio, photo: Path) -> None:
    other = "en" if studio.place.lang == "th" else "th"
    studio.add_photo(photo)
    studio.write(TEXT)
    studio.page.locator("#language").click()
    expect(studio.page.locator("html")).to_have_attribute("lang", other)
    expect(studio.page.locator("#generate")).to_contain_text(WORDS[other]["generate"])
    expect(studio.prompt).to_have_value(TEXT)
    expect(studio.photo_preview).to_be_visible()
    assert studio.page.url.startswith(f"{studio.address}/{other}")
    studio.page.reload()
    expect(studio.page.locator("html")).to_have_attribute("lang", other)


def test_the_bare_address_speaks_the_readers_language(studio: Studio) -> None:
    studio.open("/")
    expect(studio.page.locator("html")).to_have_attribute("lang", studio.place.lang)
    expect(studio.page.locator("#generate")).to_contain_text(studio.word("generate"))
