"""Answers as they were recorded, and ones that no page mentions."""

import base64
import json

import pytest

from shared.errors import PermanentError, RunPodUnavailable
from shared.runpod.answers import (
    Accepted,
    Answered,
    Cancelled,
    Completed,
    CompletedWithoutImage,
    Failed,
    FailureKind,
    Gone,
    Health,
    InProgress,
    InQueue,
    NotAccepted,
    OutputImage,
    OutputKind,
    Progress,
    StatusOutcome,
    TimedOut,
    Unknown,
    Unrecognised,
)
from shared.runpod.parse import (
    RawAnswer,
    parse_health,
    parse_purge,
    parse_retry_after,
    parse_runsync,
    parse_status,
    parse_submit,
)

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
TRACEBACK = json.dumps(
    {
        "error_type": "<class 'ValueError'>",
        "error_message": "bad thing",
        "error_traceback": "Traceback: /secret/path",
        "hostname": "pod-1",
    }
)


def answer(value: object, http_status: int = 200) -> RawAnswer:
    return RawAnswer(http_status, value if isinstance(value, bytes) else json.dumps(value).encode())


def image(data: str, name: str = "x_00001_.png", kind: str = "base64") -> dict[str, str]:
    return {"filename": name, "type": kind, "data": data}


def completed(output: object) -> dict[str, object]:
    return {"id": "J", "status": "COMPLETED", "output": output}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"id":"J","status":"IN_QUEUE"}', InQueue()),
        (
            '{"id":"J","status":"IN_PROGRESS","delayTime":2188,"workerId":"w"}',
            InProgress(delay_ms=2188, worker_id="w"),
        ),
        (
            (
                '{"id":"J","status":"IN_PROGRESS","delayTime":18378,"executionTime":40213,'
                '"output":{"progress":"4/10"}}'
            ),
            InProgress(delay_ms=18378, execution_ms=40213, progress=Progress(4, 10, 40)),
        ),
        (
            (
                '{"id":"J","status":"COMPLETED","delayTime":824,"executionTime":3391,"workerId":"w",'
                '"output":{"images":[{"filename":"x_00001_.png","type":"base64",'
                '"data":"iVBORw0KGgoAAAANSUhEUg"}]}}'
            ),
            Completed(
                images=(OutputImage("x_00001_.png", OutputKind.BASE64, "iVBORw0KGgoAAAANSUhEUg"),),
                delay_ms=824,
                execution_ms=3391,
                worker_id="w",
            ),
        ),
        (
            '{"id":"J","status":"COMPLETED","delayTime":100,"executionTime":1571,"workerId":"w"}',
            CompletedWithoutImage(
                detail="no output", delay_ms=100, execution_ms=1571, worker_id="w"
            ),
        ),
        (
            (
                '{"id":"J","status":"FAILED","delayTime":874,"executionTime":150,"workerId":"w",'
                '"error":"Job processing failed","output":{"details":["Message: out of memory"]}}'
            ),
            Failed(
                kind=FailureKind.OUT_OF_MEMORY,
                detail="Job processing failed; Message: out of memory",
                delay_ms=874,
                execution_ms=150,
                worker_id="w",
            ),
        ),
        (
            (
                '{"id":"J","status":"FAILED","delayTime":101050,"executionTime":42078,"retries":1,'
                '"workerId":"w","error":"job timed out after 1 retries"}'
            ),
            Failed(
                kind=FailureKind.TIMED_OUT,
                detail="job timed out after 1 retries",
                delay_ms=101050,
                execution_ms=42078,
                retries=1,
                worker_id="w",
            ),
        ),
        (
            '{"id":"J","status":"FAILED","error":"executionTimeout exceeded"}',
            Failed(kind=FailureKind.TIMED_OUT, detail="executionTimeout exceeded"),
        ),
        ('{"id":"J","status":"CANCELLED"}', Cancelled()),
        ('{"id":"J","status":"TIMED_OUT"}', TimedOut()),
        ('{"id":"J","status":"RUNNING"}', Unrecognised(status="RUNNING")),
        ('{"id":"J"}', Unrecognised(status="None")),
        (
            '{"id":"J","status":"IN_PROGRESS","input":{"attempt_id":"a-1","images":[]}}',
            InProgress(attempt_id="a-1"),
        ),
    ],
)
def test_a_recorded_status_has_its_type(line: str, expected: StatusOutcome) -> None:
    assert parse_status(answer(line.encode())) == expected


def test_the_text_of_an_uncaught_exception_is_without_its_traceback() -> None:
    outcome = parse_status(answer({"id": "J", "status": "FAILED", "error": TRACEBACK}))

    assert outcome == Failed(kind=FailureKind.EXECUTION, detail="ValueError: bad thing")


