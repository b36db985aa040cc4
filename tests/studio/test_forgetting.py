"""What is deleted goes from this device as well, however the page is left."""

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Request, expect

from studio.browser import PHONE
from studio.studio_page import JOB_TIMEOUT_MS, Place, Studio

pytestmark = pytest.mark.parametrize("place", [Place("th", *PHONE)], indirect=True, ids=str)
TEXT: Final = "Snow on a winter morning"
UNDO_IS_OVER_MS: Final = 6_000

KEEPS: Final = """() => new Promise((done) => {
  indexedDB.open('ob-studio').onsuccess = ({target: {result: database}}) => {
    const look = database.transaction(['photos', 'lists']);
    const photos = look.objectStore('photos').getAllKeys();
    const lists = look.objectStore('lists').getAll();
    look.oncomplete = () => {
      database.close();
      const kinds = photos.result.map((key) => key.split(':')[0]).sort();
      const words = lists.result.flatMap(({items}) => items.map(({prompt}) => prompt));
      done([...kinds, ...words]);
    };
  };
})"""


@pytest.fixture
def made(studio: Studio, photo: Path) -> Studio:
    """Somebody whose picture, its photo and its words are on this device, too."""
    studio.make(photo, TEXT)
    studio.open(f"/{studio.place.lang}/history")
    expect(studio.tiles).to_have_count(1)
    expect_kept(studio, "draft", "job", TEXT)
    return studio


def expect_kept(studio: Studio, *wanted: str) -> None:
    """Wait until this device has these kinds of photos, and then these words, and no more."""
    for _ in range(JOB_TIMEOUT_MS // 100):
        kept = studio.page.evaluate(KEEPS)
        if kept == list(wanted):
            return
        studio.page.wait_for_timeout(100)
    pytest.fail(f"kept: {kept}")


def is_deleting(request: Request) -> bool:
    return request.method == "DELETE"


def delete_first(studio: Studio) -> None:
    studio.tiles.first.get_by_role("button").click()
    expect(studio.tiles).to_have_count(0)


def test_what_is_deleted_while_one_leaves(made: Studio) -> None:
    delete_first(made)
    made.open(f"/{made.place.lang}/account")
    expect_kept(made, "draft")


def test_what_is_deleted_beside_the_stage(made: Studio) -> None:
    made.open()
    expect(made.tiles).to_have_count(1)
    made.page.clock.install()
    delete_first(made)
    with made.page.expect_request(is_deleting):
        made.page.clock.fast_forward(UNDO_IS_OVER_MS)
    expect_kept(made, "draft")


def test_everything(made: Studio) -> None:
    page = made.page
    made.open()
    expect(made.photo_preview).to_be_visible()
    page.locator(f"nav a[href='/{made.place.lang}/account']:visible").click()
    page.locator("section button").last.click()
    page.get_by_role("dialog").get_by_role("button").last.click()
    expect_kept(made)
    page.locator(f"nav a[href='/{made.place.lang}']:visible").click()
    expect(made.prompt).to_have_value(TEXT)
    expect(made.photo_preview).to_have_count(0)
