"""The studio as its visitors see it: words in two languages, and the few moves they make."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

JOB_TIMEOUT_MS: Final = 90_000

WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "generate": "Generate",
        "prompt_empty": "Tell us what you\u2019d like first.",
        "image_missing": "Add a photo first.",
        "unsupported_format": "We can\u2019t read this kind of file. Use JPG, PNG, WebP or HEIC.",
        "done": "Done in",
        "see_before": "See before",
        "use_as_photo": "Use as new photo",
        "save": "Save picture",
        "history": "Your pictures",
        "undo": "Undo",
        "delete": "Delete",
        "edit": "Edit",
        "stop": "Stop",
        "compare": "Compare before and after",
        "value": "100 % of the after picture shows",
        "simulator": "A simulator makes the pictures here",
        "ideas": "Ideas",
        "sample": "Try a sample",
    },
    "th": {
        "generate": "สร้างภาพ",
        "prompt_empty": "บอกเราก่อนว่าอยากได้ภาพแบบไหน",
        "image_missing": "เพิ่มรูปก่อน แล้วค่อยกดสร้างภาพ",
        "unsupported_format": "ไฟล์แบบนี้ยังใช้ไม่ได้ ลองใช้ JPG, PNG, WebP หรือ HEIC",
        "done": "เสร็จแล้ว ใช้เวลา",
        "see_before": "ดูรูปก่อน",
        "use_as_photo": "ใช้ภาพนี้ต่อ",
        "save": "บันทึกภาพ",
        "history": "ภาพของคุณ",
        "undo": "เรียกคืน",
        "delete": "ลบ",
        "edit": "แก้ไข",
        "stop": "หยุด",
        "compare": "เทียบก่อนและหลัง",
        "value": "เห็นภาพหลัง 100 %",
        "simulator": "สร้างโดยตัวจำลอง",
        "ideas": "ไอเดีย",
        "sample": "ลองกับรูปตัวอย่าง",
    },
}
LANGUAGES: Final = tuple(WORDS)


@dataclass(frozen=True)
class Place:
    """Who looks, and through how large a window."""

    lang: str
    width: int
    height: int

    @property
    def phone(self) -> bool:
        return self.width < 768

    def __str__(self) -> str:
        return f"{self.lang}-{self.width}"


@dataclass
class Studio:
    page: Page
    address: str
    place: Place
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def word(self, key: str) -> str:
        return WORDS[self.place.lang][key]

    # moves

    def open(self, path: str | None = None) -> None:
        self.page.goto(self.address + (path or f"/{self.place.lang}"))
        self.ready()

    def ready(self) -> None:
        """The page has come alive: the account's credits are there."""
        expect(self.page.get_by_test_id("credits")).to_be_visible()

    def add_photo(self, path: Path) -> None:
        self.photo_input.set_input_files(path)
        expect(self.photo_preview).to_be_visible()

    def write(self, text: str) -> None:
        self.prompt.fill(text)

    def choose_ratio(self, ratio: str) -> None:
        self._choose(f"input[name=ratio][value='{ratio}']")

    def without_photo(self) -> None:
        self._choose("input[name=mode][value=text]")

    def _choose(self, radio: str) -> None:
        self.page.locator("label", has=self.page.locator(radio)).click()
        expect(self.page.locator(radio)).to_be_checked()

    def generate(self) -> None:
        self.page.locator("#generate").click()

    def unfold(self) -> None:
        if self.place.phone:
            self.page.get_by_test_id("chip").get_by_role("button").click()

    def make(self, photo: Path | None, text: str) -> None:
        """A whole job, from the form to its end."""
        if photo is None:
            self.without_photo()
        else:
            self.add_photo(photo)
        self.write(text)
        self.generate()
        self.await_done()

    def await_done(self) -> None:
        expect(self.done).to_be_visible(timeout=JOB_TIMEOUT_MS)

    def button(self, key: str) -> Locator:
        return self.page.get_by_role("button", name=self.word(key), exact=True)

    # what is there

    @property
    def photo_input(self) -> Locator:
        return self.page.locator("#photo-input")

    @property
    def photo_preview(self) -> Locator:
        return self.page.get_by_test_id("photo-field").locator("img")

    @property
    def prompt(self) -> Locator:
        return self.page.locator("#prompt-input")

    @property
    def error(self) -> Locator:
        return self.page.get_by_test_id("field-error")

    @property
    def timeline(self) -> Locator:
        return self.page.get_by_test_id("timeline")

    @property
    def done(self) -> Locator:
        return self.page.get_by_test_id("done")

    @property
    def compare(self) -> Locator:
        return self.page.get_by_test_id("compare")

    @property
    def slider(self) -> Locator:
        return self.page.get_by_role("slider", name=self.word("compare"))

    @property
    def tiles(self) -> Locator:
        return self.page.get_by_test_id("history").locator("li")

    @property
    def job_id(self) -> str:
        match = re.search(r"[?&]job=([^&]+)", self.page.url)
        assert match, self.page.url
        return match[1]

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(width))
