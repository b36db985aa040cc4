"""The main job: a picture out of a photo, or out of words alone."""

import io
import re
from pathlib import Path

import pytest
from e2e.stack import Stack
from PIL import Image
from playwright.sync_api import expect

from studio.studio_page import JOB_TIMEOUT_MS, Place, Studio

TEXT = "Warm evening light, film look"
ONE_EACH = [Place("th", 360, 740), Place("en", 1280, 800)]


def test_a_photo_becomes_a_picture(stack: Stack, studio: Studio, photo: Path) -> None:
    page = studio.page
    studio.add_photo(photo)
    studio.write(TEXT)
    studio.choose_ratio("16:9")
    studio.listen()
    with stack.jobs_unfinished():
        studio.generate()
        expect(studio.timeline).to_be_visible()
        expect(studio.timeline.locator("li")).to_have_count(6)
    studio.await_done()
    assert studio.word("done") in (studio.done.text_content() or "")

    box = studio.compare.bounding_box()
    assert box
    assert box["width"] / box["height"] == pytest.approx(16 / 9, rel=0.05)
    assert 0 <= box["y"] <= studio.place.height - 100, "the result is on the screen"
    assert len(studio.said) <= 10

    for name in ("#save", "#save-original"):
        href = page.locator(name).get_attribute("href")
        assert href
        answer = page.request.get(studio.address + href)
        assert answer.ok
        assert answer.headers["content-disposition"].startswith("attachment")
        assert Image.open(io.BytesIO(answer.body())).size > (100, 100)
    expect(studio.tiles).to_have_count(1)


@pytest.mark.parametrize("place", ONE_EACH, indirect=True, ids=str)
def test_before_and_after_are_compared_by_keyboard_and_button(studio: Studio, photo: Path) -> None:
    studio.make(photo, TEXT)
    studio.slider.focus()
    studio.page.keyboard.press("Home")
    expect(studio.slider).to_have_attribute("aria-valuetext", studio.word("value"))
    studio.page.keyboard.press("ArrowRight")
    expect(studio.slider).to_have_value("1")
    before = studio.button("see_before")
    before.click()
    expect(before).to_have_attribute("aria-pressed", "true")
    expect(studio.slider).to_have_value("100")


@pytest.mark.parametrize("place", ONE_EACH, indirect=True, ids=str)
def test_words_alone_become_a_picture(studio: Studio) -> None:
    studio.make(None, "A wooden house by a quiet lake")
    expect(studio.page.get_by_test_id("result")).to_be_visible()
    expect(studio.compare).to_have_count(0)
    expect(studio.page.locator("#save-original")).to_have_count(0)


def test_a_missing_sentence_is_named_and_gets_the_focus(studio: Studio, photo: Path) -> None:
    studio.add_photo(photo)
    studio.generate()
    expect(studio.error).to_have_text(studio.word("prompt_empty"))
    expect(studio.prompt).to_be_focused()
    expect(studio.page.locator("[aria-live=polite]")).to_have_text(studio.word("prompt_empty"))
    studio.write("a")
    expect(studio.error).to_have_count(0)


def test_a_missing_photo_is_named_and_gets_the_focus(studio: Studio) -> None:
    studio.write(TEXT)
    studio.generate()
    expect(studio.error).to_have_text(studio.word("image_missing"))
    expect(studio.photo_input).to_be_focused()


@pytest.mark.parametrize("place", ONE_EACH, indirect=True, ids=str)
def test_the_picture_can_be_the_next_photo(studio: Studio, photo: Path) -> None:
    studio.make(photo, TEXT)
    studio.button("use_as_photo").click()
    expect(studio.prompt).to_be_focused()
    expect(studio.prompt).to_have_value("")
    expect(studio.photo_preview).to_be_visible()


@pytest.mark.parametrize("place", ONE_EACH, indirect=True, ids=str)
def test_a_job_can_be_stopped(stack: Stack, studio: Studio, photo: Path) -> None:
    studio.add_photo(photo)
    studio.write(TEXT)
    with stack.jobs_unfinished():
        studio.generate()
        studio.page.locator("#cancel-job").click()
        studio.button("stop").click()
        expect(studio.page.get_by_test_id("cancelled")).to_be_visible(timeout=JOB_TIMEOUT_MS)
        expect(studio.page).to_have_title(re.compile(rf"^{studio.word('cancelled')} · "))


@pytest.mark.parametrize("place", ONE_EACH[:1], indirect=True, ids=str)
def test_what_has_left_already_is_cancelled_when_it_is_a_job(
    stack: Stack, studio: Studio, photo: Path
) -> None:
    headline = studio.page.get_by_test_id("headline")
    studio.add_photo(photo)
    studio.write(TEXT)
    with stack.jobs_unfinished():
        let_answers_through = studio.hold_answers("*/v1/jobs")
        studio.generate()
        expect(headline).to_have_text(studio.word("uploaded"))
        studio.button("cancel").click()
        expect(headline).to_have_text(studio.word("cancelling"))
        let_answers_through()
        expect(studio.page.get_by_test_id("cancelled")).to_be_visible(timeout=JOB_TIMEOUT_MS)
    expect(studio.tiles).to_have_count(1)
    expect(studio.prompt).to_have_value(TEXT)


@pytest.mark.parametrize("place", ONE_EACH, indirect=True, ids=str)
def test_the_sample_is_one_tap_away(studio: Studio) -> None:
    studio.page.get_by_role("button", name=studio.word("sample")).first.click()
    expect(studio.photo_preview).to_be_visible()
    expect(studio.prompt).not_to_have_value("")
