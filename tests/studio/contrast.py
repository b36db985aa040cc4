"""Whether words can be read, measured on the pixels of what is to be seen.

The page is photographed with its words made transparent. A word's colour is the one that its style
names, laid over every pixel that is really behind it: a colour, a gradient, somebody's photo.
"""

import io
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Page

Colour = tuple[float, ...]
LEAST: Final = 4.5
LEAST_LARGE: Final = 3.0
"""WCAG 2.2, 1.4.3: for words of 24 px, or of 18.66 px in bold."""
UNLUCKY: Final = 0.05
"""This part of the pixels behind a word may be worse: the edge of a picture, a single star."""
MOST_LOOKS: Final = 10

WORDS: Final = r"""() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const opacity = (one) =>
    one ? Number(getComputedStyle(one).opacity) * opacity(one.parentElement) : 1;
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim()) continue;
    if (one.closest('.sr-only, .skip, [aria-disabled=true]')) continue;
    if (!one.checkVisibility({visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(walk.currentNode);
    const style = getComputedStyle(one);
    for (const {left, top, right, bottom} of range.getClientRects()) {
      const [x, y] = [(left + right) / 2, (top + bottom) / 2];
      const above = document.elementFromPoint(x, y);
      const input = above && above.matches('input') ? above.closest('label, div') : above;
      if (!input || !(one.contains(input) || input.contains(one))) continue;
      found.push({
        text: walk.currentNode.data.trim().slice(0, 60),
        box: [left, top, right, bottom].map(Math.round),
        colour: style.color,
        opacity: opacity(one),
        large: parseFloat(style.fontSize) >= (style.fontWeight >= 600 ? 18.66 : 24),
      });
    }
  }
  return found;
}"""

HIDE_WORDS: Final = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`*, ::placeholder {
    color: transparent !important; text-shadow: none !important; transition: none !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
SHOW_WORDS: Final = "document.adoptedStyleSheets = []"


@dataclass(frozen=True)
class Faint:
    """Words that are hard to read."""

    text: str
    ratio: float

    def __str__(self) -> str:
        return f"{self.text!r} {self.ratio:.2f}:1"


def faint_words(page: Page) -> list[Faint]:
    """Return the words in the window whose contrast is below AA."""
    words, behind = _look(page)
    found = [(word, _contrast(word, behind)) for word in words]
    return [
        Faint(word["text"], ratio)
        for word, ratio in found
        if ratio is not None and ratio < (LEAST_LARGE if word["large"] else LEAST)
    ]


def _look(page: Page) -> tuple[list[dict[str, Any]], Image.Image]:
    """Return the words and what is behind them, both of the same moment."""
    words: list[dict[str, Any]] = page.evaluate(WORDS)
    for _ in range(MOST_LOOKS):
        page.evaluate(HIDE_WORDS)
        shot = page.screenshot(animations="disabled", caret="hide")
        page.evaluate(SHOW_WORDS)
        before, words = words, page.evaluate(WORDS)
        if words and _looks(words) == _looks(before):
            return words, Image.open(io.BytesIO(shot)).convert("RGB")
    message = "the words never stood still" if words else "there are no words"
    raise AssertionError(message)


def _looks(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return all but what they say: seconds pass in place."""
    return [word | {"text": None} for word in words]


def _contrast(word: dict[str, Any], behind: Image.Image) -> float | None:
    *colour, alpha = _colour(word["colour"])
    cover = alpha * word["opacity"]
    left, top, right, bottom = word["box"]
    box = max(0, left), max(0, top), min(behind.width, right), min(behind.height, bottom)
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    part = behind.crop(box)
    pixels = part.width * part.height
    ratios = []
    for count, pixel in part.getcolors(pixels) or ():
        assert isinstance(pixel, tuple)
        painted = tuple(f * cover + b * (1 - cover) for f, b in zip(colour, pixel, strict=True))
        ratios.append((_ratio(painted, pixel), count))
    ratios.sort()
    worse = accumulate(count for _, count in ratios)
    ranked = zip(ratios, worse, strict=True)
    return next(ratio for (ratio, _), so_far in ranked if so_far > pixels * UNLUCKY)


def _colour(css: str) -> tuple[float, float, float, float]:
    """Read `rgb(1, 2, 3)` and `rgba(1, 2, 3, 0.4)`."""
    red, green, blue, *alpha = (float(part) for part in css[css.index("(") + 1 : -1].split(","))
    return red, green, blue, alpha[0] if alpha else 1.0


def _ratio(one: Colour, other: Colour) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    """Return the relative luminance as WCAG defines it."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (part / 255 for part in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
