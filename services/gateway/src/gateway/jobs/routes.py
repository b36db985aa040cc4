"""``/v1/jobs``."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import WithJsonSchema
from starlette.responses import RedirectResponse, Response

from gateway.deps import CurrentAccount, JobId, Parts, Visitor, json_response
from gateway.errors import NO_JOB, refusals
from gateway.jobs.cursors import PAGE_CURSOR, page_cursor, read_page_cursor
from gateway.jobs.downloads import REUSABLE_SECONDS, JobPicture
from gateway.jobs.filters import SEARCH_PATTERN, read_search, read_status
from gateway.jobs.forms import STORED_THUMBNAIL_PX, Format, Quality, Size, read_format, read_size
from gateway.jobs.replies import CREATE_JOB, CREATE_JOB_REFUSALS, create_job, job_reply
from gateway.jobs.views import JobPageView, JobView
from shared.domain.job import Status
from shared.domain.variants import Source
from shared.errors import Conflict, InvalidInput

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_Cursor = Annotated[str | None, WithJsonSchema({"type": "string", "pattern": PAGE_CURSOR})]
_Status = Annotated[str | None, WithJsonSchema({"type": "string", "enum": [*Status]})]
_Search = Annotated[str | None, WithJsonSchema({"type": "string", "pattern": SEARCH_PATTERN})]


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
        InvalidInput("search_invalid"),
    ),
)
async def page(
    parts: Parts,
    account_id: CurrentAccount,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: _Cursor = None,
    status: _Status = None,
    q: _Search = None,
) -> Response:
    """Return a page of jobs; `cursor` is the `next_cursor` of the page before.

    With `q` only those whose prompt contains it; small and capital letters are the same.
    """
    before = None if cursor is None else read_page_cursor(cursor)
    records = await parts.jobs.page(
        account_id,
        limit=limit + 1,
        before=before,
        states=read_status(status),
        search=read_search(q),
    )
    shown = records[:limit]
    more = page_cursor(shown[-1].id) if len(records) > limit else None
    items = [await parts.views.of(record) for record in shown]
    return json_response(JobPageView(items=items, next_cursor=more))


@router.get("/{job_id}", summary="One job", response_model=JobView, responses=refusals(*NO_JOB))
async def read(parts: Parts, account_id: CurrentAccount, job_id: JobId) -> Response:
    """Return a job of the account."""
    return await job_reply(parts, await parts.jobs.get(job_id, account_id))


@router.post(
    "/{job_id}/cancel",
    status_code=202,
    summary="Stop a job",
    response_model=JobView,
    responses=refusals(*NO_JOB, Conflict("cancel_too_late")),
)
async def cancel(parts: Parts, account_id: CurrentAccount, job_id: JobId) -> Response:
    """Stop a job: at once while it waits, else as soon as the provider has stopped."""
    return await job_reply(parts, await parts.jobs.cancel(job_id, account_id), 202)


@router.delete(
    "/{job_id}",
    status_code=204,
    summary="Delete a job and its pictures",
    responses=refusals(*NO_JOB),
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
    responses=refusals(*NO_JOB, InvalidInput("validation_failed"), InvalidInput("size_unknown")),
)
async def image(
    parts: Parts,
    account_id: CurrentAccount,
    job_id: JobId,
    *,
    download: bool = False,
    size: Size = None,
) -> Response:
    """Lead to the photo, cleaned of everything but its pixels.

    With `size` it is a WebP whose longer side has at most so many pixels.
    """
    variant = read_size(size, Source.IMAGE)
    job = await parts.jobs.get(job_id, account_id)
    link = parts.downloads.link(job, JobPicture.IMAGE, as_file=download, variant=variant)
    return _to(await link)


@router.get(
    "/{job_id}/result",
    status_code=307,
    summary="The finished picture",
    response_class=RedirectResponse,
    responses=refusals(
        *NO_JOB,
        Conflict("result_not_ready"),
        InvalidInput("validation_failed"),
        InvalidInput("format_unknown"),
        InvalidInput("quality_invalid"),
    ),
)
async def result(
    parts: Parts,
    account_id: CurrentAccount,
    job_id: JobId,
    *,
    download: bool = False,
    wanted: Annotated[Format, Query(alias="format")] = None,
    quality: Quality = None,
) -> Response:
    """Lead to the finished picture: the PNG that is kept, or another `format` of it.

    `quality` is of JPEG and WebP; without it they have 92.
    """
    variant = read_format(wanted, quality)
    job = await parts.jobs.get(job_id, account_id)
    link = parts.downloads.link(job, JobPicture.RESULT, as_file=download, variant=variant)
    return _to(await link)


@router.get(
    "/{job_id}/thumbnail",
    status_code=307,
    summary="The finished picture, small",
    response_class=RedirectResponse,
    responses=refusals(*NO_JOB, Conflict("result_not_ready"), InvalidInput("size_unknown")),
)
async def thumbnail(
    parts: Parts, account_id: CurrentAccount, job_id: JobId, size: Size = None
) -> Response:
    """Lead to a WebP of the finished picture whose longer side has 384 pixels, or `size`."""
    variant = read_size(size, Source.RESULT)
    job = await parts.jobs.get(job_id, account_id)
    if variant is None or variant.side_px == STORED_THUMBNAIL_PX:
        return _to(await parts.downloads.link(job, JobPicture.THUMBNAIL, as_file=False))
    link = parts.downloads.link(job, JobPicture.RESULT, as_file=False, variant=variant)
    return _to(await link)


def _to(link: str) -> Response:
    return RedirectResponse(link, 307, {"cache-control": f"private, max-age={REUSABLE_SECONDS}"})
