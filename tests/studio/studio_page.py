"""The studio as its visitors use it: the few moves they make, and what they see."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import httpx
import pytest
from e2e.visitor import Visitor
from playwright.sync_api import ConsoleMessage, Locator, Page, Route, expect

from studio.words import WORDS

JOB_TIMEOUT_MS: Final = 90_000
PREPARED_TIMEOUT_MS: Final = 20_000
MOST_TABS: Final = 30
JOBS: Final = "**/v1/jobs"
NO_WORKER: Final = "Service Worker registration blocked by Playwright"
"""Said because the suite keeps it out: what it answered would be past `page.route`."""

IS_KEPT: Final = """([store, beginning]) => new Promise((done) => {
  indexedDB.open('ob-studio').onsuccess = ({target: {result: database}}) => {
    if (!database.objectStoreNames.contains(store)) {
      database.close();
      done(false);
      return;
    }
    database.transaction(store).objectStore(store).getAllKeys().onsuccess = ({target}) => {
      database.close();
      done(target.result.some((key) => key.startsWith(beginning)));
    };
  };
})"""
"""Whether the browser keeps a row of a kind; what is kept arrives a while after it is seen."""
LISTEN: Final = """() => {
  window.said = [];
  const live = document.querySelector('[aria-live=polite]');
  const watch = {childList: true, characterData: true, subtree: true};
  new MutationObserver(() => window.said.push(live.textContent.trim())).observe(live, watch);
}"""


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
        self.chrome = self.page.context.new_cdp_session(self.page)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and message.text != NO_WORKER:
            self.complaints.append(message.text)

    def forgive(self, pattern: str) -> None:
        """Forget what the browser itself notes of a request that was to go wrong."""
        self.complaints[:] = self.complaints_beside(pattern)

    def complaints_beside(self, pattern: str | None) -> list[str]:
        """Return what the browser noted, without what matches."""
        return [one for one in self.complaints if not (pattern and re.search(pattern, one))]

    def word(self, key: str) -> str:
        return WORDS[self.place.lang][key]

    def speak(self, lang: str) -> None:
        """Change the language as the link in the header does, from below a dialog too."""
        self.page.locator("#language").dispatch_event("click")
        expect(self.page.locator("html")).to_have_attribute("lang", lang)
        self.place = replace(self.place, lang=lang)

    def move_to(self, place: Place) -> None:
        """Look at the same page through another window, in another language."""
        if place.lang != self.place.lang:
            self.speak(place.lang)
        self.page.set_viewport_size({"width": place.width, "height": place.height})
        size = {"width": place.width, "height": place.height, "deviceScaleFactor": 1}
        self.chrome.send("Emulation.setDeviceMetricsOverride", size | {"mobile": place.phone})
        self.chrome.send("Emulation.setTouchEmulationEnabled", {"enabled": place.phone})
        self.place = place

    # moves

    def open(self, path: str | None = None) -> None:
        self.page.goto(self.address + (path or f"/{self.place.lang}"))
        self.ready()

    def ready(self) -> None:
        """The page has come alive: the account's credits are there."""
        expect(self.page.get_by_test_id("credits")).to_be_visible()

    def add_photo(self, path: Path) -> None:
        """Choose a photo and wait until it could be sent."""
        self.photo_input.set_input_files(path)
        expect(self.photo_preview).to_be_visible()
        expect(self.page.get_by_test_id("preparing")).to_have_count(0, timeout=PREPARED_TIMEOUT_MS)

    def write(self, text: str) -> None:
        self.prompt.fill(text)

    def choose_ratio(self, ratio: str) -> None:
        self._choose(f"input[name=ratio][value='{ratio}']")

    def without_photo(self) -> None:
        self._choose("input[name=mode][value=text]")

    def with_photo(self) -> None:
        self._choose("input[name=mode][value=photo]")

    def _choose(self, radio: str) -> None:
        self.page.locator("label", has=self.page.locator(radio)).click()
        expect(self.page.locator(radio)).to_be_checked()

    def tab_to(self, target: Locator, key: str = "Tab") -> None:
        """Press Tab, or Shift+Tab to go back, until the focus is there."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press(key)
            if target.evaluate("(one) => one === document.activeElement"):
                return
        where = self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        message = f"{MOST_TABS} tabs do not lead to {target}; the focus is on {where}"
        raise AssertionError(message)

    def generate(self) -> None:
        self.page.locator("#generate").click()

    def slow_upload(self, bytes_per_second: int) -> None:
        """Let the browser send so slowly that one can watch."""
        pace = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
        self.chrome.send("Network.emulateNetworkConditions", {"offline": False, **pace})

    def hold_answers(self, url: str) -> Callable[[], object]:
        """Keep answers to this address back, though the gateway has given them, until called."""
        pattern = {"urlPattern": url, "requestStage": "Response"}
        self.chrome.send("Fetch.enable", {"patterns": [pattern]})
        return lambda: self.chrome.send("Fetch.disable")

    def refuse_jobs(self, status: int, code: str, **problem: object) -> None:
        """Answer every new job so, until `accept_jobs`."""
        body = json.dumps({"code": code, "status": status, "params": {}, **problem})

        def refuse(route: Route) -> None:
            if route.request.method == "POST":
                route.fulfill(status=status, content_type="application/problem+json", body=body)
            else:
                route.fallback()

        self.page.route(JOBS, refuse)

    def accept_jobs(self) -> None:
        self.page.unroute(JOBS)

    def end_session(self) -> None:
        """Leave a cookie that the gateway did not sign."""
        context = self.page.context
        context.clear_cookies()
        context.add_cookies([{"name": "ob_session", "value": "bent", "url": self.address}])

    def owner(self, url: str) -> Visitor:
        """Return the person in the browser, at the API, past what the browser's network is like."""
        jar = httpx.Cookies()
        for cookie in self.page.context.cookies():
            jar.set(cookie["name"], cookie["value"])
        return Visitor(url, jar)

    def listen(self) -> None:
        """Note what screen readers hear from now on."""
        self.page.evaluate(LISTEN)

    @property
    def said(self) -> list[str]:
        heard: list[str] = self.page.evaluate("window.said")
        return heard

    def reload_history_without_network(self) -> None:
        """Load the history anew, once it is kept, where only the page itself can be reached."""
        self.await_kept("lists")
        self.page.route("**/v1/**", lambda route: route.abort("internetdisconnected"))
        self.page.reload()

    def await_kept(self, store: str, beginning: str = "") -> None:
        """Wait until a reload would find a row of this kind, whose key begins so."""
        for _ in range(JOB_TIMEOUT_MS // 100):
            # `wait_for_function` takes a promise for an answer.
            if self.page.evaluate(IS_KEPT, [store, beginning]):
                return
            self.page.wait_for_timeout(100)
        pytest.fail(f"nothing is kept in {store} that begins with {beginning!r}")

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
