"""How long a phone on a slow network waits until the page answers a touch."""

from typing import Final

from playwright.sync_api import sync_playwright

from local_stack.browsers import WHOLE

_SLOW_4G: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
_CPU_SLOWDOWN: Final = 4
_PATIENCE_SECONDS: Final = 60.0
_ASK: Final = """
addEventListener('click', (event) => {
  if (event.defaultPrevented) window.usable ??= performance.now();
  event.preventDefault();
});
const timer = setInterval(() => {
  if (window.usable) clearInterval(timer);
  else document.getElementById('language')?.dispatchEvent(
    new MouseEvent('click', { bubbles: true, cancelable: true }));
}, 25);
"""
"""Touches the language again and again; once the page is alive, it takes the touch for itself."""


def usable_seconds(url: str) -> float:
    """Return the time from the navigation to the first touch that is answered.

    Raises:
        playwright.sync_api.TimeoutError: none is within a minute.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=WHOLE.find(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 360, "height": 740}, service_workers="block")
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", _SLOW_4G)
        session.send("Emulation.setCPUThrottlingRate", {"rate": _CPU_SLOWDOWN})
        page.add_init_script(_ASK)
        page.goto(url, wait_until="commit")
        page.wait_for_function("() => window.usable", timeout=_PATIENCE_SECONDS * 1000)
        milliseconds = page.evaluate("window.usable")
        browser.close()
    return float(milliseconds) / 1000
