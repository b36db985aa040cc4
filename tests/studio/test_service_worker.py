"""The studio as its service worker keeps it: without a network, over versions; what is shared."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest
from e2e.stack import Stack, free_port
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from proxy import ProxyThread

from studio.browser import PHONE
from studio.studio_page import Place, Studio

pytestmark = pytest.mark.parametrize("place", [Place("th", *PHONE)], indirect=True, ids=str)
TEXT: Final = "Snow on a winter morning"
IN_CHARGE: Final = "navigator.serviceWorker.ready.then(() => !!navigator.serviceWorker.controller)"
LET_IN: Final = "navigator.serviceWorker.ready.then((worker) => worker.waiting === null)"
CHECK: Final = "navigator.serviceWorker.ready.then((worker) => worker.update()).then(() => true)"
WAITING: Final = "navigator.serviceWorker.ready.then((worker) => worker.waiting !== null)"
BUILD: Final = "document.querySelector('meta[name=build]').content"
QUARTER_MS: Final = 16 * 60_000
LATER_PART: Final = "stage-ended-"
MOVED_PART: Final = "stage-moved-"
NEWER_BUILD: Final = "a-newer-one"


@dataclass
class House:
    """An address where the gateway can go away, and another studio can move in."""

    stack: Stack
    network: ProxyThread
    newer: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.network.port}"

    @property
    def studio(self) -> Path:
        return self.stack.studio_dir

    def close(self) -> None:
        self.network.refuse()

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Every answer is a 503, as from a proxy whose gateway is away."""
        with ThreadingHTTPServer(("127.0.0.1", 0), _Broken) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                self.network.lead_to(server.server_port)
                yield
            finally:
                self.network.lead_to(self.stack.gateway_port)
                server.shutdown()
                thread.join()

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """A newer version moves in: another build, one of whose later parts has another name."""
        without_packed = shutil.ignore_patterns("*.br", "*.gz")
        shutil.copytree(self.studio, self.newer, ignore=without_packed)
        for file in [one for one in self.newer.rglob("*") if one.is_file()]:
            if file.suffix in {".html", ".js"}:
                text = file.read_text(encoding="utf-8").replace(LATER_PART, MOVED_PART)
                file.write_text(text.replace(self.build, NEWER_BUILD), encoding="utf-8")
            if file.name.startswith(LATER_PART):
                file.rename(file.with_name(file.name.replace(LATER_PART, MOVED_PART)))
        port = free_port()
        gateway = self.stack.spawn("gateway", {"PORT": str(port), "STUDIO_DIR": str(self.newer)})
        try:
            gateway.wait_ready()
            self.network.lead_to(port)
            yield
        finally:
            gateway.stop()

    @property
    def build(self) -> str:
        page = (self.studio / "index.html").read_text(encoding="utf-8")
        return page.split('<meta name="build" content="')[1].split('"')[0]


