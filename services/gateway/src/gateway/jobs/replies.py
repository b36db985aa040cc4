"""Jobs in HTTP answers, the same for every path that leads to them."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.composition import GatewayParts
from gateway.deps import FOR_VISITORS_TOO, Visitor, json_response
from gateway.errors import NO_JOB, refusals
from gateway.jobs.create_job import JobRequest
from gateway.jobs.upload import receive_upload
from gateway.jobs.wishes import read_idempotency_key, read_wishes
from shared.db.jobs import JobRecord
from shared.errors import (
    Conflict,
    InvalidInput,
    PaymentRequired,
    RateLimited,
    TransientError,
)

_TEXT: Final = {"type": "string"}
_ID: Final = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
CREATE_JOB: Final = {
    **FOR_VISITORS_TOO,
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "Within an account the same key and form are the same job. A visitor "
            "without a session has no account yet: open one first",
            "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["prompt"],
                    "properties": {
                        "prompt": _TEXT | {"description": "at most 1000 code points"},
                        "image": _TEXT
                        | {"format": "binary", "description": "absent means text-to-image"},
                        "ratio": _TEXT | {"enum": ["1:1", "9:16", "16:9"], "default": "1:1"},
                        "model": _TEXT | {"enum": ["qwen-image-edit", "qwen-image"]},
                        "seed": {"type": "integer", "minimum": 0, "maximum": 9007199254740991},
                        "negative_prompt": _TEXT,
                        "parent": _TEXT
                        | {
                            "pattern": f"^({_ID})?$",
                            "description": "a job of the account; without an image its finished "
                            "picture is the photo, with one it is only remembered",
                        },
                    },
                },
                "example": {"prompt": "warm evening light, film look", "ratio": "1:1"},
            }
        },
    },
    "responses": {
        "202": {
            "headers": {
                "Location": {
                    "description": "the job",
                    "required": True,
                    "schema": _TEXT | {"format": "uri-reference"},
                },
                "Idempotent-Replay": {
                    "description": "an earlier request with this key made the job",
                    "schema": _TEXT | {"enum": ["true"]},
                },
            }
        }
    },
}
"""The form is read as a stream, so its description is written by hand."""

CREATE_JOB_REFUSALS: Final = refusals(
    InvalidInput("request_malformed"),
    InvalidInput("upload_interrupted"),
    PaymentRequired("insufficient_credits"),
    *NO_JOB,
    InvalidInput("payload_too_large"),
    InvalidInput("unsupported_media_type"),
    InvalidInput("unsupported_format"),
    InvalidInput("idempotency_key_invalid"),
    InvalidInput("idempotency_mismatch"),
    InvalidInput("prompt_empty"),
    InvalidInput("prompt_too_long"),
    InvalidInput("prompt_invalid"),
    InvalidInput("model_unknown"),
    InvalidInput("ratio_unknown"),
    InvalidInput("seed_invalid"),
    InvalidInput("parent_unknown"),
    Conflict("result_not_ready"),
    InvalidInput("image_missing"),
    InvalidInput("image_unexpected"),
    InvalidInput("invalid_image"),
    InvalidInput("image_animated"),
    InvalidInput("image_too_large"),
    InvalidInput("image_too_small"),
    RateLimited("rate_limited"),
    RateLimited("too_many_jobs"),
    TransientError(),
    TransientError("provider_paused"),
)


async def create_job(request: Request, parts: GatewayParts, visitor: Visitor) -> Response:
    """Read the form, make the job, answer 202."""
    key = read_idempotency_key(request.headers.get("idempotency-key"))
    async with receive_upload(request) as upload:
        wishes = read_wishes(upload.fields, has_image=upload.image is not None)
        created = await parts.create_job.run(JobRequest(visitor, wishes, upload.image, key))
    response = await job_reply(parts, created.record, 202)
    response.headers["location"] = f"/v1/jobs/{created.record.id}"
    if created.replayed:
        response.headers["idempotent-replay"] = "true"
    if created.is_new_guest:
        parts.cookie.put(response, created.record.account_id)
        request.state.account_id = str(created.record.account_id)
    return response


async def job_reply(parts: GatewayParts, record: JobRecord, status_code: int = 200) -> Response:
    """Return a job as an answer."""
    return json_response(await parts.views.of(record), status_code)
