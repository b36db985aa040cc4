"""The network goes away, in the ways that it has, and comes back: all goes on by itself."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from e2e.stack import Stack
from e2e.visitor import a_prompt
from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, expect
from proxy import ProxyThread

from studio.browser import DESKTOP, PHONE
from studio.studio_page import JOB_TIMEOUT_MS, Place, Studio

BACK_WITHIN_MS: Final = 30_000
"""Ten seconds are promised, and held on a clock by the units; a busy machine gets thrice that."""
SLOWLY_SECONDS: Final = 1.0
ALL_ARE_THERE: Final = "() => document.querySelectorAll('[data-job] img').length === 8"
ONE_IS_LET_GO: Final = """() =>
  [...document.querySelectorAll('[data-job] img')].some((image) => !image.getAttribute('src'))
"""
ONE_IS_SEEN: Final = """() =>
  [...document.querySelectorAll('[data-job] img')].some((image) => image.naturalWidth > 0)
"""
EACH_IS_SEEN: Final = """() => {
  const inView = [...document.querySelectorAll('[data-job] img')].filter((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  return inView.length > 0 && inView.every((image) => image.naturalWidth > 0);
}"""
TEXT: Final = "Snow on a winter morning"
IN_TWO_WAYS: Final = pytest.mark.parametrize(
    ("how", "place"),
    [("black_hole", Place("th", *PHONE)), ("refuse", Place("en", *DESKTOP))],
    indirect=["place"],
    ids=str,
)
ON_A_PHONE: Final = pytest.mark.parametrize("place", [Place("th", *PHONE)], indirect=True, ids=str)


@pytest.fixture
def network(stack: Stack) -> Iterator[ProxyThread]:
    """What lies between the browser and the gateway."""
    with ProxyThread("127.0.0.1", stack.gateway_port) as proxy:
        yield proxy


@pytest.fixture
def far(network: ProxyThread, context: BrowserContext, place: Place) -> Iterator[Studio]:
    """The studio behind that network; what the browser notes of its faults is forgiven."""
    opened = Studio(context.new_page(), f"http://127.0.0.1:{network.port}", place)
    opened.open()
    yield opened
    opened.forgive("net::ERR_")
    assert opened.complaints == []


def start(studio: Studio) -> None:
    studio.without_photo()
    studio.write(TEXT)
    studio.generate()
    expect(studio.timeline).to_be_visible()


def order(count: int, studio: Studio, stack: Stack) -> None:
    """Let pictures be made for who looks at this page."""
    owner = studio.owner(stack.url)
    with closing(owner.http):
        for job in [owner.create(a_prompt()) for _ in range(count)]:
            assert owner.wait(job)["stage"] == "done"


def banner(studio: Studio) -> Locator:
    return studio.page.get_by_text(studio.word("reconnecting"))


def expect_cut_off(studio: Studio) -> None:
    expect(banner(studio).first).to_be_visible(timeout=JOB_TIMEOUT_MS)


def let_it_end(studio: Studio, stack: Stack) -> None:
    """Let the job end, which the browser cannot see."""
    owner = studio.owner(stack.url)
    with closing(owner.http):
        assert owner.wait(owner.job(studio.job_id))["stage"] == "done"


def expect_caught_up(studio: Studio) -> None:
    expect(studio.done).to_be_visible(timeout=BACK_WITHIN_MS)
    expect(banner(studio)).to_have_count(0)


@IN_TWO_WAYS
def test_a_job_goes_on_by_itself(far: Studio, network: ProxyThread, stack: Stack, how: str) -> None:
    with stack.jobs_unfinished():
        start(far)
        getattr(network, how)()
        expect_cut_off(far)
    let_it_end(far, stack)
    network.heal()
    expect_caught_up(far)


@ON_A_PHONE
def test_a_job_that_waits_in_line_goes_on(far: Studio, network: ProxyThread, stack: Stack) -> None:
    for process in stack.running("submitter"):
        process.stop()
    start(far)
    network.black_hole()
    expect_cut_off(far)
    stack.spawn("submitter").wait_ready()
    let_it_end(far, stack)
    network.heal()
    expect_caught_up(far)


@IN_TWO_WAYS
def test_a_page_opened_while_the_gateway_is_away_comes_alive(far: Studio, how: str) -> None:
    page = far.page

    def lose(route: Route) -> None:
        if how == "refuse":
            route.abort("connectionrefused")

    # With its last route Playwright gives up intercepting, and what is held for ever would go on.
    page.route("**/nothing", lambda route: route.abort())
    page.route("**/v1/**", lose)
    with page.expect_request("**/v1/session"):
        page.goto(f"{far.address}/{far.place.lang}")
    expect(page.get_by_test_id("credits")).to_have_count(0)
    page.unroute("**/v1/**", lose)
    expect(page.get_by_test_id("credits")).to_be_visible(timeout=BACK_WITHIN_MS)


@IN_TWO_WAYS
def test_an_upload_goes_on_and_makes_one_job(
    far: Studio, network: ProxyThread, stack: Stack, photo: Path, how: str
) -> None:
    prompt = a_prompt()
    far.page.wait_for_load_state("networkidle")
    keys = keys_of(far.page)
    getattr(network, how)()
    # From the first touch on the page fetches the parts that it will want: those are lost as well.
    far.add_photo(photo)
    far.write(prompt)
    far.generate()
    expect(far.button("cancel_wait")).to_be_visible(timeout=JOB_TIMEOUT_MS)
    network.heal()
    expect(far.page).to_have_url(re.compile("job="), timeout=BACK_WITHIN_MS)
    far.await_done()
    assert len(set(keys)) == 1
    assert len(stack.submissions(prompt)) == 1


@ON_A_PHONE
def test_pictures_that_a_black_hole_swallowed_come_and_hold_nothing_up(
    far: Studio, network: ProxyThread, stack: Stack
) -> None:
    """A browser has six connections to a house over HTTP/1.1: here all of them are a picture's."""
    page = far.page
    history = f"/{far.place.lang}/history"
    order(1, far, stack)
    far.open(history)
    page.wait_for_function(EACH_IS_SEEN)

    order(7, far, stack)
    network.latency(SLOWLY_SECONDS)
    page.goto(f"{far.address}{history}", wait_until="commit")
    expect(far.tiles).to_have_count(8)
    network.black_hole()
    page.wait_for_function(ONE_IS_LET_GO, timeout=JOB_TIMEOUT_MS)
    page.locator(f"nav a[href='/{far.place.lang}']:visible").first.click()
    page.locator(f"nav a[href='{history}']:visible").first.click()
    page.wait_for_function(ALL_ARE_THERE)
    page.wait_for_function(ONE_IS_SEEN)  # which the browser has kept

    network.heal()
    page.locator("#search").fill("like none of them")
    expect(far.tiles).to_have_count(0, timeout=BACK_WITHIN_MS)
    page.locator("#search").fill("")
    page.wait_for_function(EACH_IS_SEEN, timeout=BACK_WITHIN_MS)


@ON_A_PHONE
def test_a_picture_that_a_black_hole_swallowed_opens_by_itself(
    far: Studio, network: ProxyThread, stack: Stack, photo: Path
) -> None:
    def swallow(route: Route) -> None:
        network.black_hole()
        route.continue_()

    def is_result(request: Request) -> bool:
        return "/result" in request.url

    network.latency(SLOWLY_SECONDS)
    with far.page.expect_event("requestfailed", is_result, timeout=JOB_TIMEOUT_MS):
        with stack.jobs_unfinished():
            start(far)
            far.page.route("**/result*", swallow)
        expect(far.button("open_again")).to_be_visible(timeout=JOB_TIMEOUT_MS)
    far.page.unroute("**/result*", swallow)
    far.unfold()
    far.with_photo()
    far.add_photo(photo)
    far.page.wait_for_function(
        "(one) => one.naturalWidth > 0", arg=far.photo_preview.element_handle()
    )
    network.heal()
    expect(far.done).to_be_visible(timeout=BACK_WITHIN_MS)


@ON_A_PHONE
def test_a_wait_can_be_called_back(far: Studio, network: ProxyThread) -> None:
    far.without_photo()
    far.write(TEXT)
    network.refuse()
    far.page.context.set_offline(True)
    far.generate()
    waiting = far.button("cancel_wait")
    waiting.click(timeout=JOB_TIMEOUT_MS)
    expect(waiting).to_have_count(0)
    expect(far.prompt).to_have_value(TEXT)
    asked = keys_of(far.page)
    network.heal()
    with far.page.expect_response("**/v1/account"):
        far.page.context.set_offline(False)
    assert asked == []
    far.generate()
    far.await_done()


@ON_A_PHONE
def test_what_was_sent_offline_goes_when_the_network_is_back(
    far: Studio, network: ProxyThread
) -> None:
    far.without_photo()
    far.write(TEXT)
    network.refuse()
    far.page.context.set_offline(True)
    far.generate()
    headline = far.page.get_by_test_id("headline")
    expect(headline).to_contain_text(far.word("waiting"), timeout=JOB_TIMEOUT_MS)
    network.heal()
    far.page.context.set_offline(False)
    far.await_done()


def keys_of(page: Page) -> list[str]:
    """Return a list that grows by the idempotency key of each request for a job from now on."""
    keys: list[str] = []
    page.on(
        "request",
        lambda request: (
            keys.append(request.headers["idempotency-key"])
            if request.method == "POST" and request.url.endswith("/v1/jobs")
            else None
        ),
    )
    return keys
