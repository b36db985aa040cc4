"""The routes of the endpoint: `/v2/{endpoint_id}/...`, thin over the operations."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from runpod_simulator import operations as do
from runpod_simulator.answers import Reaction, problem
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

Serve = Callable[[], Awaitable[Reaction]]
_TOO_LARGE_AT_THE_EDGE: Final = problem(502, "Bad Gateway", "upstream closed the connection")


def endpoint_routes(simulator: Callable[[], Simulator]) -> APIRouter:
    """Return the routes.

    Args:
        simulator: Returns the running simulator; there is one from start-up on.
    """
    routes = APIRouter(prefix="/v2/{endpoint_id}", include_in_schema=False)

    @routes.post("/run")
    async def run(endpoint_id: str, request: Request) -> Response:
        async def serve() -> Reaction:
            return await _submit(simulator(), request, Operation.RUN)

        return await _guarded(simulator(), endpoint_id, request, Operation.RUN, serve)

    @routes.post("/runsync")
    async def runsync(endpoint_id: str, request: Request) -> Response:
        async def serve() -> Reaction:
            return await _submit(simulator(), request, Operation.RUNSYNC)

        return await _guarded(simulator(), endpoint_id, request, Operation.RUNSYNC, serve)

    @routes.api_route("/status/{job_id}", methods=["GET", "POST"])
    async def status(endpoint_id: str, job_id: str, request: Request) -> Response:
        async def serve() -> Reaction:
            return await do.status(simulator(), job_id)

        return await _about_job(simulator(), endpoint_id, request, Operation.STATUS, job_id, serve)

    @routes.api_route("/status-sync/{job_id}", methods=["GET", "POST"])
    async def status_sync(endpoint_id: str, job_id: str, request: Request) -> Response:
        async def serve() -> Reaction:
            return await do.status_after_wait(simulator(), job_id, _wait_ms(request))

        operation = Operation.STATUS_SYNC
        return await _about_job(simulator(), endpoint_id, request, operation, job_id, serve)

    @routes.get("/stream/{job_id}")
    async def stream(endpoint_id: str, job_id: str, request: Request) -> Response:
        async def serve() -> Reaction:
            return do.stream(simulator(), job_id)

        return await _about_job(simulator(), endpoint_id, request, Operation.STREAM, job_id, serve)

    @routes.post("/cancel/{job_id}")
    async def cancel(endpoint_id: str, job_id: str, request: Request) -> Response:
        async def serve() -> Reaction:
            return do.cancel(simulator(), job_id)

        return await _about_job(simulator(), endpoint_id, request, Operation.CANCEL, job_id, serve)

    @routes.post("/retry/{job_id}")
    async def retry(endpoint_id: str, job_id: str, request: Request) -> Response:
        async def serve() -> Reaction:
            return do.retry(simulator(), job_id)

        return await _about_job(simulator(), endpoint_id, request, Operation.RETRY, job_id, serve)

    @routes.post("/purge-queue")
    async def purge_queue(endpoint_id: str, request: Request) -> Response:
        async def serve() -> Reaction:
            return do.purge(simulator())

        return await _about_job(
            simulator(), endpoint_id, request, Operation.PURGE_QUEUE, None, serve
        )

    @routes.get("/health")
    async def health(endpoint_id: str, request: Request) -> Response:
        async def serve() -> Reaction:
            return do.health(simulator())

        return await _about_job(simulator(), endpoint_id, request, Operation.HEALTH, None, serve)

    @routes.get("/requests")
    async def requests(endpoint_id: str, request: Request) -> Response:
        async def serve() -> Reaction:
            return do.requests(simulator())

        return await _about_job(simulator(), endpoint_id, request, Operation.REQUESTS, None, serve)

    return routes


async def _guarded(
    sim: Simulator, endpoint_id: str, request: Request, operation: Operation, serve: Serve
) -> Response:
    """Check the key, the endpoint and the rate, then serve."""
    refusal = _refusal(sim, endpoint_id, request)
    if refusal is not None:
        return respond(refusal, sim)
    if not sim.rate_limits.enter(operation, sim.clock.now()):
        return respond(problem(429, "Too Many Requests", "rate limit exceeded"), sim)
    try:
        return respond(await serve(), sim)
    finally:
        sim.rate_limits.leave(operation)


async def _about_job(  # noqa: PLR0913 - one line per route above
    sim: Simulator,
    endpoint_id: str,
    request: Request,
    operation: Operation,
    job_id: str | None,
    serve: Serve,
) -> Response:
    """Serve an operation whose request body does not matter, unless a fault comes first."""

    async def serve_unless_fault() -> Reaction:
        job = None if job_id is None else sim.endpoint.jobs.get(job_id)
        fault = sim.faults.before(operation, "" if job is None else job.label)
        return await serve() if fault is None else fault

    return await _guarded(sim, endpoint_id, request, operation, serve_unless_fault)


def _refusal(sim: Simulator, endpoint_id: str, request: Request) -> Reaction | None:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    expected = sim.settings.api_key.get_secret_value().encode()
    if not secrets.compare_digest(given, expected):
        return problem(401, "Unauthorized", "invalid or missing API key")
    if endpoint_id != sim.settings.endpoint_id:
        return problem(404, "Not Found", "endpoint not found")
    return None


async def _submit(sim: Simulator, request: Request, operation: Operation) -> Reaction:
    is_sync = operation is Operation.RUNSYNC
    limit = RUNSYNC_LIMIT_MEBIBYTES if is_sync else RUN_LIMIT_MEBIBYTES
    received = await receive_body(request.stream(), limit)
    if received.too_large:
        if sim.faults.turns_too_large_into_502():
            return _TOO_LARGE_AT_THE_EDGE
        return problem(400, "Bad Request", too_large_text(limit))
    try:
        submission = parse_submission(received.data, strict=sim.conductor.modes.strict_body)
    except BadRequestError as error:
        return sim.faults.before(operation, "") or problem(400, "Bad Request", str(error))
    entry = do.describe(submission, operation, len(received.data))
    if (fault := sim.faults.before(operation, do.label_of(entry))) is not None:
        return fault
    job = await do.accept(sim, submission, entry)
    if (fault := sim.faults.after_accept(job.label)) is not None:
        return fault
    if is_sync:
        return await do.submitted_and_waited(sim, job, _wait_ms(request))
    return do.submitted(job)


def _wait_ms(request: Request) -> int:
    given = request.query_params.get("wait", "")
    wait = int(given) if given.isascii() and given.isdigit() else do.DEFAULT_WAIT_MS
    return min(max(wait, do.MIN_WAIT_MS), do.MAX_WAIT_MS)
