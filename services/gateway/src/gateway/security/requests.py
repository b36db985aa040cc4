"""One id, one log line and one measurement per request; every request gets an answer.

A bug becomes one without a stack, and a request that is cut off, because the gateway leaves and has
waited for it long enough, one that says to come again.
"""

import asyncio
import time
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import problem_response
from shared.errors import AppError, TransientError
from shared.ids import new_id

UNKNOWN_ROUTE: Final = "-"
_STREAM: Final = "/events"

_log = structlog.get_logger("gateway.request")


class RequestMetrics:
    """Counts of requests and their times; the service's registry takes them in when it is there."""

    def __init__(self) -> None:
        self._requests = Counter(
            "ob_http_requests", "Requests answered", ("method", "route", "status"), registry=None
        )
        self._seconds = Histogram(
            "ob_http_request_seconds", "Time to the end of the answer", ("route",), registry=None
        )

    def register(self, registry: CollectorRegistry) -> None:
        """Expose the numbers."""
        registry.register(self._requests)
        registry.register(self._seconds)

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer; the time of an event stream says nothing and is left out."""
        self._requests.labels(method, route, str(status)).inc()
        if not route.endswith(_STREAM):
            self._seconds.labels(route).observe(seconds)


class RequestContext:
    """The middleware. The log names the route's template, because a path may hold a secret."""

    def __init__(self, app: ASGIApp, *, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request under an id of its own."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_id().hex
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        started_at = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        async def answer_instead(error: AppError) -> None:
            if not status:
                await problem_response(error, request_id)(scope, receive, send_with_id)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            except asyncio.CancelledError:
                # uvicorn would log a bug and say "Internal Server Error".
                _log.warning("request cut off", route=_route(scope))
                await answer_instead(TransientError())
            except Exception:  # noqa: BLE001 - a bug: logged here, and told without its stack
                _log.exception("unexpected error", route=_route(scope))
                await answer_instead(AppError("internal_error"))
            finally:
                seconds = time.perf_counter() - started_at
                self._metrics.note(scope["method"], _route(scope), status, seconds)
                _log.info(
                    "request",
                    method=scope["method"],
                    route=_route(scope),
                    status=status,
                    ms=round(seconds * 1000, 1),
                    account_id=state.get("account_id"),
                )


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", UNKNOWN_ROUTE))