@pytest.mark.parametrize(
    "output",
    [
        {"images": [image(PNG)]},
        {"images": [image(f"data:image/png;base64,{PNG}")]},
        {"images": [{"data": PNG}], "errors": ["a warning"]},
        {"message": PNG, "status": "success"},
        {"message": f"data:image/png;base64,{PNG}"},
        PNG,
    ],
)
def test_every_shape_of_an_encoded_picture_is_read(output: object) -> None:
    outcome = parse_status(answer(completed(output)))

    assert isinstance(outcome, Completed)
    assert outcome.images[0].kind is OutputKind.BASE64
    assert outcome.images[0].decode() == base64.b64decode(PNG)


@pytest.mark.parametrize(
    "output",
    [
        {"images": [image("https://store.example/a.png", kind="s3_url")]},
        {"images": [image("https://store.example/a.png")]},
        {"message": "https://store.example/a.png", "status": "success"},
    ],
)
def test_a_linked_picture_is_a_url(output: object) -> None:
    outcome = parse_status(answer(completed(output)))

    assert isinstance(outcome, Completed)
    assert outcome.images[0].kind is OutputKind.URL


@pytest.mark.parametrize(
    ("output", "detail"),
    [
        ({"status": "success_no_images", "images": []}, "success_no_images"),
        ({"images": [image("simulated_uploaded/a.png", kind="s3_url")]}, "no usable image"),
        ({"images": [image(PNG, kind="s3_url")]}, "no usable image"),
        ({"images": [image("")]}, "no usable image"),
        ({"images": [image("not base64 at all, but a text")]}, "no usable image"),
        ({"images": ["text", None, 5, {"data": 5}]}, "no usable image"),
        ({"images": "text", "error": "Something broke"}, "Something broke"),
        ({"error": "Something broke", "errors": ["a", 5, "b"]}, "Something broke; a; b"),
        ({"message": "file:///etc/passwd"}, "no usable image"),
        ({}, "no output"),
        ([], "no output"),
        (None, "no output"),
        (5, "no usable image"),
    ],
)
def test_completed_without_a_usable_picture_is_told_apart(output: object, detail: str) -> None:
    assert parse_status(answer(completed(output))) == CompletedWithoutImage(detail=detail)


def test_a_picture_under_another_prefix_is_not_ours() -> None:
    both = answer(
        completed({"images": [image(PNG, "theirs_00001_.png"), image(PNG, "ours_1.png")]})
    )

    outcome = parse_status(both, "ours")

    assert isinstance(outcome, Completed)
    assert [item.filename for item in outcome.images] == ["ours_1.png"]
    assert isinstance(parse_status(both, "mine"), CompletedWithoutImage)


@pytest.mark.parametrize("data", ["%%%%", PNG[:-3], "data:image/png;base64", PNG + "\n!"])
def test_broken_base64_is_an_error_without_the_data(data: str) -> None:
    with pytest.raises(PermanentError) as caught:
        OutputImage("x.png", OutputKind.BASE64, data).decode()

    assert str(caught.value) == "provider_result_invalid reason='bad_base64'"
    assert caught.value.__cause__ is None


def test_a_picture_does_not_show_its_data() -> None:
    assert PNG not in repr(parse_status(answer(completed({"images": [image(PNG)]}))))


@pytest.mark.parametrize(
    ("output", "progress"),
    [
        ({"progress": "4/10"}, Progress(4, 10, 40)),
        ({"progress": "step 12 of 20"}, Progress(12, 20, 60)),
        ({"progress": 35}, Progress(None, None, 35)),
        ({"progress": 0.35}, Progress(None, None, 35)),
        ({"progress": "35 %"}, Progress(None, None, 35)),
        ({"progress": {"value": 3, "max": 20}}, Progress(3, 20, 15)),
        ({"step": 3, "steps": 20, "percent": 15}, Progress(3, 20, 15)),
        ("Update 1/3", Progress(1, 3, 33)),
        ({"progress": "30/20"}, Progress(20, 20, 100)),
        ({"progress": "1/0"}, None),
        ({"progress": None}, None),
        ({"progress": True}, None),
        ({"progress": "warming"}, None),
        ({"progress": {"progress": {}}}, None),
        ({"step": 3_000_000_000, "steps": 4_000_000_000}, None),
        ({"step": 3, "steps": 4_000_000_000, "percent": 15}, Progress(3, None, 15)),
        ({"percent": -1}, None),
        ([1, 2], None),
        (None, None),
    ],
)
def test_progress(output: object, progress: Progress | None) -> None:
    status = answer({"id": "J", "status": "IN_PROGRESS", "output": output})

    assert parse_status(status) == InProgress(progress=progress)


def test_endless_progress_is_none() -> None:
    body = b'{"id": "J", "status": "IN_PROGRESS", "output": 1e400}'

    assert parse_status(answer(body)) == InProgress(progress=None)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e300", "-5", "true", '"7"'])
