"""``/``, ``/th``, ``/en`` and the studio's files."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from gateway.about.pages import PAGE_POLICY, no_studio_page
from gateway.studio.language import DEFAULT, LANGUAGES, preferred
from shared.errors import NotFound

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_SHORTLY: Final = "public, max-age=3600"
_ASK_FIRST: Final = "no-cache"
_HASHED: Final = "assets"

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Awaitable[Response]])


class _Files(StaticFiles):
    """A folder whose files browsers may keep for a while."""

    def __init__(self, directory: Path, cache_control: str) -> None:
        super().__init__(directory=directory)
        self._cache_control = cache_control

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = self._cache_control
        return response


def mount_studio(app: FastAPI, folder: Path | None, policy: str) -> None:
    """Serve the studio's folder, or a page that says that there is none.

    Args:
        app: gets the routes; they must come after all others.
        folder: the built studio.
        policy: the Content-Security-Policy of its pages.
    """
    if folder is None or not (folder / "index.html").is_file():
        app.include_router(_without_studio())
        return
    app.include_router(_pages(folder, {"content-security-policy": policy}))
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name not in LANGUAGES:
            keep = _FOR_EVER if entry.name == _HASHED else _SHORTLY
            app.mount(f"/{entry.name}", _Files(entry, keep), name=f"studio-{entry.name}")
    app.include_router(_top_level_files(folder))


def _read(router: APIRouter, path: str) -> Callable[[_Endpoint], _Endpoint]:
    return router.api_route(path, methods=["GET", "HEAD"])


def _without_studio() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @_read(router, "/")
    @_read(router, "/th")
    @_read(router, "/en")
    async def missing() -> Response:
        return HTMLResponse(no_studio_page(), headers={"content-security-policy": PAGE_POLICY})

    return router


def _pages(folder: Path, headers: Mapping[str, str]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    def page(name: str, **more: str) -> Response:
        return FileResponse(folder / name, headers={**headers, "cache-control": _ASK_FIRST, **more})

    @_read(router, "/")
    async def front(request: Request) -> Response:
        language = preferred(request.headers.get("accept-language", ""))
        if language == DEFAULT:
            return page("index.html", vary="accept-language")
        query = f"?{request.url.query}" if request.url.query else ""
        there = {"vary": "accept-language", "cache-control": _ASK_FIRST}
        return RedirectResponse(f"/{language}{query}", 307, there)

    @_read(router, "/th")
    async def thai() -> Response:
        return page("th/index.html")

    @_read(router, "/en")
    async def english() -> Response:
        return page("en/index.html")

    return router


def _top_level_files(folder: Path) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    files = {entry.name: entry for entry in folder.iterdir() if entry.is_file()}

    @_read(router, "/{name}")
    async def file(name: str) -> Response:
        if name not in files or name.endswith(".html"):
            raise NotFound
        return FileResponse(files[name], headers={"cache-control": _SHORTLY})

    return router
