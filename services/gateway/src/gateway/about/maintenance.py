"""A break that an operator announces: while a file is there, nothing is asked of the product.

Pages, health and webhooks go on; what people ask for by `/v1` and `/api` is told when to come back.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.errors import problem_response, request_id_of
from shared.errors import TransientError

_REFUSED: Final = ("/v1/", "/api/")
_STILL_TOLD: Final = "/v1/config"
USUAL: Final = timedelta(minutes=30)
"""How long a break lasts, from when its file was touched, if the file does not say."""
SHORTEST: Final = timedelta(minutes=1)
"""A break that is over, but whose file is still there, goes on by so much."""


def is_refused(path: str) -> bool:
    """Say whether an address is closed during a break."""
    return path.startswith(_REFUSED) and path != _STILL_TOLD


def until(notice: Path, now: datetime) -> datetime | None:
    """Return when the break is over that a file announces; None without a break.

    The file holds an instant like ``2026-11-27T03:00:00+07:00``, or anything else, or nothing.
    """
    try:
        touched_at = datetime.fromtimestamp(notice.stat().st_mtime, UTC)
        text = notice.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        said = touched_at + USUAL
    if said.tzinfo is None:
        said = said.replace(tzinfo=UTC)
    return max(said.astimezone(UTC), now + SHORTEST).replace(microsecond=0)


class Maintenance:
    """The break as ASGI middleware."""

    def __init__(self, app: ASGIApp, *, notice: Path | None) -> None:
        self._app = app
        self._notice = notice

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 503 ``maintenance``."""
        if self._notice is not None and scope["type"] == "http" and is_refused(scope["path"]):
            now = datetime.now(UTC)
            back_at = until(self._notice, now)
            if back_at is not None:
                refusal = TransientError(
                    "maintenance",
                    retry_after_seconds=(back_at - now).total_seconds(),
                    until=back_at.isoformat().replace("+00:00", "Z"),
                )
                response = problem_response(refusal, request_id_of(Request(scope)))
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)
