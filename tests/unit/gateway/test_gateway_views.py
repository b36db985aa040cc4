"""What a job shows, its file names, and how errors are told."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import problem_response
from gateway.jobs.downloads import attachment, file_name
from gateway.jobs.eta import UNKNOWN
from gateway.jobs.views import JobView, job_view
from shared.db.jobs import JobRecord, StageEntry
from shared.domain.job import STAGES_OF_STATE, JobState, Model, Ratio, Stage
from shared.errors import (
    CATALOGUE,
    AppError,
    Conflict,
    DatabaseUnavailable,
    Forbidden,
    InvalidInput,
    NotFound,
    PaymentRequired,
    PermanentError,
    Unauthorized,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ID = UUID("019a0f6c-2b7d-7c53-a1f0-e4b6c8d2a913")
PUBLIC_FIELDS = {
    "id", "status", "stage", "prompt", "negative_prompt", "model", "ratio", "seed", "parent_id",
    "image_url", "result_url", "thumbnail_url", "download_url", "image_download_url",
    "image_thumbnail_url", "result_width", "result_height", "error", "attempts", "progress",
    "queue_position", "eta", "credits", "timeline", "created_at", "started_at", "finished_at",
    "expires_at", "server_time",
}  # fmt: skip


def record(state: JobState = JobState.QUEUED, prompt: str = "a boat") -> JobRecord:
    ended = state in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}
    stage = min(STAGES_OF_STATE[state])
    return JobRecord(
        id=ID,
        account_id=UUID(int=1),
        state=state,
        stage=stage,
        prompt=prompt,
        negative_prompt="",
        model=Model.QWEN_IMAGE,
        ratio=Ratio.SQUARE,
        seed=1,
        price_credits=2,
        parent_id=None,
        upload_key=None,
        upload_content_type=None,
        result_key="jobs/secret-key" if state is JobState.DONE else None,
        thumbnail_key="jobs/secret-key" if state is JobState.DONE else None,
        result_width=None,
        result_height=None,
        error_code="timed_out" if state is JobState.FAILED else None,
        attempts=1,
        progress_step=None,
        progress_steps=None,
        progress_percent=None,
        last_event_seq=1,
        queue_position=None,
        timeline=(StageEntry(1, Stage.QUEUED, NOW),),
        created_at=NOW,
        updated_at=NOW,
        started_at=None,
        finished_at=NOW if ended else None,
        server_time=NOW,
    )


@pytest.mark.parametrize("state", JobState)
def test_a_job_shows_its_public_fields_and_nothing_else(state: JobState) -> None:
    shown = json.loads(job_view(record(state), UNKNOWN, 30).model_dump_json())
    assert set(shown) == PUBLIC_FIELDS
    assert "secret" not in json.dumps(shown)
    assert shown["created_at"] == "2026-11-20T09:00:00Z"


@pytest.mark.parametrize("state", JobState)
def test_the_credits_of_a_job_add_up_to_its_price(state: JobState) -> None:
    told = job_view(record(state), UNKNOWN, 30).credits
    assert told.held + told.charged + told.released == 2
    assert (told.reason is None) == (told.held == 2)


def test_the_example_is_a_job() -> None:
    schema = JobView.model_json_schema()
    assert set(JobView.model_validate(schema["example"]).model_dump()) == PUBLIC_FIELDS


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("warm evening light", "ob-warm-evening-light-c8d2a913.png"),
        ("One, two; three four five six seven", "ob-One-two-three-four-five-six-c8d2a913.png"),
        ("แสงเย็น อบอุ่น", "ob-แสงเย็น-อบอุ่น-c8d2a913.png"),
        ("../../etc/passwd", "ob-etc-passwd-c8d2a913.png"),
        ("\u202egnp.exe \r\n", "ob-gnp-exe-c8d2a913.png"),
        ("🙂 !!", "ob-c8d2a913.png"),
    ],
)
def test_a_file_is_named_after_the_first_words(prompt: str, name: str) -> None:
    assert file_name(record(prompt=prompt), "image/png") == name


def test_a_long_thai_word_is_not_cut_between_letter_and_mark() -> None:
    prompt = "ก" * 39 + "ก็" + "ข" * 9
    name = file_name(record(prompt=prompt), "image/png")
    assert name == f"ob-{'ก' * 39}-c8d2a913.png"


@given(st.text(max_size=60))
def test_no_prompt_breaks_out_of_the_header(prompt: str) -> None:
    header = attachment(file_name(record(prompt=prompt), "image/webp"))
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert header.endswith("-c8d2a913.webp")
    assert "/" not in header
    assert "\\" not in header


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_can_be_told(code: str) -> None:
    response = problem_response(InvalidInput(code), "request")
    problem = json.loads(bytes(response.body))
    assert problem["code"] == code
    assert problem["status"] == response.status_code
    assert 400 <= response.status_code < 500


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("prompt_empty"), 422),
        (InvalidInput("unsupported_format"), 415),
        (InvalidInput("payload_too_large", limit_mb=25), 413),
        (NotFound(), 404),
        (NotFound("object_missing"), 404),
        (Conflict("cancel_too_late"), 409),
        (Unauthorized("unauthorized"), 401),
        (Forbidden("forbidden_origin"), 403),
        (PaymentRequired("insufficient_credits", need=2, have=1), 402),
        (DatabaseUnavailable(), 503),
    ],
)
def test_every_kind_of_error_has_its_status(error: AppError, status: int) -> None:
    response = problem_response(error, "request")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in response.headers) == (status == 503)


@pytest.mark.parametrize("error", [PermanentError("workflow_invalid", reason="x"), AppError("new")])
def test_what_is_not_meant_for_people_becomes_an_internal_error(error: AppError) -> None:
    problem = json.loads(bytes(problem_response(error, "request").body))
    assert (problem["status"], problem["code"], problem["params"]) == (500, "internal_error", {})


def test_only_params_that_the_sentence_names_are_told() -> None:
    error = DatabaseUnavailable(retry_after_seconds=2.6, host="db-7")
    response = problem_response(error, "request")
    assert response.headers["retry-after"] == "3"
    assert json.loads(bytes(response.body))["params"] == {}
    telling = problem_response(InvalidInput("payload_too_large", limit_mb=25, path="/tmp"), "r")  # noqa: S108
    assert json.loads(bytes(telling.body))["params"] == {"limit_mb": 25}
