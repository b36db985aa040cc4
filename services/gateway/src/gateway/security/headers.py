"""Security headers on every answer, errors included."""

from collections.abc import Iterable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOTHING_LOADS: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
"""For JSON, streams and redirects: a browser that shows one as a page may load nothing."""

_ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
UNLESS_SET: Final = {"content-security-policy": NOTHING_LOADS, "cache-control": "no-store"}
_HSTS: Final = "max-age=31536000; includeSubDomains"


def always(*, https_only: bool) -> dict[str, str]:
    """Return the headers of every answer; `https_only` adds HSTS."""
    return _ALWAYS | ({"strict-transport-security": _HSTS} if https_only else {})


SERVICE_WORKER_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""A service worker stands under the policy of its own script, and must be able to ask us."""


def studio_policy(store_origin: str, style_hashes: Iterable[str] = ()) -> str:
    """Return the policy of our own pages.

    Args:
        store_origin: the object store in which their pictures lie.
        style_hashes: SHA-256 in Base64 of each style that stands in the page itself.
    """
    styles = "".join(f" 'sha256-{one}'" for one in style_hashes)
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'{styles}; font-src 'self'; "
        f"img-src 'self' blob: data: {store_origin}; connect-src 'self' {store_origin}; "
        "worker-src 'self' blob:; manifest-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


class SecurityHeaders:
    """The headers as ASGI middleware; `https_only` adds HSTS."""

    def __init__(self, app: ASGIApp, *, https_only: bool) -> None:
        self._app = app
        self._always = always(https_only=https_only)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with the headers on the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._always)
                for name, value in UNLESS_SET.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
