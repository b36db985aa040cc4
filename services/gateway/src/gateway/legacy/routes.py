"""``/api/queue/create``, ``/api/queue/status`` and ``/api/runpod-poll``."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.background import BackgroundTask
from starlette.responses import Response

from gateway.deps import CurrentAccount, Parts, Visitor, json_response, parse_job_id
from gateway.errors import NO_JOB, refusals
from gateway.jobs.replies import CREATE_JOB, CREATE_JOB_REFUSALS, create_job, job_reply
from gateway.jobs.views import JobView
from shared.db.following import RungAttempt
from shared.db.rate_limits import LOOKS_ON_WISH
from shared.errors import InvalidInput

router = APIRouter(prefix="/api", tags=["first product"])


class Rung(BaseModel):
    """How many jobs are looked at again."""

    rung: int


@router.post(
    "/queue/create",
    status_code=202,
    summary="As POST /v1/jobs",
    response_model=JobView,
    responses=CREATE_JOB_REFUSALS,
    openapi_extra=CREATE_JOB,
)
async def create(request: Request, parts: Parts, visitor: Visitor) -> Response:
    """Take a picture and a sentence, hold the price, and queue the job."""
    return await create_job(request, parts, visitor)


@router.get(
    "/queue/status",
    summary="As GET /v1/jobs/{id}",
    response_model=JobView,
    responses=refusals(*NO_JOB, InvalidInput("validation_failed")),
)
async def status(
    parts: Parts, account_id: CurrentAccount, job_id: Annotated[str, Query(alias="id")]
) -> Response:
    """Return a job of the account."""
    return await job_reply(parts, await parts.jobs.get(parse_job_id(job_id), account_id))


@router.post(
    "/runpod-poll",
    summary="Ask the provider now",
    response_model=Rung,
    responses=refusals(*NO_JOB),
)
async def poll(
    parts: Parts,
    account_id: CurrentAccount,
    job_id: Annotated[str | None, Query(alias="id")] = None,
) -> Response:
    """Have one job, or every open job of the account, looked at now.

    What is too much for all accounts together is left to the poller's own pace.
    """
    if job_id is None:
        job_ids = await parts.jobs.open_ids(account_id)
    else:
        job_ids = [(await parts.jobs.get(parse_job_id(job_id), account_id)).id]
    rung = 0
    attempts: list[RungAttempt] = []
    for one in job_ids:
        if not await parts.rate_limits.take(LOOKS_ON_WISH):
            break
        rung += 1
        attempts += await parts.following.ring_job(one, account_id)
    response = json_response(Rung(rung=rung))
    response.background = BackgroundTask(parts.ring_poller, attempts)
    return response
