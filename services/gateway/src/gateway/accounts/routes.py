"""``/v1/session`` and ``/v1/account``."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.accounts.views import AccountView, account_view
from gateway.deps import FOR_VISITORS_TOO, CurrentAccount, Parts, SessionValue, json_response
from shared.errors import Unauthorized

router = APIRouter(tags=["account"])


@router.post(
    "/v1/session",
    summary="Open or renew the session",
    response_model=AccountView,
    openapi_extra=FOR_VISITORS_TOO,
)
async def open_session(request: Request, parts: Parts, session: SessionValue) -> Response:
    """Renew the cookie's session; where guests are allowed, make an account without one."""
    account = await parts.sessions.open(session)
    request.state.account_id = str(account.id)
    response = json_response(account_view(account))
    parts.cookie.put(response, account.id)
    return response


@router.get("/v1/account", summary="The account and its credits", response_model=AccountView)
async def read_account(parts: Parts, account_id: CurrentAccount) -> Response:
    """Return the account of the session."""
    account = await parts.accounts.get(account_id)
    if account is None:
        raise Unauthorized("session_invalid")
    return json_response(account_view(account))
