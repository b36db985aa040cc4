"""The routes of the endpoint: `/v2/{endpoint_id}/...`, thin over the operations."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from runpod_simulator import operations as do
from runpod_simulator.answers import Answer, Reaction, problem
from runpod_simulator.faults import Operation
from runpod_simulator.http_edge import respond
from runpod_simulator.simulator import Simulator
from runpod_simulator.submissions import (
    RUN_LIMIT_MEBIBYTES,
    RUNSYNC_LIMIT_MEBIBYTES,
    BadRequestError,
    parse_submission,
    receive_body,
    too_large_text,
)

Serve = Callable[[Simulator, Request], Awaitable[Reaction]]


@dataclass(frozen=True, slots=True)
class _Route:
    path: str
    methods: tuple[str, ...]
    serve: Serve


def endpoint_routes(simulator: Callable[[], Simulator]) -> APIRouter:
    """Return the routes.

    Args:
        simulator: Returns the running simulator; there is one from start-up on.
    """
    routes = APIRouter(prefix="/v2/{endpoint_id}", include_in_schema=False)
    for operation, route in _ROUTES.items():
        handler = _guarded(simulator, operation, route.serve)
        routes.add_api_route(route.path, handler, methods=list(route.methods))
    return routes


def _guarded(
    simulator: Callable[[], Simulator], operation: Operation, serve: Serve
) -> Callable[[Request], Awaitable[Response]]:
    """Check the key, the endpoint and the rate, then serve."""

    async def handle(request: Request) -> Response:
        sim = simulator()
        refusal = _refusal(sim, request)
        if refusal is not None:
            return respond(refusal, sim)
        if not sim.rate_limits.enter(operation, sim.clock.now()):
            return respond(problem(429, "Too Many Requests", "rate limit exceeded"), sim)
        try:
            return respond(await serve(sim, request), sim)
        finally:
            sim.rate_limits.leave(operation)

    return handle


def _refusal(sim: Simulator, request: Request) -> Answer | None:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    expected = sim.settings.api_key.get_secret_value().encode()
    if not secrets.compare_digest(given, expected):
        return problem(401, "Unauthorized", "invalid or missing API key")
    if request.path_params["endpoint_id"] != sim.settings.endpoint_id:
        return problem(404, "Not Found", "endpoint not found")
    return None


def _submitting(operation: Operation, limit_mebibytes: int) -> Serve:
    async def serve(sim: Simulator, request: Request) -> Reaction:
        received = await receive_body(request.stream(), limit_mebibytes)
        if received.too_large:
            if sim.faults.turns_too_large_into_502():
                return problem(502, "Bad Gateway", "upstream closed the connection")
            return problem(400, "Bad Request", too_large_text(limit_mebibytes))
        try:
            submission = parse_submission(received.data, strict=sim.conductor.modes.strict_body)
        except BadRequestError as error:
            return sim.faults.before(operation, "") or problem(400, "Bad Request", str(error))
        wait_ms = _wait_ms(request) if operation is Operation.RUNSYNC else None
        return await do.submit(sim, submission, operation, len(received.data), wait_ms)

    return serve


def _unless_fault(operation: Operation, serve: Serve) -> Serve:
    """Serve an operation whose request body does not matter, unless a fault comes first."""

    async def serve_unless_fault(sim: Simulator, request: Request) -> Reaction:
        job = sim.endpoint.jobs.get(_job_id(request))
        fault = sim.faults.before(operation, "" if job is None else job.label)
        return await serve(sim, request) if fault is None else fault

    return serve_unless_fault


async def _status(sim: Simulator, request: Request) -> Reaction:
    return await do.status(sim, _job_id(request))


async def _status_sync(sim: Simulator, request: Request) -> Reaction:
    return await do.status_after_wait(sim, _job_id(request), _wait_ms(request))


async def _stream(sim: Simulator, request: Request) -> Reaction:
    return do.stream(sim, _job_id(request))


async def _cancel(sim: Simulator, request: Request) -> Reaction:
    return do.cancel(sim, _job_id(request))


async def _retry(sim: Simulator, request: Request) -> Reaction:
    return do.retry(sim, _job_id(request))


async def _purge(sim: Simulator, _request: Request) -> Reaction:
    return do.purge(sim)


async def _health(sim: Simulator, _request: Request) -> Reaction:
    return do.health(sim)


async def _requests(sim: Simulator, _request: Request) -> Reaction:
    return do.requests(sim)


def _job_id(request: Request) -> str:
    return str(request.path_params.get("job_id", ""))


def _wait_ms(request: Request) -> int:
    given = request.query_params.get("wait", "")
    wait = int(given) if given.isascii() and given.isdigit() else do.DEFAULT_WAIT_MS
    return min(max(wait, do.MIN_WAIT_MS), do.MAX_WAIT_MS)


def _of_job(operation: Operation, methods: tuple[str, ...], serve: Serve) -> _Route:
    return _Route(f"/{operation}/{{job_id}}", methods, _unless_fault(operation, serve))


def _of_endpoint(operation: Operation, method: str, serve: Serve) -> _Route:
    return _Route(f"/{operation}", (method,), _unless_fault(operation, serve))


_ROUTES: Final[dict[Operation, _Route]] = {
    Operation.RUN: _Route("/run", ("POST",), _submitting(Operation.RUN, RUN_LIMIT_MEBIBYTES)),
    Operation.RUNSYNC: _Route(
        "/runsync", ("POST",), _submitting(Operation.RUNSYNC, RUNSYNC_LIMIT_MEBIBYTES)
    ),
    Operation.STATUS: _of_job(Operation.STATUS, ("GET", "POST"), _status),
    Operation.STATUS_SYNC: _of_job(Operation.STATUS_SYNC, ("GET", "POST"), _status_sync),
    Operation.STREAM: _of_job(Operation.STREAM, ("GET",), _stream),
    Operation.CANCEL: _of_job(Operation.CANCEL, ("POST",), _cancel),
    Operation.RETRY: _of_job(Operation.RETRY, ("POST",), _retry),
    Operation.PURGE_QUEUE: _of_endpoint(Operation.PURGE_QUEUE, "POST", _purge),
    Operation.HEALTH: _of_endpoint(Operation.HEALTH, "GET", _health),
    Operation.REQUESTS: _of_endpoint(Operation.REQUESTS, "GET", _requests),
}
"""Source: RunPod docs, operation reference; POST on status from older docs and the Go SDK."""