def test_a_number_that_can_be_none_is_no_fact(number: str) -> None:
    body = f'{{"id": "J", "status": "IN_QUEUE", "delayTime": {number}, "executionTime": {number}}}'

    assert parse_status(answer(body.encode())) == InQueue()


@pytest.mark.parametrize("http_status", [404])
def test_not_found_is_gone(http_status: int) -> None:
    found = answer({"status": 404, "title": "Not Found"}, http_status)

    assert parse_status(found) == Gone()


@pytest.mark.parametrize("http_status", [401, 402, 403, 409, 429, 500, 502, 503, 524])
def test_reading_is_worth_another_try(http_status: int) -> None:
    with pytest.raises(RunPodUnavailable) as caught:
        parse_status(RawAnswer(http_status, b"busy", retry_after_seconds=7))

    assert caught.value.retry_after_seconds == 7
    assert caught.value.params["http_status"] == http_status
    assert caught.value.params["config_error"] is (http_status in {401, 402, 403, 409})


@pytest.mark.parametrize("http_status", [400, 413, 422])
def test_a_question_that_runpod_refuses_is_not_asked_again(http_status: int) -> None:
    with pytest.raises(PermanentError) as caught:
        parse_status(answer({}, http_status))

    assert caught.value.code == "provider_rejected"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"NaN", b'{"id":', b"\xff\xfe"])
def test_an_unreadable_status_is_asked_for_again(body: bytes) -> None:
    with pytest.raises(RunPodUnavailable):
        parse_status(answer(body))


def test_an_accepted_job_has_its_id() -> None:
    assert parse_submit(answer({"id": "abc-123-u1", "status": "IN_QUEUE"})) == Accepted(
        "abc-123-u1"
    )


@pytest.mark.parametrize(
    ("http_status", "reason", "retryable", "config_error"),
    [
        (400, "bad_request", False, False),
        (401, "unauthorized", True, True),
        (402, "out_of_credit", True, True),
        (403, "forbidden", True, True),
        (404, "endpoint_not_found", True, True),
        (409, "endpoint_paused", True, True),
        (413, "payload_too_large", False, False),
        (422, "unprocessable", False, False),
        (429, "rate_limited", True, False),
    ],
)
def test_a_refused_submission(
    http_status: int, reason: str, *, retryable: bool, config_error: bool
) -> None:
    refused = RawAnswer(http_status, b"x" * 10_000 + b"rpa_ABCDEFGH12345678", 3.0)

    assert parse_submit(refused) == NotAccepted(
        http_status=http_status,
        reason=reason,
        detail="[data]",
        retryable=retryable,
        retry_after_seconds=3.0,
        config_error=config_error,
    )


@pytest.mark.parametrize(
    ("http_status", "body"),
    [
        (200, b"{}"),
        (200, b""),
        (200, b"<html>"),
        (200, b'{"id":null}'),
        (200, b'{"id":""}'),
        (200, b'{"id":"../../x"}'),
        (200, b'{"id":5}'),
        (204, b""),
        (302, b""),
        (408, b""),
        (500, b"{}"),
        (502, b"bad gateway"),
        (503, b""),
        (524, b""),
    ],
)
def test_everything_else_may_have_been_accepted(http_status: int, body: bytes) -> None:
    assert isinstance(parse_submit(RawAnswer(http_status, body)), Unknown)


def test_a_synchronous_run_is_answered_with_the_job() -> None:
    done = answer({"id": "sync-1", **completed({"images": [image(PNG)]})} | {"id": "sync-1"})

    outcome = parse_runsync(done)

    assert isinstance(outcome, Answered)
    assert outcome.runpod_id == "sync-1"
    assert isinstance(outcome.status, Completed)
    assert isinstance(parse_runsync(answer({}, 500)), Unknown)


def test_health_counts_what_is_there() -> None:
    both = {"jobs": {"inQueue": 3, "completed": "x"}, "workers": {"idle": 1, "throttled": 2}}

    assert parse_health(answer(both)) == Health(
        jobs_in_queue=3, workers_idle=1, workers_throttled=2
    )
    assert parse_health(answer(both)).usable_workers == 1
    assert parse_health(answer({"jobs": None})) == Health()


def test_purging_says_how_many() -> None:
    assert parse_purge(answer({"removed": 4, "status": "completed"})) == 4


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        (None, None, None),
        ("7", None, 7.0),
        ("0.5", None, 0.5),
        ("-1", None, 0.0),
        ("1e9", None, 3600.0),
        ("nan", None, None),
        ("soon", None, None),
        ("Fri, 20 Nov 2026 10:00:30 GMT", "Fri, 20 Nov 2026 10:00:00 GMT", 30.0),
        ("Fri, 20 Nov 2026 10:00:30 GMT", None, None),
    ],
)
def test_the_wish_to_wait(value: str | None, date: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, date) == seconds
