"""What a route may ask for: the parts of the service, the session, ids out of the path."""

from typing import Annotated, Final, cast
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie
from pydantic import BaseModel
from starlette.requests import HTTPConnection
from starlette.responses import Response

from gateway.composition import GatewayParts
from gateway.security.cookies import COOKIE
from shared.errors import NotFound


async def _parts(connection: HTTPConnection) -> GatewayParts:
    return cast("GatewayParts", connection.app.state.parts)


Parts = Annotated[GatewayParts, Depends(_parts)]


class _SessionCookie(APIKeyCookie):
    """The session's cookie as it came; an empty one is not the same as none."""

    async def __call__(self, request: HTTPConnection) -> str | None:
        return request.cookies.get(COOKIE)


SessionValue = Annotated[
    str | None,
    Depends(
        _SessionCookie(name=COOKIE, scheme_name="session", description="Set by `POST /v1/session`.")
    ),
]

FOR_VISITORS_TOO: Final[dict[str, list[dict[str, list[str]]]]] = {"security": [{}]}
"""Part of the description of a route that needs no session where guests are allowed."""


async def _current_account(request: Request, parts: Parts, session: SessionValue) -> UUID:
    account_id = await parts.sessions.account_of(session)
    request.state.account_id = str(account_id)
    return account_id


CurrentAccount = Annotated[UUID, Depends(_current_account)]
"""The account of the session; 401 without one."""


async def _visitor(request: Request, parts: Parts, session: SessionValue) -> UUID | None:
    account_id = await parts.sessions.visitor_of(session)
    request.state.account_id = None if account_id is None else str(account_id)
    return account_id


Visitor = Annotated[UUID | None, Depends(_visitor)]
"""The account of the session, or None where a visitor may become a guest."""


def parse_job_id(text: str) -> UUID:
    """Return the id that a text is; what is no id names no job.

    Raises:
        NotFound: it is no id in its usual form.
    """
    try:
        job_id = UUID(text)
    except ValueError:
        raise NotFound from None
    if str(job_id) != text.lower():
        raise NotFound
    return job_id


async def _path_job_id(job_id: str) -> UUID:
    return parse_job_id(job_id)


JobId = Annotated[UUID, Depends(_path_job_id)]


def json_response(
    body: BaseModel, status_code: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return a model as JSON, validated once, when it was built."""
    return Response(body.model_dump_json(), status_code, headers, media_type="application/json")
