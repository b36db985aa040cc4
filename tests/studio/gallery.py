"""`docs/studio.md`: a picture of every state and screen, taken while the suite looks at them.

`make studio-gallery` writes it anew. What differs from one run to the next, times and codes, is
written over with fixed ones first, so that a picture changes only when the studio does.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from studio.browser import DESKTOP, PHONE
from studio.scene import Scene, State
from studio.screens import SCREENS
from studio.states import ENDING, MAKING
from studio.studio_page import Place

REPOSITORY: Final = Path(__file__).parents[2]
DOCUMENT: Final = REPOSITORY / "docs" / "studio.md"
PICTURES: Final = REPOSITORY / "docs" / "images" / "studio"
TAKEN_BY: Final = "STUDIO_GALLERY"
WIDTHS: Final = (PHONE[0], DESKTOP[0])
LANGUAGES: Final = {"th": "Thai", "en": "English"}
VIEWS: Final = [(lang, width) for width in WIDTHS for lang in LANGUAGES]
QUALITY: Final = 75
PARTS: Final = [
    ("A picture is made", MAKING),
    ("It ends, or waits", ENDING),
    ("The other screens", SCREENS),
]

INTRODUCTION: Final = """\
# The studio, state by state

Every state of the studio and every screen, in Thai and English, on a phone of 360 pixels and in a
window of 1280. The browser suite takes these pictures of the running product, with the simulator
behind it, while it tests that each view is sound; `make studio-gallery` takes them anew. Times,
codes and percentages are written over with fixed ones.
"""

STILL: Final = r"""() => {
  const rules = [
    [/\b(?!9:16\b)\d+:\d\d(?!\d)/g, '0:12'],
    [/\d+(?= (s|วินาที)(?!\S))/g, '8'],
    [/\d+(?= (min|นาที) \d)/g, '9'],
    [/\d+(?= ?%)/g, '42'],
    [/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, '01a216d1-dd0a-7028-8fca-01259865028c'],
    [/\b[0-9a-f]{32}\b/g, '3f9a1c77b0e2d4c63f9a1c77b0e2d4c6'],
  ];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const still = rules.reduce((text, [from, to]) => text.replace(from, to), node.data);
    if (still !== node.data) node.data = still;
  }
  for (const time of document.querySelectorAll('time')) time.textContent = '12:00';
  for (const bar of document.querySelectorAll('progress[value]')) {
    if (bar.value % 10) bar.value = 42;
  }
}"""

PAINTED: Final = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def wanted(place: Place) -> bool:
    return bool(os.environ.get(TAKEN_BY)) and place.width in WIDTHS


def name_of(state: State, lang: str, width: int) -> str:
    return f"{state.name}-{lang}-{width}.webp"


def take(scene: Scene, place: Place) -> None:
    """Keep a picture of what is to be seen, if somebody asked for the gallery."""
    if not wanted(place):
        return
    page: Page = scene.studio.page
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.evaluate(STILL)
    page.evaluate(PAINTED)
    page.screenshot(
        path=PICTURES / name_of(scene.state, place.lang, place.width),
        type="webp",
        quality=QUALITY,
        animations="disabled",
        caret="hide",
    )


def document() -> str:
    """Return the text of `docs/studio.md`."""
    lines = [INTRODUCTION.rstrip()]
    for title, states in PARTS:
        lines += ["", f"## {title}"]
        for state in states:
            lines += ["", f"### {state.title}", "", state.about, ""]
            lines += [row(f"{LANGUAGES[lang]}, {width}" for lang, width in VIEWS)]
            lines += [row("---" for _ in VIEWS)]
            lines += [row(picture(state, *view) for view in VIEWS)]
    return "\n".join(lines) + "\n"


def row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def picture(state: State, lang: str, width: int) -> str:
    return f"![{state.title}, {lang}, {width}](images/studio/{name_of(state, lang, width)})"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
