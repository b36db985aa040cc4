"""A state of the studio, brought about on the running product, for all to look at."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from e2e.fixtures import make_healthy
from e2e.stack import Process, Stack, free_port
from e2e.visitor import Visitor
from playwright.sync_api import Browser, Locator, Route, expect
from proxy import ProxyThread

from studio.browser import new_visitor
from studio.studio_page import JOB_TIMEOUT_MS, Place, Studio

BEGINNING: Final = Place("th", 360, 740)
NEVER_LATE: Final = """() => {
  const real = window.setTimeout.bind(window);
  window.setTimeout = (act, ms, ...rest) => real(act, ms < 3000 ? ms : ms * 1000, ...rest);
  window.lateAgain = () => { window.setTimeout = real; };
}"""
LATE_AGAIN: Final = "window.lateAgain()"


@dataclass(frozen=True)
class State:
    """One state: how it comes about and what shows that the studio is in it."""

    name: str
    title: str
    bring: Callable[["Scene"], None]
    """Its docstring tells the readers of the gallery what is to be seen."""
    shows: Callable[[Studio], Locator]
    noise: str | None = None
    """What the browser itself may say about it: that a request failed."""

    def __str__(self) -> str:
        return self.name

    @property
    def about(self) -> str:
        return self.bring.__doc__ or ""


@dataclass
class Scene:
    """The stage for one state, and everything that has to be cleared away after it."""

    state: State
    stack: Stack
    browser: Browser
    folder: Path
    studio: Studio = field(init=False)
    _clearing: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        make_healthy(self.stack)
        try:
            self.state.bring(self)
            expect(self.state.shows(self.studio)).to_be_visible(timeout=JOB_TIMEOUT_MS)
        except BaseException:
            self._clearing.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._clearing.close()

    # what states are made with

    def open(
        self, address: str | None = None, path: str = "", *, comes_alive: bool = True
    ) -> Studio:
        """Open the studio for a new visitor; both languages are there from then on."""
        context = new_visitor(self.browser, BEGINNING)
        self._clearing.callback(context.close)
        self.studio = Studio(context.new_page(), address or self.stack.url, BEGINNING)
        self.studio.page.goto(f"{self.studio.address}/{BEGINNING.lang}{path}")
        if comes_alive:
            self.studio.ready()
        for lang in ("en", "th"):
            self.studio.speak(lang)
        return self.studio

    def proxy(self) -> tuple[ProxyThread, str]:
        """Return a network between browser and gateway, and the studio's address on it."""
        proxy = ProxyThread("127.0.0.1", self.stack.gateway_port)
        self._clearing.enter_context(proxy)
        return proxy, f"http://127.0.0.1:{proxy.port}"

    def gateway(self, **settings: str) -> str:
        """Return the address of one more gateway that is set differently."""
        port = free_port()
        process = self.stack.spawn("gateway", {"PORT": str(port), **settings})
        self._clearing.callback(process.stop)
        process.wait_ready()
        return f"http://127.0.0.1:{port}"

    def without(self, service: str) -> None:
        """Stop a service; `make_healthy` brings it back."""
        stopped: list[Process] = self.stack.running(service)
        for process in stopped:
            process.stop()

    def visitor(self) -> Visitor:
        """Return somebody else who makes pictures."""
        return self._clearing.enter_context(Visitor(self.stack.url))

    def owner(self) -> Visitor:
        """Return the person in the browser, at the API."""
        visitor = self.studio.owner(self.stack.url)
        self._clearing.callback(visitor.http.close)
        return visitor

    def hold(self, url: str) -> None:
        """Let requests for this address wait as long as the scene stands."""

        def wait(_: Route) -> None:
            """Neither let it go on nor refuse it."""

        self.studio.page.route(re.compile(url), wait)

    def patient(self) -> None:
        """Let the page wait so long for what it waits for that one can look at it waiting."""
        self.studio.page.evaluate(NEVER_LATE)

    # what is done with it

    def seen_from(self, place: Place) -> Studio:
        """Return the studio in that language and window, with the state in view."""
        studio = self.studio
        studio.move_to(place)
        shown = self.state.shows(studio)
        expect(shown).to_be_visible()
        studio.page.evaluate("document.fonts.ready.then(() => window.scrollTo(0, 0))")
        shown.evaluate("(one) => one.scrollIntoView({block: 'nearest'})")
        return studio
