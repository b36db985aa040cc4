"""``/v1/config``, ``/health``, ``/docs`` and ``/errors/{code}``."""

from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.about.pages import PAGE_POLICY, docs_page
from gateway.about.views import ConfigView, config_view
from gateway.deps import Parts, json_response
from shared.errors import CATALOGUE, NotFound, TransientError

router = APIRouter(tags=["about"])

_PUBLIC: Final = "public, max-age=60"


class HealthView(BaseModel):
    """The service answers and can do its work."""

    status: str
    service: str


@router.get("/v1/config", summary="Limits, choices and prices", response_model=ConfigView)
async def config(request: Request, parts: Parts) -> Response:
    """Return what a client needs to know before it asks for a picture."""
    view = config_view(parts.settings, request.app.state.studio_build)
    return json_response(view, headers={"cache-control": _PUBLIC})


@router.get("/health", summary="Whether the service can work", response_model=HealthView)
async def health(parts: Parts) -> Response:
    """Answer 200, or 503 while something that is needed is missing."""
    if await parts.health.failing():
        raise TransientError
    return json_response(HealthView(status="ok", service="gateway"))


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """Show the interface on one page."""
    return HTMLResponse(
        docs_page(request.app.openapi()), headers={"content-security-policy": PAGE_POLICY}
    )


@router.get("/errors/{code}", include_in_schema=False)
async def error(code: str) -> Response:
    """Lead to what an error code means."""
    if code not in CATALOGUE:
        raise NotFound
    return RedirectResponse(f"/docs#error-{code}", 307)
