"""Errors on the wire: RFC 9457 problem+json, and the only place that knows HTTP statuses."""

from collections.abc import Iterable
from string import Formatter
from typing import Annotated, Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.errors import (
    CATALOGUE,
    AppError,
    Conflict,
    Fault,
    Forbidden,
    Gone,
    InvalidInput,
    NotFound,
    Param,
    PaymentRequired,
    RateLimited,
    TransientError,
    Unauthorized,
)

MEDIA_TYPE: Final = "application/problem+json"
PROBLEM_REF: Final = "#/components/schemas/Problem"
DEFAULT_RETRY_SECONDS: Final = 5

_STATUS_OF_CODE: Final = {
    "request_malformed": 400,
    "upload_interrupted": 400,
    "method_not_allowed": 405,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "unsupported_format": 415,
}
_STATUS_OF_CLASS: Final[tuple[tuple[type[AppError], int], ...]] = (
    (InvalidInput, 422),
    (Gone, 410),
    (NotFound, 404),
    (Conflict, 409),
    (Unauthorized, 401),
    (Forbidden, 403),
    (PaymentRequired, 402),
    (RateLimited, 429),
    (TransientError, 503),
)
_CODE_OF_STATUS: Final = {
    404: "not_found",
    405: "method_not_allowed",
    415: "unsupported_media_type",
}
_UNEXPECTED: Final = 500
_METHODS_OF_FILES: Final = frozenset({"GET", "HEAD"})
_FIELDS: Final = "fields"

ErrorCode = Annotated[str, Field(json_schema_extra={"enum": sorted(CATALOGUE)})]


class Problem(BaseModel):
    """Why a request was refused, in a form for programs and in two languages for people."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "/errors/prompt_too_long",
                "title": "That's 12 characters too many (limit 1000).",
                "status": 422,
                "code": "prompt_too_long",
                "en": "That's 12 characters too many (limit 1000).",
                "th": "ยาวเกินไป 12 ตัวอักษร (ไม่เกิน 1000) ลองเล่าให้สั้นลง",
                "params": {"over": 12, "limit": 1000},
                "fault": "user",
                "retryable": False,
                "charged": False,
                "retry_after": None,
                "request_id": "019a0f6c2b7d7c53a1f0e4b6c8d2a913",
            }
        }
    )

    type: str
    title: str
    status: int
    code: ErrorCode
    en: str
    th: str
    params: dict[str, Param]
    fault: Fault
    retryable: bool
    charged: bool = False
    retry_after: int | None = None
    """Seconds."""
    request_id: str


NO_JOB: Final = (NotFound(), Gone("result_expired"))
"""What an address of a job answers when there is none, or no longer."""


def refusals(*errors: AppError) -> dict[int | str, dict[str, Any]]:
    """Return what a route's description says of the errors that it answers with, by status."""
    codes: dict[int, list[str]] = {}
    for error in errors:
        codes.setdefault(_status_of(error), []).append(error.code)
    return {status: _refusal(status, said) for status, said in sorted(codes.items())}


def _refusal(status: int, codes: Iterable[str]) -> dict[str, Any]:
    said = sorted(codes)
    narrowed = {"status": {"const": status}, "code": {"enum": said}}
    schema = {"allOf": [{"$ref": PROBLEM_REF}, {"properties": narrowed}]}
    return {
        "description": ", ".join(f"`{code}`" for code in said),
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


class _Known(dict[str, Param]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def public_params(code: str, params: dict[str, Param]) -> dict[str, Param]:
    """Keep what the sentences say; the rest of an error's params is for our own eyes."""
    said = {name for _, name, _, _ in Formatter().parse(CATALOGUE[code].en)} | {_FIELDS}
    return {name: value for name, value in params.items() if name in said}


def sentences(code: str, params: dict[str, Param]) -> tuple[str, str]:
    """Return what a code says in English and in Thai, with its numbers filled in."""
    text, known = CATALOGUE[code], _Known(params)
    return text.en.format_map(known), text.th.format_map(known)


def problem_response(error: AppError, request_id: str) -> Response:
    """Return the answer for an error of ours; an unknown code becomes ``internal_error``."""
    status = _status_of(error)
    code, params = error.code, error.params
    if status == _UNEXPECTED or code not in CATALOGUE:
        code, params, status = "internal_error", {}, _UNEXPECTED
    en, th = sentences(code, params)
    retry_after = _retry_after(error)
    problem = Problem(
        type=f"/errors/{code}",
        title=en,
        status=status,
        code=code,
        en=en,
        th=th,
        params=public_params(code, params),
        fault=CATALOGUE[code].fault,
        retryable=CATALOGUE[code].retryable,
        retry_after=retry_after,
        request_id=request_id,
    )
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return Response(problem.model_dump_json(), status, headers, media_type=MEDIA_TYPE)


def _status_of(error: AppError) -> int:
    if error.code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[error.code]
    kinds = (status for kind, status in _STATUS_OF_CLASS if isinstance(error, kind))
    return next(kinds, _UNEXPECTED)


def _retry_after(error: AppError) -> int | None:
    if not isinstance(error, TransientError):
        return None
    return max(1, round(error.retry_after_seconds or DEFAULT_RETRY_SECONDS))


def request_id_of(request: Request) -> str:
    """Return the id under which a request is logged."""
    return str(request.scope.get("state", {}).get("request_id", ""))


def install(app: FastAPI) -> None:
    """Let every refusal of an application be a problem+json."""

    @app.exception_handler(AppError)
    async def ours(request: Request, error: AppError) -> Response:
        return problem_response(error, request_id_of(request))

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> Response:
        fields = sorted({str(entry["loc"][-1]) for entry in error.errors() if entry["loc"]})
        refusal = InvalidInput("validation_failed", **{_FIELDS: ", ".join(fields)})
        return problem_response(refusal, request_id_of(request))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        code = _CODE_OF_STATUS.get(error.status_code, "request_malformed")
        refusal = NotFound() if code == "not_found" else InvalidInput(code)
        response = problem_response(refusal, request_id_of(request))
        response.headers.update(error.headers or {})
        if code == "method_not_allowed":
            response.headers["allow"] = ", ".join(sorted(_methods_at(app, request.scope["path"])))
        return response


def _methods_at(app: FastAPI, path: str) -> set[str]:
    """Return every method of an address; the router by itself names those of one route only."""
    return {
        method
        for route in iter_route_contexts(app.routes)
        if route.path_regex.match(path)
        for method in route.methods or _METHODS_OF_FILES
    }