class _Broken(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def house(stack: Stack, tmp_path: Path) -> Iterator[House]:
    with ProxyThread("127.0.0.1", stack.gateway_port) as network:
        yield House(stack, network, tmp_path / "newer")


@pytest.fixture
def context(browser: Browser, place: Place) -> BrowserContext:
    return browser.new_context(
        viewport={"width": place.width, "height": place.height},
        locale="th-TH" if place.lang == "th" else "en-GB",
        reduced_motion="reduce",
    )


@pytest.fixture
def studio(house: House, context: BrowserContext, place: Place) -> Studio:
    """The studio, with its worker in charge."""
    opened = Studio(context.new_page(), house.address, place)
    opened.open()
    wait_until(opened.page, IN_CHARGE)
    return opened


def test_without_a_network_the_studio_opens(studio: Studio, house: House) -> None:
    page = studio.page
    studio.write(TEXT)
    house.close()
    page.reload()
    expect(studio.prompt).to_have_value(TEXT)
    for path in ("/th/history", "/th/history/"):
        page.goto(house.address + path)
        expect(page.locator("#search")).to_be_visible()
    page.goto(f"{house.address}/en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto(house.address)
    expect(page).to_have_url(f"{house.address}/th")
    with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
        page.goto(f"{house.address}/thai")


def test_the_bare_address_speaks_the_language_that_was_chosen(studio: Studio, house: House) -> None:
    studio.speak("en")
    house.close()
    studio.page.goto(house.address)
    expect(studio.page).to_have_url(f"{house.address}/en")


def test_the_job_of_a_notification_opens_without_a_network(studio: Studio, house: House) -> None:
    house.close()
    studio.page.goto(f"{house.address}/?job=job-1")
    expect(studio.page).to_have_url(f"{house.address}/th?job=job-1")
    expect(studio.page.get_by_test_id("headline")).to_be_visible()


def test_a_broken_server_does_not_take_the_place_of_a_copy(studio: Studio, house: House) -> None:
    studio.write(TEXT)
    with house.broken():
        studio.page.reload()
        expect(studio.prompt).to_have_value(TEXT)
    studio.ready()


def test_a_new_version_waits_until_it_is_let_in(
    house: House, context: BrowserContext, place: Place
) -> None:
    page = context.new_page()
    page.clock.install()
    studio = Studio(page, house.address, place)
    studio.open()
    wait_until(page, IN_CHARGE)
    part = next((house.studio / "assets").glob(f"{LATER_PART}*.js")).name
    with house.renewed():
        page.evaluate(CHECK)
        wait_until(page, WAITING)
        assert here(page, part)
        studio.chrome.send("Network.clearBrowserCache")
        page.clock.fast_forward(QUARTER_MS)
        bar = page.get_by_test_id("update")
        expect(bar).to_be_visible()
        assert page.evaluate(BUILD) == house.build
        bar.get_by_role("button").first.evaluate("(button) => button.click()")
        expect(page.locator("meta[name=build]")).to_have_attribute("content", NEWER_BUILD)
        wait_until(page, LET_IN)
        studio.ready()
        assert here(page, part)
        house.close()
        page.reload()
        expect(studio.prompt).to_be_visible()
        assert page.evaluate(BUILD) == NEWER_BUILD


def wait_until(page: Page, condition: str) -> None:
    """Wait as `wait_for_function` would if the studio's policy let it."""
    for _ in range(600):
        if page.evaluate(condition):
            return
        time.sleep(0.1)
    pytest.fail(f"never true: {condition}")


def here(page: Page, part: str) -> bool:
    """Say whether a part can be had."""
    return bool(page.evaluate("(part) => fetch(`/assets/${part}`).then(({ok}) => ok)", part))


def share(page: Page, *, photo: Path | None = None, words: str = "") -> None:
    """Send what another app would: a form, by a visit."""
    page.evaluate(
        """() => {
            const form = document.createElement('form');
            form.id = 'from-elsewhere';
            form.method = 'post';
            form.action = '/share?lang=th';
            form.enctype = 'multipart/form-data';
            form.innerHTML = '<input name="photo" type="file"><input name="words">';
            document.body.append(form);
        }"""
    )
    if photo:
        page.locator("#from-elsewhere [name=photo]").set_input_files(photo)
    page.locator("#from-elsewhere [name=words]").fill(words)
    page.locator("#from-elsewhere").evaluate("(form) => form.submit()")


def test_what_is_shared_comes_into_the_draft(studio: Studio, photo: Path) -> None:
    share(studio.page, photo=photo, words=TEXT)
    expect(studio.photo_preview).to_be_visible()
    expect(studio.prompt).to_have_value(TEXT)
    expect(studio.page).to_have_url(f"{studio.address}/th")


def test_what_is_shared_without_a_network_comes_into_the_draft(
    studio: Studio, house: House, photo: Path
) -> None:
    studio.chrome.send("Network.clearBrowserCache")
    house.close()
    share(studio.page, photo=photo, words=TEXT)
    expect(studio.photo_preview).to_be_visible()
    expect(studio.prompt).to_have_value(TEXT)


def test_what_was_shared_before_is_forgotten(studio: Studio) -> None:
    kept = studio.page.evaluate(
        """async () => {
            const share = (name, value) => {
                const form = new FormData();
                form.set(name, value);
                return fetch('/share?lang=th', {method: 'POST', body: form});
            };
            await share('photo', new File(['bytes'], 'a.jpg'));
            const answer = await share('words', 'at sea');
            const kept = await Promise.all(['photo', 'words'].map(
                (name) => caches.match(`/shared/${name}`).then(Boolean)));
            return [...kept, new URL(answer.url).search];
        }"""
    )
    assert kept == [False, True, "?shared=words"]


@pytest.mark.parametrize("how", ["no form", "no room"])
def test_a_share_that_fails_is_said(
    studio: Studio, context: BrowserContext, photo: Path, how: str
) -> None:
    page = studio.page
    if how == "no room":
        [worker] = context.service_workers
        worker.evaluate("() => { Cache.prototype.put = () => Promise.reject(new Error('full')) }")
        share(page, photo=photo)
    else:
        page.evaluate(
            """() => fetch('/share?lang=th', {method: 'POST', body: 'no form'})
                .then(({url}) => location.assign(url))"""
        )
    expect(page.get_by_text("รูปที่แชร์มายังไม่ถึง").and_(page.locator("p"))).to_be_visible()
    expect(studio.photo_preview).to_have_count(0)


def test_who_touches_a_notification_sees_its_job(studio: Studio, context: BrowserContext) -> None:
    [worker] = context.service_workers
    touch = """async (job) => {
        const gone = [];
        const note = (what) => async function () { gone.push(what ?? arguments[0]); };
        Object.defineProperty(clients, 'openWindow', {value: note(), configurable: true});
        WindowClient.prototype.focus = note('focus');
        const event = new ExtendableEvent('notificationclick');
        const notification = {tag: job, close: () => gone.push('closed')};
        Object.defineProperty(event, 'notification', {value: notification});
        const until = [];
        Object.defineProperty(event, 'waitUntil', {value: (one) => until.push(one)});
        dispatchEvent(event);
        await Promise.all(until);
        return gone;
    }"""
    assert worker.evaluate(touch, "job-1") == ["closed", "/?job=job-1"]
    studio.page.goto(f"{studio.address}/th?job=job-1")
    assert worker.evaluate(touch, "job-1") == ["closed", "focus"]
