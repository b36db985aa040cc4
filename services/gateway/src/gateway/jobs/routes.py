"""``/v1/jobs``."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import WithJsonSchema
from starlette.responses import RedirectResponse, Response

from gateway.deps import CurrentAccount, JobId, Parts, Visitor, json_response
from gateway.errors import refusals
from gateway.jobs.cursors import PAGE_CURSOR, page_cursor, read_page_cursor
from gateway.jobs.downloads import REUSABLE_SECONDS, JobPicture
from gateway.jobs.replies import CREATE_JOB, CREATE_JOB_REFUSALS, create_job, job_reply
from gateway.jobs.views import JobPageView, JobView
from shared.domain.job import STATES_OF_STATUS, JobState, Status
from shared.errors import Conflict, InvalidInput, NotFound

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_Cursor = Annotated[str | None, WithJsonSchema({"type": "string", "pattern": PAGE_CURSOR})]
_Status = Annotated[str | None, WithJsonSchema({"type": "string", "enum": [*Status]})]


@router.post(
    "",
    status_code=202,
    summary="Ask for a picture",
    response_model=JobView,
    responses=CREATE_JOB_REFUSALS,
    openapi_extra=CREATE_JOB,
)
async def create(request: Request, parts: Parts, visitor: Visitor) -> Response:
    """Take a picture and a sentence, hold the price, and queue the job."""
    return await create_job(request, parts, visitor)


@router.get(
    "",
    summary="The account's jobs, newest first",
    response_model=JobPageView,
    responses=refusals(
        InvalidInput("validation_failed"),
        InvalidInput("cursor_invalid"),
        InvalidInput("status_unknown"),
    ),
)
async def page(
    parts: Parts,
    account_id: CurrentAccount,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: _Cursor = None,
    status: _Status = None,
) -> Response:
    """Return a page of jobs; `cursor` is the `next_cursor` of the page before."""
    before = None if cursor is None else read_page_cursor(cursor)
    records = await parts.jobs.page(
        account_id, limit=limit + 1, before=before, states=_states(status)
    )
    shown = records[:limit]
    more = page_cursor(shown[-1].id) if len(records) > limit else None
    items = [await parts.views.of(record) for record in shown]
    return json_response(JobPageView(items=items, next_cursor=more))


@router.get("/{job_id}", summary="One job", response_model=JobView, responses=refusals(NotFound()))
async def read(parts: Parts, account_id: CurrentAccount, job_id: JobId) -> Response:
    """Return a job of the account."""
    return await job_reply(parts, await parts.jobs.get(job_id, account_id))


@router.post(
    "/{job_id}/cancel",
    status_code=202,
    summary="Stop a job",
    response_model=JobView,
    responses=refusals(NotFound(), Conflict("cancel_too_late")),
)
async def cancel(parts: Parts, account_id: CurrentAccount, job_id: JobId) -> Response:
    """Stop a job: at once while it waits, else as soon as the provider has stopped."""
    return await job_reply(parts, await parts.jobs.cancel(job_id, account_id), 202)


@router.delete(
    "/{job_id}",
    status_code=204,
    summary="Delete a job and its pictures",
    responses=refusals(NotFound()),
)
async def delete(parts: Parts, account_id: CurrentAccount, job_id: JobId) -> Response:
    """Remove a job from the account; an open one is stopped."""
    await parts.jobs.delete(job_id, account_id)
    return Response(status_code=204)


@router.get(
    "/{job_id}/image",
    status_code=307,
    summary="The photo that was sent",
    response_class=RedirectResponse,
    responses=refusals(NotFound(), InvalidInput("validation_failed")),
)
async def image(
    parts: Parts, account_id: CurrentAccount, job_id: JobId, *, download: bool = False
) -> Response:
    """Lead to the photo, cleaned of everything but its pixels."""
    job = await parts.jobs.get(job_id, account_id)
    return _to(await parts.downloads.link(job, JobPicture.IMAGE, as_file=download))


@router.get(
    "/{job_id}/result",
    status_code=307,
    summary="The finished picture",
    response_class=RedirectResponse,
    responses=refusals(NotFound(), Conflict("result_not_ready"), InvalidInput("validation_failed")),
)
async def result(
    parts: Parts, account_id: CurrentAccount, job_id: JobId, *, download: bool = False
) -> Response:
    """Lead to the finished picture."""
    job = await parts.jobs.get(job_id, account_id)
    return _to(await parts.downloads.link(job, JobPicture.RESULT, as_file=download))


@router.get(
    "/{job_id}/thumbnail",
    status_code=307,
    summary="The finished picture, small",
    response_class=RedirectResponse,
    responses=refusals(NotFound(), Conflict("result_not_ready")),
)
async def thumbnail(parts: Parts, account_id: CurrentAccount, job_id: JobId) -> Response:
    """Lead to the thumbnail of the finished picture."""
    job = await parts.jobs.get(job_id, account_id)
    return _to(await parts.downloads.link(job, JobPicture.THUMBNAIL, as_file=False))


def _to(link: str) -> Response:
    return RedirectResponse(link, 307, {"cache-control": f"private, max-age={REUSABLE_SECONDS}"})


def _states(status: str | None) -> frozenset[JobState] | None:
    if status is None:
        return None
    try:
        return STATES_OF_STATUS[Status(status)]
    except ValueError:
        raise InvalidInput("status_unknown", allowed=", ".join(Status)) from None
