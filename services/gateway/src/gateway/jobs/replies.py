"""Jobs in HTTP answers, the same for every path that leads to them."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.composition import GatewayParts
from gateway.deps import Visitor, json_response
from gateway.jobs.create_job import JobRequest
from gateway.jobs.upload import receive_upload
from gateway.jobs.wishes import read_idempotency_key, read_wishes
from shared.db.jobs import JobRecord

_TEXT: Final = {"type": "string"}
CREATE_JOB_BODY: Final = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "1 to 200 visible ASCII characters; the same key and form, the same job",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
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
                    },
                },
                "example": {"prompt": "warm evening light, film look", "ratio": "1:1"},
            }
        },
    },
}
"""The form is read as a stream, so its description is written by hand."""


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
