"""The browser that the suite looks through."""

from typing import Final

from playwright.sync_api import Browser, BrowserContext

from studio.studio_page import Place

UNWANTED: Final = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
)
"""The first three start two more renderers for each page where the browser has a window. The others
are of Playwright's list, which this one takes the place of.
"""
ARGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--disable-features={','.join(UNWANTED)}",
]
DESKTOP: Final = (1280, 800)
TABLET: Final = (768, 1024)
PHONE: Final = (360, 740)
EVERYWHERE: Final = [
    Place(lang, *size) for lang in ("th", "en") for size in (PHONE, TABLET, DESKTOP)
]

HEAR_REFUSALS: Final = """
  window.refusedByPolicy = [];
  document.addEventListener('securitypolicyviolation', ({effectiveDirective, blockedURI}) =>
    window.refusedByPolicy.push(`${effectiveDirective} ${blockedURI}`));
"""


def new_visitor(browser: Browser, place: Place) -> BrowserContext:
    """Return a browser nobody has used: no cookies, no drafts."""
    context = browser.new_context(
        viewport={"width": place.width, "height": place.height},
        has_touch=place.phone,
        is_mobile=place.phone,
        locale="th-TH" if place.lang == "th" else "en-GB",
        timezone_id="Asia/Bangkok",
        reduced_motion="reduce",
        service_workers="block",
    )
    context.add_init_script(HEAR_REFUSALS)
    return context
