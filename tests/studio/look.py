"""What must be true of every view of the studio, whatever state it is in."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

from studio.contrast import faint_words
from studio.gallery import take
from studio.scene import Scene
from studio.studio_page import Place, Studio

AXE: Final = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LEAST_PX: Final = 44
"""The smallest side of what a thumb must hit; half a pixel less is rounding."""

RUN_AXE: Final = """async () => {
  const {violations} = await axe.run(document, {preload: false, resultTypes: ['violations']});
  return violations.map(({id, help, nodes}) => ({
    id, help, where: nodes.map((node) => node.html.slice(0, 160)),
  }));
}"""

SMALL: Final = """(least) => {
  const controls = 'button, a[href], input, textarea, select, summary, [role=button], [role=tab]';
  return [...document.querySelectorAll(controls)].flatMap((one) => {
    if (one.matches('.skip') || one.closest('[hidden], [inert]')) return [];
    const choice = one.matches('input[type=file], input[type=radio], input[type=checkbox]');
    const target = (choice && one.closest('label')) || one;
    if (!target.checkVisibility({visibilityProperty: true})) return [];
    const {width, height} = target.getBoundingClientRect();
    if (width === 0 || (width > least - 0.5 && height > least - 0.5)) return [];
    const name = one.ariaLabel || one.textContent.trim() || one.id;
    return [`${one.tagName.toLowerCase()} "${name}" ${width} x ${height}`];
  });
}"""

PAST_THE_MARGIN: Final = """() => {
  const main = document.querySelector('main');
  const edge = main.getBoundingClientRect().right - parseFloat(getComputedStyle(main).paddingRight);
  return [...main.children]
    .filter((one) => !one.matches('.sr-only') && one.getBoundingClientRect().right > edge + 1)
    .map((one) => one.outerHTML.slice(0, 160));
}"""
LIVE_REGIONS: Final = "document.querySelectorAll('[aria-live=polite], [role=status]').length"


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def barriers(page: Page) -> list[dict[str, Any]]:
    """Return what axe finds: rule, help, the elements.

    It is evaluated and not added to the page: our policy refuses a foreign script, rightly.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    found: list[dict[str, Any]] = page.evaluate(RUN_AXE)
    return found


def small_targets(page: Page) -> list[str]:
    """Return the controls that a thumb would miss."""
    found: list[str] = page.evaluate(SMALL, LEAST_PX)
    return found


def wrongs(studio: Studio, expected: str | None) -> dict[str, Any]:
    """Return everything that is wrong with what is to be seen, by kind."""
    page = studio.page
    found = {
        "hard to read": [str(one) for one in faint_words(page)],
        "barriers": barriers(page),
        "small targets": small_targets(page),
        "pixels too wide": max(0, studio.overflow()),
        "past the margin": page.evaluate(PAST_THE_MARGIN),
        "refused by the policy": page.evaluate("window.refusedByPolicy"),
        "live regions beside the one": page.evaluate(LIVE_REGIONS) - 1,
        "first headings beside the one": page.locator("h1").count() - 1,
        "the browser complains": studio.complaints_beside(expected),
    }
    return {kind: what for kind, what in found.items() if what}


def look_at(scene: Scene, place: Place) -> None:
    """Keep a picture of the scene where one is wanted, and fail with a list of what is wrong."""
    studio = scene.seen_from(place)
    take(scene, place)
    found = wrongs(studio, scene.state.noise)
    assert not found, json.dumps(found, ensure_ascii=False, indent=2)
