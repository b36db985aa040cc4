"""What a built studio sends before it is alive, packed as the gateway sends it."""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

from budgets.limits import (
    FIRST_JS_KB,
    FONTS_KB,
    HTML_AND_CSS_KB,
    LAZY_SCREEN_KB,
    Measured,
)

_LINK = re.compile(r'<(?:script|link)\b[^>]*?(?:src|href)="/(assets/[^"]+)"')
_KB = 1000
LANGUAGES = ("th", "en")
SCREENS = {
    "history": "history/index.html",
    "account": "account/index.html",
    "not found": "404.html",
}


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """A prerendered page and the files that it names."""

    dist: Path
    name: str

    @property
    def html(self) -> str:
        return (self.dist / self.name).read_text(encoding="utf-8")

    def files(self, suffix: str) -> set[str]:
        """Return the files with an ending that the page asks for by itself."""
        return {name for name in _LINK.findall(self.html) if name.endswith(suffix)}


def _packed_kb(content: bytes) -> float:
    return len(gzip.compress(content, 9)) / _KB


def _all_kb(dist: Path, names: set[str]) -> float:
    return sum(_packed_kb((dist / name).read_bytes()) for name in names)


def sizes(dist: Path) -> list[Measured]:
    """Weigh a built studio; where the languages differ, the heavier one counts."""
    measured = []
    first: set[str] = set()
    for language in LANGUAGES:
        page = BuiltPage(dist, f"{language}/index.html")
        first |= page.files(".js")
        styles = _all_kb(dist, page.files(".css"))
        fonts = page.files(".woff2")
        measured += [
            Measured(
                f"{language}: HTML and CSS",
                _packed_kb(page.html.encode()) + styles,
                HTML_AND_CSS_KB,
                "KB",
            ),
            Measured(f"{language}: first JS", _all_kb(dist, page.files(".js")), FIRST_JS_KB, "KB"),
            Measured(
                f"{language}: fonts",
                sum((dist / font).stat().st_size for font in fonts) / _KB,
                FONTS_KB,
                "KB",
            ),
        ]
    for name in ("history/index.html", "account/index.html", "404.html"):
        own = BuiltPage(dist, f"th/{name}").files(".js") - first
        kb = _all_kb(dist, own)
        measured.append(
            Measured(f"{name.split('/', maxsplit=1)[0]}: own JS", kb, LAZY_SCREEN_KB, "KB")
        )
    later = {f"assets/{file.name}" for file in (dist / "assets").glob("*.js")} - first
    heaviest = max(later, key=lambda name: _all_kb(dist, {name}))
    what = f"heaviest chunk: {Path(heaviest).name.rsplit('-', 1)[0]}"
    return [*measured, Measured(what, _all_kb(dist, {heaviest}), LAZY_SCREEN_KB, "KB")]
