"""``/v1/jobs/{id}/events`` and ``/v1/events``."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from gateway.deps import CurrentAccount, JobId, Parts
from gateway.errors import NO_JOB, refusals
from gateway.stream.response import EventStreamResponse

router = APIRouter(tags=["live events"])

LastEventId = Annotated[str | None, Header(alias="Last-Event-ID")]


@router.get(
    "/v1/jobs/{job_id}/events",
    summary="Live events of one job (SSE)",
    response_class=EventStreamResponse,
    status_code=200,
    responses=refusals(*NO_JOB) | {204: {"description": "Its end was heard already"}},
)
async def job_events(
    parts: Parts,
    account_id: CurrentAccount,
    job_id: JobId,
    last_event_id: LastEventId = None,
) -> Response:
    """Tell the job as it is now and each change, until it has ended.

    With `Last-Event-ID` every missed change is told. 204 when its end was heard already, so that a
    browser stops coming back.
    """
    check = partial(parts.sessions.check, account_id)
    stream = await parts.streams.of_job(job_id, account_id, last_event_id, check)
    return Response(status_code=204) if stream is None else EventStreamResponse(stream)


@router.get(
    "/v1/events",
    summary="Live events of the account (SSE)",
    response_class=EventStreamResponse,
    status_code=200,
)
async def account_events(
    parts: Parts,
    account_id: CurrentAccount,
    last_event_id: LastEventId = None,
) -> Response:
    """Tell the credits, every open or recently changed job, and all that happens to them."""
    check = partial(parts.sessions.check, account_id)
    stream = await parts.streams.of_account(account_id, last_event_id, check)
    return EventStreamResponse(stream)
