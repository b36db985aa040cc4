"""Photos as people have them: from the camera, too large, in Apple's format, dropped, pasted."""

import base64
from pathlib import Path
from typing import Final

import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import expect

from studio.browser import DESKTOP, PHONE
from studio.photos import HUGE, LONG_EDGE, huge_jpeg
from studio.scene import NEVER_LATE
from studio.studio_page import JOB_TIMEOUT_MS, Place, Studio

pytestmark = pytest.mark.timeout(300)

DESKTOPS: Final = [Place("th", *DESKTOP)]
PHONES: Final = [Place("th", *PHONE)]
WITHOUT_WORKERS: Final = "window.Worker = undefined"

HAND_OVER: Final = """([kind, data, name, type]) => {
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  const things = new DataTransfer();
  things.items.add(new File([bytes], name, {type}));
  const event = kind === 'paste'
    ? new ClipboardEvent('paste', {clipboardData: things, bubbles: true, cancelable: true})
    : new DragEvent(kind, {dataTransfer: things, bubbles: true, cancelable: true});
  return !document.body.dispatchEvent(event);
}"""


def computed_seconds(studio: Studio) -> float:
    """Return for how long the page's main thread has had a processor."""
    studio.chrome.send("Performance.enable", {"timeDomain": "threadTicks"})
    metrics = studio.chrome.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def take_in(studio: Studio, path: Path) -> float:
    """Choose a large photo and return for how long the page itself computed until it was there."""
    before = computed_seconds(studio)
    studio.photo_input.set_input_files(path)
    expect(studio.photo_preview).to_be_visible(timeout=JOB_TIMEOUT_MS)
    return computed_seconds(studio) - before


def hand_over(studio: Studio, kind: str, path: Path) -> bool:
    """Do it as a person does; return whether the page saw to it, so that the browser need not."""
    data = base64.b64encode(path.read_bytes()).decode()
    return bool(studio.page.evaluate(HAND_OVER, [kind, data, "x.jpg", "image/jpeg"]))


@pytest.mark.parametrize("place", DESKTOPS, indirect=True, ids=str)
def test_a_photo_can_be_pasted(studio: Studio, photo: Path) -> None:
    hand_over(studio, "paste", photo)
    expect(studio.photo_preview).to_be_visible()


@pytest.mark.parametrize("place", DESKTOPS, indirect=True, ids=str)
def test_a_photo_can_be_dropped_anywhere(studio: Studio, photo: Path) -> None:
    studio.without_photo()
    hand_over(studio, "dragenter", photo)
    hand_over(studio, "drop", photo)
    expect(studio.photo_preview).to_be_visible()


@pytest.mark.parametrize("place", DESKTOPS, indirect=True, ids=str)
def test_a_photo_dropped_on_another_screen_goes_to_the_form(studio: Studio, photo: Path) -> None:
    studio.open(f"/{studio.place.lang}/account")
    expect(studio.page.get_by_role("heading", level=1)).to_be_visible()
    assert hand_over(studio, "dragover", photo)
    assert hand_over(studio, "drop", photo)
    expect(studio.photo_preview).to_be_visible()
    expect(studio.page).to_have_url(f"{studio.address}/{studio.place.lang}")
    expect(studio.prompt).to_be_focused()


@pytest.mark.parametrize("place", DESKTOPS, indirect=True, ids=str)
def test_a_file_is_judged_by_its_bytes(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "letter.jpg"
    path.write_text("I am no photo.")
    studio.photo_input.set_input_files(path)
    expect(studio.error).to_have_text(studio.word("unsupported_format"))


@pytest.mark.parametrize("place", PHONES, indirect=True, ids=str)
def test_the_camera_of_a_phone_is_one_tap_away(studio: Studio, photo: Path) -> None:
    camera = studio.page.locator("input[type=file][capture=environment]")
    expect(studio.page.locator("label", has=camera)).to_be_visible()
    camera.set_input_files(photo)
    expect(studio.photo_preview).to_be_visible()


@pytest.mark.parametrize("place", PHONES, indirect=True, ids=str)
def test_a_photo_in_apples_format_becomes_a_picture(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.HEIC"
    heif = pillow_heif.from_pillow(Image.linear_gradient("L").resize((600, 400)).convert("RGB"))
    heif.save(path, quality=60)
    studio.photo_input.set_input_files(path)
    field = studio.page.get_by_test_id("photo-field")
    expect(field).to_contain_text(studio.word("no_preview"))
    studio.write("a warmer evening")
    studio.generate()
    studio.await_done()
    expect(studio.compare.locator("img")).to_have_count(2)
    before = studio.compare.locator("img").first
    assert before.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 600


@pytest.mark.parametrize("place", PHONES, indirect=True, ids=str)
def test_108_megapixels_are_made_smaller_beside_the_page(studio: Studio, tmp_path: Path) -> None:
    page = studio.page
    path = huge_jpeg(tmp_path)
    other = Studio(page.context.new_page(), studio.address, studio.place)
    other.open()
    other.page.evaluate(WITHOUT_WORKERS)
    in_page_seconds = take_in(other, path)
    other.page.close()

    page.evaluate(NEVER_LATE)  # else the page takes over from a worker that is slow
    with page.expect_worker(timeout=JOB_TIMEOUT_MS):
        beside_seconds = take_in(studio, path)
    assert beside_seconds < in_page_seconds / 2

    width, height = studio.photo_preview.evaluate("(one) => [one.naturalWidth, one.naturalHeight]")
    assert max(width, height) <= LONG_EDGE
    assert width / height == pytest.approx(HUGE[0] / HUGE[1], rel=0.01)
    studio.write("a warmer evening")
    studio.generate()
    studio.await_done()
