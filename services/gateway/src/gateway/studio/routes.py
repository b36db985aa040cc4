"""``/``, the studio's pages, its files, and what people see at an address that leads nowhere."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.about.pages import PAGE_POLICY, no_studio_page
from gateway.errors import problem_response, request_id_of
from gateway.security.headers import SERVICE_WORKER_POLICY
from gateway.studio.files import ASK_FIRST, FOR_EVER, SHORTLY, StudioFile, is_packed_copy
from gateway.studio.language import COOKIE, DEFAULT, LANGUAGES, preferred
from gateway.studio.pages import Page, Pages
from shared.errors import AppError, NotFound

_HASHED: Final = "assets"
_SERVICE_WORKER: Final = "sw.js"
_FOR_PROGRAMS: Final = frozenset({"v1", "api", "hooks"})
"""Where an address leads, by its first part, when no person stands before the answer."""

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Awaitable[Response]])


def mount_studio(app: FastAPI, folder: Path | None, store_origin: str) -> None:
    """Serve the studio's folder, or a page that says that there is none.

    Args:
        app: gets the routes, which must come after all others, and `state.studio_build`.
        folder: the built studio; it must not change while the process runs.
        store_origin: where the pages' pictures come from.
    """
    app.state.studio_build = None
    if folder is None or not (folder / "index.html").is_file():
        app.include_router(_without_studio())
        return
    pages = Pages.of(folder, store_origin)
    app.state.studio_build = pages.build
    app.include_router(_pages(pages))
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name not in LANGUAGES:
            app.include_router(_files_in(entry, FOR_EVER if entry.name == _HASHED else SHORTLY))
    app.include_router(_top_level_files(folder))
    _show_people_where_they_are(app, pages)


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


def _pages(pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @_read(router, "/")
    async def front(request: Request) -> Response:
        language = _wished(request)
        if language == DEFAULT:
            return pages.front.answer(request, vary="accept-language, cookie")
        there = {"vary": "accept-language, cookie", "cache-control": ASK_FIRST}
        return RedirectResponse(f"/{language}{_query(request)}", 307, there)

    @router.post("/share")
    async def share(lang: str = DEFAULT) -> Response:
        """Lead to the studio whoever shares before the service worker is there to take it."""
        there = f"/{lang if lang in LANGUAGES else DEFAULT}?shared=missing"
        return RedirectResponse(there, 303)

    for address, page in pages.by_address.items():
        _read(router, address)(_showing(page))
    return router


def _showing(page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        return page.answer(request)

    return show


def _files_in(folder: Path, cache_control: str) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    files = {
        file.relative_to(folder).as_posix(): StudioFile.at(file, cache_control)
        for file in folder.rglob("*")
        if file.is_file() and not is_packed_copy(file)
    }

    @_read(router, f"/{folder.name}/{{path:path}}")
    async def file(request: Request, path: str) -> Response:
        return _answer(files, path, request)

    return router


def _top_level_files(folder: Path) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    files = {
        file.name: StudioFile.at(file, ASK_FIRST if file.name == _SERVICE_WORKER else SHORTLY)
        for file in folder.iterdir()
        if file.is_file() and file.suffix != ".html" and not is_packed_copy(file)
    }

    @_read(router, "/{name}")
    async def file(request: Request, name: str) -> Response:
        is_worker = name == _SERVICE_WORKER
        own = {"content-security-policy": SERVICE_WORKER_POLICY} if is_worker else {}
        return _answer(files, name, request, own)

    return router


def _answer(
    files: Mapping[str, StudioFile],
    name: str,
    request: Request,
    headers: Mapping[str, str] | None = None,
) -> Response:
    if name not in files:
        raise NotFound
    return files[name].answer(request, headers or {})


def _show_people_where_they_are(app: FastAPI, pages: Pages) -> None:
    """Answer people with a page, and programs with a problem, where there is nothing."""

    async def nowhere(request: Request, error: Exception) -> Response:
        parts = request.url.path.split("/")
        address = request.url.path.rstrip("/")
        if _is_a_visit(request, parts[1]):
            if address in pages.by_address:
                return RedirectResponse(f"{address}{_query(request)}", 307)
            language = parts[1] if parts[1] in LANGUAGES else _wished(request)
            page = pages.nowhere(request, language)
            if page:
                return page
        refusal = error if isinstance(error, AppError) else NotFound()
        return problem_response(refusal, request_id_of(request))

    app.add_exception_handler(NotFound, nowhere)
    app.add_exception_handler(404, nowhere)


def _wished(request: Request) -> str:
    return preferred(request.headers.get("accept-language", ""), request.cookies.get(COOKIE))


def _is_a_visit(request: Request, first_part: str) -> bool:
    """Say whether a browser asks for a page to show."""
    shows = "text/html" in request.headers.get("accept", "")
    return shows and request.method in {"GET", "HEAD"} and first_part not in _FOR_PROGRAMS


def _query(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""
