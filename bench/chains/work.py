"""What the stages of every stack have in common: statements, bodies, and when to ask."""

import json
from typing import Any, Final

import pybase64
from pydantic_core import from_json

AT_A_TIME: Final = 200
"""Jobs that one worker process may have in its hands."""

DATABASE_CONNECTIONS: Final = 10
"""Of one worker process, for the rows of its jobs."""

FIRST_ASK_SECONDS: Final = 0.202
"""After the submission: what the provider takes and a little, so that one question is enough."""

ASK_AGAIN_SECONDS: Final = 0.01

SUBMITTED: Final = (
    "UPDATE jobs SET state = 'submitted', provider_id = $2, submitted_at = clock_timestamp()"
    " WHERE id = $1"
)
COMPLETED: Final = (
    "UPDATE jobs SET state = 'completed', completed_at = clock_timestamp() WHERE id = $1"
)
STORED: Final = "UPDATE jobs SET state = 'stored', stored_at = clock_timestamp() WHERE id = $1"


def run_body(job: int, webhook: str | None = None) -> bytes:
    """Return what is posted to `/run`."""
    told = {"webhook": webhook} if webhook else {}
    return json.dumps({"input": {"prompt": f"picture {job}"}} | told).encode()


def is_completed(answer: bytes) -> bool:
    """Say whether an answer of `/status` is that of a job that is done."""
    return bool(from_json(answer)["status"] == "COMPLETED")


def picture_in(answer: bytes) -> bytes:
    """Return the picture in an answer of `/status`."""
    fields: dict[str, Any] = from_json(answer)
    return pybase64.b64decode(fields["output"]["images"][0]["data"], validate=True)
