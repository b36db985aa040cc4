"""Refuses unsafe requests that a browser sends on behalf of another site.

Source: Go 1.25's net/http CrossOriginProtection. Every browser since 2020 sends ``Origin`` with an
unsafe method, and all newer ones ``Sec-Fetch-Site``; a request with neither comes from no browser.
A request without a cookie is checked too, or another site could sign a visitor in as a new guest.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.errors import problem_response, request_id_of
from shared.errors import Forbidden

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HOOKS: Final = "/hooks/"
"""Called by machines, with a secret of their own in the path."""


def is_checked(method: str, path: str) -> bool:
    """Say whether it matters from where such a request comes."""
    return method not in _SAFE and not path.startswith(_HOOKS)


def from_another_site(method: str, path: str, headers: Headers) -> bool:
    """Say whether a browser sent the request from a page that is not ours."""
    if not is_checked(method, path):
        return False
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site not in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return True
    return not host or host.lower() != headers.get("host", "").lower()


class OriginCheck:
    """The check as ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and from_another_site(
            scope["method"], scope["path"], Headers(scope=scope)
        ):
            refusal = Forbidden("forbidden_origin")
            response = problem_response(refusal, request_id_of(Request(scope)))
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)
