"""Without a mouse and without eyes: from the page to a saved file, and never lost on the way."""

import re
from pathlib import Path
from typing import Final

import pytest
from e2e.stack import Stack
from playwright.sync_api import expect

from studio.browser import DESKTOP, TABLET
from studio.photos import SAMPLE
from studio.studio_page import JOB_TIMEOUT_MS, Place, Studio

EN_DESKTOP: Final = Place("en", *DESKTOP)
TH_TABLET: Final = Place("th", *TABLET)
IN_TWO: Final = pytest.mark.parametrize("place", [EN_DESKTOP, TH_TABLET], indirect=True, ids=str)
IN_ONE: Final = pytest.mark.parametrize("place", [TH_TABLET], indirect=True, ids=str)
MOST_SAID: Final = 10
"""So often the live region may change for one job."""
UNDO_IS_OVER_MS: Final = 6_000

FOCUS_IS_SOMEWHERE: Final = """() => {
  const on = document.activeElement;
  return on !== null && on !== document.body && on.isConnected && on.checkVisibility();
}"""


@IN_TWO
def test_from_the_page_to_a_saved_file(studio: Studio, tmp_path: Path) -> None:
    page = studio.page
    page.on("filechooser", lambda chooser: chooser.set_files(SAMPLE))
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")

    studio.tab_to(studio.photo_input)
    page.keyboard.press("Enter")
    expect(studio.photo_preview).to_be_visible()

    studio.tab_to(studio.prompt)
    page.keyboard.type("Golden light")
    studio.tab_to(page.locator("input[name=ratio]:checked"))
    page.keyboard.press("ArrowRight")
    expect(page.locator("input[name=ratio][value='9:16']")).to_be_checked()
    studio.tab_to(page.locator("#generate"))
    page.keyboard.press("Enter")

    expect(studio.done).to_be_focused(timeout=JOB_TIMEOUT_MS)
    studio.tab_to(studio.slider)
    page.keyboard.press("PageUp")
    expect(studio.slider).to_have_value("60")
    page.keyboard.press("Home")
    expect(studio.slider).to_have_attribute("aria-valuetext", studio.word("value"))
    studio.tab_to(page.locator("#save"))
    with page.expect_download() as saving:
        page.keyboard.press("Enter")
    path = tmp_path / "saved"
    saving.value.save_as(path)
    assert path.stat().st_size > 1_000
    assert re.search(r"\.(png|jpe?g|webp)$", saving.value.suggested_filename)


@IN_ONE
def test_a_job_is_stopped_and_escape_only_leaves_the_sheet(studio: Studio, stack: Stack) -> None:
    page = studio.page
    for process in stack.running("submitter"):
        process.stop()
    send_by_keyboard(studio)
    cancel = page.locator("#cancel-job")
    studio.tab_to(cancel)
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(cancel).to_be_focused()

    page.keyboard.press("Enter")
    studio.tab_to(studio.button("stop"))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("cancelled")).to_be_visible(timeout=JOB_TIMEOUT_MS)


@IN_ONE
def test_the_focus_is_kept_when_a_picture_is_deleted(studio: Studio) -> None:
    studio.make(None, "to be deleted")
    delete = studio.tiles.first.get_by_role("button")
    delete.focus()
    studio.page.keyboard.press("Enter")
    expect(studio.tiles).to_have_count(0)
    studio.page.wait_for_function(FOCUS_IS_SOMEWHERE)


@IN_ONE
def test_there_is_time_to_undo(studio: Studio) -> None:
    page, undo = studio.page, studio.button("undo")
    studio.make(None, "to be deleted")
    studio.listen()
    deleted: list[str] = []
    page.on("request", lambda one: deleted.append(one.url) if one.method == "DELETE" else None)
    page.clock.install()
    studio.tiles.first.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(undo).to_be_focused()
    page.clock.fast_forward(UNDO_IS_OVER_MS)
    page.wait_for_function("(word) => said.at(-1).includes(word)", arg=studio.word("undo"))
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(studio.tiles.first.get_by_role("link")).to_be_focused()

    studio.tiles.first.get_by_role("button").click(force=True)
    undo.hover()
    page.clock.fast_forward(UNDO_IS_OVER_MS)
    expect(undo).to_be_visible()
    assert deleted == []
    with page.expect_request(lambda one: one.method == "DELETE"):
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    expect(undo).to_have_count(0)
    expect(studio.tiles).to_have_count(0)


@IN_ONE
def test_a_job_is_told_in_few_words(studio: Studio, stack: Stack) -> None:
    page = studio.page
    expect(page.locator("[aria-live=polite]")).to_have_count(1)
    stack.faults(stuck_in_progress={}, progress_in_output={"output": {"progress": "1/10"}})
    studio.listen()
    send_by_keyboard(studio)
    for step in range(1, 11):
        heading = page.get_by_test_id("headline")
        stack.change_faults(progress_in_output={"output": {"progress": f"{step}/10"}})
        expect(heading).to_have_text(re.compile(rf"\b{step}\b.*\b10\b"))
        if step in (1, 5):
            # Of what happens within a second only the last is said.
            page.wait_for_function("(many) => said.length >= many", arg=1 + step // 5)
    stack.faults()
    studio.await_done()
    page.wait_for_function("(word) => said.at(-1) === word", arg=studio.word("finished"))
    said = studio.said
    assert 3 <= len(said) <= MOST_SAID, said
    assert len(set(said)) == len(said), "nothing is said twice"


def send_by_keyboard(studio: Studio) -> None:
    """Write and send without a photo; the focus stays where it was."""
    studio.without_photo()
    studio.prompt.focus()
    studio.page.keyboard.type("a quiet lake")
    studio.tab_to(studio.page.locator("#generate"))
    studio.page.keyboard.press("Enter")
    expect(studio.timeline).to_be_visible()
