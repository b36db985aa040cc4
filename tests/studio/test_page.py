"""The page itself: every way in for a photo, every width, plain speech about the simulator."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from studio.studio_page import Place, Studio

pytestmark = pytest.mark.timeout(180)
DESKTOPS = [Place("th", 1280, 800), Place("en", 1280, 800)]
NARROW = [Place("th", 320, 640), Place("en", 320, 640)]

HAND_OVER = """([kind, data, name, type]) => {
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  const things = new DataTransfer();
  things.items.add(new File([bytes], name, {type}));
  const event = kind === 'paste'
    ? new ClipboardEvent('paste', {clipboardData: things, bubbles: true, cancelable: true})
    : new DragEvent(kind, {dataTransfer: things, bubbles: true, cancelable: true});
  document.body.dispatchEvent(event);
}"""

SMALL = """() => [...document.querySelectorAll('button, a, input, textarea')].flatMap((one) => {
  if (one.matches('.skip') || one.closest('[hidden]')) return [];
  const target = one.matches('input[type=file], input[type=radio]') ? one.closest('label') : one;
  const box = target.getBoundingClientRect();
  if (box.width === 0 || (box.width >= 43.5 && box.height >= 43.5)) return [];
  return [`${one.tagName} ${one.textContent || one.ariaLabel} ${box.width}x${box.height}`];
})"""


def hand_over(studio: Studio, kind: str, path: Path, name: str = "x.jpg") -> None:
    data = base64.b64encode(path.read_bytes()).decode()
    studio.page.evaluate(HAND_OVER, [kind, data, name, "image/jpeg"])


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
def test_a_file_is_judged_by_its_bytes(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "letter.jpg"
    path.write_text("I am no photo.")
    studio.photo_input.set_input_files(path)
    expect(studio.error).to_have_text(studio.word("unsupported_format"))


def test_the_simulator_is_spoken_of_plainly(studio: Studio) -> None:
    answer = studio.page.request.get(f"{studio.address}/v1/config")
    notice = studio.page.get_by_test_id("simulator")
    if answer.json()["simulator"]:
        expect(notice).to_contain_text(studio.word("simulator"))
    else:
        expect(notice).to_have_count(0)


def test_everything_can_be_hit_with_a_thumb(studio: Studio, photo: Path) -> None:
    assert studio.page.evaluate(SMALL) == []
    studio.add_photo(photo)
    assert studio.page.evaluate(SMALL) == []


@pytest.mark.parametrize("place", NARROW, indirect=True, ids=str)
def test_nothing_is_wider_than_a_small_phone(studio: Studio, photo: Path) -> None:
    assert studio.overflow() <= 0
    studio.add_photo(photo)
    studio.write("แสงเย็นอบอุ่นโทนฟิล์ม" * 3)
    assert studio.overflow() <= 0
    studio.generate()
    expect(studio.timeline).to_be_visible()
    assert studio.overflow() <= 0
    studio.await_done()
    assert studio.overflow() <= 0
    studio.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert studio.overflow() <= 0


@pytest.mark.parametrize("place", [Place("th", 360, 740)], indirect=True, ids=str)
def test_the_first_page_needs_nobody_else(
    address: str, context: BrowserContext, place: Place
) -> None:
    hosts: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: hosts.append(request.url))
    Studio(page, address, place).open()
    foreign = [url for url in hosts if not url.startswith((address, "data:", "blob:"))]
    assert foreign == []
