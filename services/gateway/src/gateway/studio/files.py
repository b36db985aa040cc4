"""The files of the built studio, and the answers with which they are served."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from gateway.studio.weights import by_weight

FOR_EVER: Final = "public, max-age=31536000, immutable"
SHORTLY: Final = "public, max-age=3600"
ASK_FIRST: Final = "no-cache"

_SUFFIXES: Final = {"br": ".br", "gzip": ".gz"}
"""Of the packed copies that the build lays beside a file, the smallest first."""
_MEDIA_TYPES: Final = {
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""Those that not every machine's table has."""
_OK: Final = 200
_NOT_MODIFIED: Final = 304


@dataclass(frozen=True, slots=True)
class StudioFile:
    """A file, its packed copies by encoding, and how long browsers may keep it."""

    path: Path
    packed: Mapping[str, Path]
    media_type: str
    digest: str
    cache_control: str

    @classmethod
    def at(cls, path: Path, cache_control: str) -> "StudioFile":
        """Look at a file once; it must not change while the process runs."""
        copies = {name: Path(f"{path}{suffix}") for name, suffix in _SUFFIXES.items()}
        guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return cls(
            path,
            {name: copy for name, copy in copies.items() if copy.is_file()},
            _MEDIA_TYPES.get(path.suffix, guessed),
            hashlib.sha256(path.read_bytes()).hexdigest()[:20],
            cache_control,
        )

    def answer(self, request: Request, headers: Mapping[str, str], status: int = _OK) -> Response:
        """Return the file as the request wants it: packed, a part of it, or only that it is known.

        Args:
            request: a GET or HEAD.
            headers: more of them, for the answer.
            status: of the answer; only a 200 may become a 304.
        """
        encoding = self._encoding(request)
        tag = f'"{self.digest}-{encoding}"' if encoding else f'"{self.digest}"'
        told = {"etag": tag, "cache-control": self.cache_control, **headers}
        if self.packed:
            varies = ["accept-encoding", *filter(None, [told.get("vary")])]
            told["vary"] = ", ".join(varies)
        if status == _OK and _is_known(tag, request.headers.get("if-none-match", "")):
            return Response(status_code=_NOT_MODIFIED, headers=told)
        if encoding:
            told["content-encoding"] = encoding
        path = self.packed[encoding] if encoding else self.path
        return FileResponse(path, status, told, self.media_type)

    def _encoding(self, request: Request) -> str | None:
        """Return the smallest that the browser reads; a part is always one of the plain file."""
        if "range" in request.headers:
            return None
        accepted = by_weight(request.headers.get("accept-encoding", ""))
        return next((name for name in self.packed if name in accepted), None)


def _is_known(tag: str, if_none_match: str) -> bool:
    known = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return tag in known or "*" in known


def is_packed_copy(path: Path) -> bool:
    """Say whether a file is another's packed copy, which has no address of its own."""
    return path.suffix in _SUFFIXES.values() and path.with_suffix("").is_file()
