"""The studio for other eyes: forced colours, still pictures, large letters."""

import io
import re
from typing import Final, Literal

import pytest
from e2e.stack import Stack
from PIL import Image, ImageChops
from playwright.sync_api import FloatRect, Locator, expect

from studio.browser import DESKTOP, PHONE
from studio.photos import SAMPLE
from studio.studio_page import Place, Studio

THAI_PHONE: Final = Place("th", *PHONE)
CLEARLY: Final = 60
"""Two colours differ so much in a channel that one sees it."""
RIM_PX: Final = 6
LEAST_LINE_HEIGHT: Final = 1.45
"""Of the size of the letters: below it, Thai marks that stand on each other are cut."""

MOVING: Final = """() => document.getAnimations()
  .filter((one) => one.playState === 'running' && one.effect.getComputedTiming().duration > 1)
  .map((one) => one.animationName ?? one.transitionProperty)"""

TIGHT: Final = r"""(least) => {
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || one.closest('.sr-only')) continue;
    if (!one.checkVisibility()) continue;
    const {lineHeight, fontSize} = getComputedStyle(one);
    const ratio = parseFloat(lineHeight) / parseFloat(fontSize);
    if (!(ratio >= least)) found.add(`${walk.currentNode.data.trim().slice(0, 40)}: ${ratio}`);
  }
  return [...found];
}"""

CUT: Final = """() => [...document.querySelectorAll('body *')].flatMap((one) => {
  const style = getComputedStyle(one);
  const hides = style.overflowY === 'hidden' || style.overflowX === 'hidden';
  const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!hides || !words || one.closest('.sr-only') || !one.checkVisibility()) return [];
  if (style.webkitLineClamp !== 'none' || style.textOverflow === 'ellipsis') return [];
  const cut = one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1;
  return cut ? [one.textContent.trim().slice(0, 60)] : [];
})"""


@pytest.fixture
def place() -> Place:
    return THAI_PHONE


Motion = Literal["reduce", "no-preference"]


@pytest.fixture
def forced(studio: Studio) -> Studio:
    studio.page.emulate_media(forced_colors="active")
    return studio


def shot(what: Locator) -> Image.Image:
    picture = what.screenshot(animations="disabled", caret="hide")
    return Image.open(io.BytesIO(picture)).convert("RGB")


def shot_with_rim(what: Locator) -> Image.Image:
    """Return a picture of an element with what is drawn around it."""
    box = what.bounding_box()
    assert box
    clip: FloatRect = {
        "x": max(0, box["x"] - RIM_PX),
        "y": max(0, box["y"] - RIM_PX),
        "width": box["width"] + 2 * RIM_PX,
        "height": box["height"] + 2 * RIM_PX,
    }
    picture = what.page.screenshot(clip=clip, animations="disabled", caret="hide")
    return Image.open(io.BytesIO(picture)).convert("RGB")


def pixels_changed(one: Image.Image, other: Image.Image) -> int:
    """Return how many pixels differ so that it is seen."""
    least = [min(sides) for sides in zip(one.size, other.size, strict=True)]
    box = (0, 0, least[0], least[1])
    difference = ImageChops.difference(one.crop(box), other.crop(box)).convert("L")
    return sum(difference.point(lambda level: 255 * (level > CLEARLY)).histogram()[255:])


@pytest.mark.parametrize("name", ["ratio", "mode"])
def test_what_is_chosen_shows_in_forced_colours(forced: Studio, name: str) -> None:
    cards = forced.page.locator("label", has=forced.page.locator(f"input[name={name}]"))
    first, second = cards.nth(0), cards.nth(1)
    second.click()
    forced.prompt.focus()
    without = shot(first)
    first.click()
    forced.prompt.focus()
    assert pixels_changed(without, shot(first)) >= 20


def test_an_idea_that_is_taken_shows_in_forced_colours(forced: Studio) -> None:
    idea = forced.page.locator("form button[aria-pressed]").first
    idea.scroll_into_view_if_needed()
    without = shot(idea)
    idea.click()
    forced.prompt.focus()
    assert pixels_changed(without, shot(idea)) >= 20


@pytest.mark.parametrize("target", ["#prompt-input", "#generate", "#language"])
def test_where_the_focus_is_shows_in_forced_colours(forced: Studio, target: str) -> None:
    there = forced.page.locator(target)
    there.scroll_into_view_if_needed()
    without = shot_with_rim(there)
    forced.page.keyboard.press("Tab")
    there.focus()
    assert pixels_changed(without, shot_with_rim(there)) >= 50


def test_a_job_can_be_followed_in_forced_colours(forced: Studio, stack: Stack) -> None:
    stack.faults(stuck_in_progress={}, progress_in_output={"output": {"progress": "3/10"}})
    forced.without_photo()
    forced.write("a quiet lake")
    forced.generate()
    heading = forced.page.get_by_test_id("headline")
    expect(heading).to_have_text(re.compile(forced.word("step")))
    bar = forced.page.locator("progress")
    little = shot(bar)
    stack.change_faults(progress_in_output={"output": {"progress": "8/10"}})
    expect(heading).to_have_text(re.compile(r"\b8\b"), timeout=15_000)
    assert pixels_changed(little, shot(bar)) >= 50


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_what_moves_is_only_the_bar_and_not_for_those_who_mind(
    studio: Studio, stack: Stack, motion: Motion
) -> None:
    stack.faults(stuck_in_progress={})
    studio.page.emulate_media(reduced_motion=motion)
    studio.add_photo(SAMPLE)
    studio.write("a quiet lake")
    studio.generate()
    heading = studio.page.get_by_test_id("headline")
    expect(heading).to_have_text(re.compile(studio.word("creating")))
    expect(studio.page.get_by_role("progressbar")).to_be_visible()
    most = 0 if motion == "reduce" else 1
    studio.page.wait_for_function(f"() => ({MOVING})().length === {most}")


@pytest.mark.parametrize(
    "place", [THAI_PHONE, Place("en", 320, 640), Place("th", *DESKTOP)], ids=str
)
def test_letters_of_twice_the_size_fit(studio: Studio, stack: Stack) -> None:
    page = studio.page
    page.evaluate("document.documentElement.style.fontSize = '200%'")

    def expect_room() -> None:
        assert studio.overflow() <= 0
        assert page.evaluate(CUT) == []
        assert page.evaluate(TIGHT, LEAST_LINE_HEIGHT) == []

    expect_room()
    studio.add_photo(SAMPLE)
    studio.write("แสงเย็นอบอุ่น ท้องฟ้าสีทอง โทนฟิล์ม ที่ปู่และน้ำเงิน")
    expect_room()
    with stack.jobs_unfinished():
        studio.generate()
        expect(studio.timeline).to_be_visible()
        expect_room()
    studio.await_done()
    expect_room()
