"""Every call that the public port answers, found in the application, and what each may do."""

import time
from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from itsdangerous import TimestampSigner

from gateway.app import build_app
from gateway.security.cookies import LIFETIME_SECONDS, SessionSigner
from gateway.security.requests import RequestMetrics
from gateway.settings import GatewaySettings
from shared.ids import new_id


class Access(StrEnum):
    """Who may do something with a call."""

    EVERYBODY = "everybody"
    VISITOR = "an account, or a visitor where guests are allowed"
    ACCOUNT = "an account, with what is its own"
    OWNER = "the account whose job it names"
    TOKEN = "who knows an attempt's token"


SURFACE: dict[str, Access] = {
    "GET /": Access.EVERYBODY,
    "GET /th": Access.EVERYBODY,
    "GET /en": Access.EVERYBODY,
    "GET /docs": Access.EVERYBODY,
    "GET /openapi.json": Access.EVERYBODY,
    "GET /errors/{code}": Access.EVERYBODY,
    "GET /health": Access.EVERYBODY,
    "GET /v1/config": Access.EVERYBODY,
    "POST /v1/session": Access.EVERYBODY,
    "GET /v1/account": Access.ACCOUNT,
    "GET /v1/events": Access.ACCOUNT,
    "GET /v1/jobs": Access.ACCOUNT,
    "POST /v1/jobs": Access.VISITOR,
    "GET /v1/jobs/{job_id}": Access.OWNER,
    "DELETE /v1/jobs/{job_id}": Access.OWNER,
    "POST /v1/jobs/{job_id}/cancel": Access.OWNER,
    "GET /v1/jobs/{job_id}/events": Access.OWNER,
    "GET /v1/jobs/{job_id}/image": Access.OWNER,
    "GET /v1/jobs/{job_id}/result": Access.OWNER,
    "GET /v1/jobs/{job_id}/thumbnail": Access.OWNER,
    "POST /api/queue/create": Access.VISITOR,
    "GET /api/queue/status": Access.OWNER,
    "POST /api/runpod-poll": Access.OWNER,
    "POST /hooks/runpod/{token}": Access.TOKEN,
}
"""Without a studio; HEAD stands with GET."""

STUDIO_SURFACE: dict[str, Access] = {
    "GET /{name}": Access.EVERYBODY,
    "GET /th/history": Access.EVERYBODY,
    "GET /assets/{path:path}": Access.EVERYBODY,
    "GET /sample/{path:path}": Access.EVERYBODY,
    "POST /share": Access.EVERYBODY,
}
"""What a built studio adds."""

ID_IN_QUERY = frozenset({"/api/queue/status", "/api/runpod-poll"})


def application(settings: GatewaySettings) -> FastAPI:
    """Return the gateway's application with nothing opened."""
    return build_app(settings, RequestMetrics())


def calls_of(app: FastAPI) -> set[str]:
    """Return each call that an application answers, those outside its document too."""
    return set(_calls(app))


def _calls(app: FastAPI) -> Iterator[str]:
    for route in iter_route_contexts(app.routes):
        for method in (route.methods or {"GET"}) - {"HEAD"}:
            yield f"{method} {route.path}"


def calls_for(*access: Access) -> list[str]:
    """Return the calls of a kind."""
    return sorted(call for call, who in SURFACE.items() if who in access)


def place(call: str, job_id: object) -> tuple[str, str]:
    """Return the method and the path of a call about a job."""
    method, path = call.split(" ")
    query = f"?id={job_id}" if path in ID_IN_QUERY else ""
    filled = path.replace("{job_id}", str(job_id)).replace("{code}", "not_found")
    return method, filled.replace("{token}", "no-token") + query


class _EarlierSigner(TimestampSigner):
    def get_timestamp(self) -> int:
        return int(time.time()) - LIFETIME_SECONDS - 60


def sessions_that_are_none(settings: GatewaySettings, genuine: str) -> dict[str, str]:
    """Return cookies that must open nothing, by what is wrong with them.

    Args:
        settings: of the gateway that is asked.
        genuine: a cookie that it does accept.
    """
    secret = settings.session_secret.get_secret_value()
    account_hex, stamp, signature = genuine.split(".")
    account_id = UUID(account_hex)
    late = _EarlierSigner(secret, salt="ob-session-1", digest_method=sha256)
    salted = TimestampSigner(secret, salt="another", digest_method=sha256)
    weaker = TimestampSigner(secret, salt="ob-session-1")
    flipped = signature[:-2] + ("A" if signature[-2] != "A" else "B") + signature[-1]
    return {
        "empty": "",
        "a bare id": account_hex,
        "without a signature": f"{account_hex}.{stamp}",
        "an empty signature": f"{account_hex}.{stamp}.",
        "a changed signature": f"{account_hex}.{stamp}.{flipped}",
        "a cut signature": genuine[:-1],
        "a longer signature": f"{genuine}A",
        "another account under the signature": f"{new_id().hex}.{stamp}.{signature}",
        "a later date under the signature": f"{account_hex}.zzzzzz.{signature}",
        "twice": f"{genuine}.{signature}",
        "another secret": SessionSigner("x" * 40).sign(account_id),
        "another purpose": salted.sign(account_hex).decode(),
        "another digest": weaker.sign(account_hex).decode(),
        "too old": late.sign(account_hex).decode(),
        "an account that is gone": SessionSigner(secret).sign(new_id()),
        "no account": late.sign("not-an-id").decode(),
        "huge": "A" * 3000,
        "quotes": '"' + genuine[:-1] + '"',
        "a web token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    }
