"""The studio's prerendered pages: their addresses, and what their inline styles want allowed."""

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.security.headers import studio_policy
from gateway.studio.files import ASK_FIRST, StudioFile
from gateway.studio.language import LANGUAGES

_STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_BUILD: Final = re.compile(r'<meta name="build" content="([^"]+)"')
_INDEX: Final = "index.html"
_MISSING: Final = "404.html"
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Page:
    """A page and its Content-Security-Policy."""

    file: StudioFile
    policy: str

    @classmethod
    def at(cls, path: Path, store_origin: str) -> "Page":
        """Read a page."""
        styles = _STYLE.findall(path.read_text(encoding="utf-8"))
        policy = studio_policy(store_origin, [_hash(style) for style in styles])
        return cls(StudioFile.at(path, ASK_FIRST), policy)

    def answer(self, request: Request, *, status: int = 200, vary: str | None = None) -> Response:
        """Return the page; `vary` names what it was chosen by."""
        headers = {"content-security-policy": self.policy}
        return self.file.answer(request, headers | ({"vary": vary} if vary else {}), status)


@dataclass(frozen=True, slots=True)
class Pages:
    """All of them."""

    front: Page
    by_address: dict[str, Page]
    missing: dict[str, Page]
    """By language: what is shown at an address that leads nowhere."""
    build: str | None
    """Names this build; pages carry it, and the configuration, so that an old page can tell."""

    @classmethod
    def of(cls, folder: Path, store_origin: str) -> "Pages":
        """Read the pages of a built studio."""
        found = {
            f"/{file.parent.relative_to(folder).as_posix()}": Page.at(file, store_origin)
            for language in LANGUAGES
            for file in sorted((folder / language).rglob(_INDEX))
        }
        missing = {
            language: Page.at(folder / language / _MISSING, store_origin)
            for language in LANGUAGES
            if (folder / language / _MISSING).is_file()
        }
        build = _BUILD.search((folder / _INDEX).read_text(encoding="utf-8"))
        front = Page.at(folder / _INDEX, store_origin)
        return cls(front, found, missing, build and build[1])

    def nowhere(self, request: Request, language: str) -> Response | None:
        """Return the page that says that there is nothing, if the studio has one."""
        page = self.missing.get(language)
        if page is None:
            return None
        return page.answer(request, status=_NOT_FOUND, vary="accept, accept-language, cookie")


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
