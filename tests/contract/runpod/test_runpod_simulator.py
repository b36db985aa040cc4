"""Our client against the simulator over real HTTP: each answer that RunPod is known to give."""

import asyncio
import os
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, TypeVar

import aiohttp
import httpx
import pytest
import pytest_asyncio
from e2e.stack import free_port
from PIL import Image

from shared.domain.job import Model, Ratio
from shared.domain.workflow import WorkflowParams, build_workflow, size_of
from shared.errors import PermanentError, RunPodUnavailable
from shared.runpod.answers import (
    Accepted,
    Cancelled,
    Completed,
    CompletedWithoutImage,
    Failed,
    FailureKind,
    Gone,
    InProgress,
    InQueue,
    NotAccepted,
    Progress,
    StatusOutcome,
    TimedOut,
    Unknown,
    Unrecognised,
)
from shared.runpod.client import RunPodClient, open_http
from shared.runpod.payload import InputImage, build_payload
from shared.runpod.results import ResultFetcher

Outcome = TypeVar("Outcome")

KEY: Final = "contract-key"
ENDPOINT: Final = "contract"
ENDED: Final = (Completed, CompletedWithoutImage, Failed, Cancelled, TimedOut, Gone)


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    """Start a simulator on a free port and yield its address."""
    port = free_port()
    variables = {
        "RUNPOD_SIMULATOR_PORT": str(port),
        "RUNPOD_API_KEY": KEY,
        "RUNPOD_ENDPOINT_ID": ENDPOINT,
        "RUNPOD_SIMULATOR_DELAY_MS": "20",
        "RUNPOD_SIMULATOR_EXECUTION_MS": "50",
        "RUNPOD_SIMULATOR_COLD_START_MS": "0",
    }
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-m", "runpod_simulator"],
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _await_answer(f"{url}/health/live")
            yield url
        finally:
            process.terminate()


def _await_answer(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    message = f"no answer from {url}"
    raise TimeoutError(message)


@dataclass(frozen=True)
class Bench:
    """A client and the levers of the simulator behind it."""

    client: RunPodClient
    session: aiohttp.ClientSession
    http: httpx.AsyncClient
    url: str

    async def make(self, **faults: object) -> None:
        """Make things go wrong from now on."""
        answer = await self.http.put(f"{self.url}/_sim/faults", json=faults)
        answer.raise_for_status()

    async def submit(self, body: bytes) -> str:
        outcome = await self.client.submit(body)
        assert isinstance(outcome, Accepted)
        return outcome.runpod_id

    async def end_of(self, runpod_id: str, prefix: str | None = None) -> StatusOutcome:
        return await self.reach(ENDED, runpod_id, prefix)

    async def reach(
        self,
        wanted: tuple[type[Outcome], ...],
        runpod_id: str,
        prefix: str | None = None,
    ) -> Outcome:
        async with asyncio.timeout(10):
            while True:
                outcome = await self.client.status(runpod_id, filename_prefix=prefix)
                if isinstance(outcome, wanted):
                    return outcome
                await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def bench(simulator: str) -> AsyncIterator[Bench]:
    async with open_http() as session, httpx.AsyncClient(trust_env=False) as http:
        client = RunPodClient(session, f"{simulator}/v2", ENDPOINT, KEY)
        bench = Bench(client, session, http, simulator)
        await bench.make()
        yield bench
        await bench.make()


def photo() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (128, 96), "teal").save(buffer, "JPEG")
    return buffer.getvalue()


def edit_job(attempt_id: str) -> bytes:
    return build_payload(
        workflow=build_workflow(
            Model.QWEN_IMAGE_EDIT,
            WorkflowParams("หมวกแดง", 5, Ratio.TALL, attempt_id, image_name=f"{attempt_id}.png"),
        ),
        images=(InputImage(f"{attempt_id}.png", photo()),),
        attempt_id=attempt_id,
        webhook=None,
        execution_timeout_ms=600_000,
        ttl_ms=1_200_000,
    )


def text_job(attempt_id: str) -> bytes:
    return build_payload(
        workflow=build_workflow(
            Model.QWEN_IMAGE, WorkflowParams("a red hat", 5, Ratio.SQUARE, attempt_id)
        ),
        images=(),
        attempt_id=attempt_id,
        webhook=None,
        execution_timeout_ms=600_000,
        ttl_ms=1_200_000,
    )


async def fetch_and_decode(bench: Bench, outcome: Completed, path: Path) -> None:
    await ResultFetcher(bench.http).fetch(outcome.images[0], path)
    with Image.open(path) as picture:
        picture.load()


def new_id() -> str:
    return f"attempt-{secrets.token_hex(8)}"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("model", "ratio", "make"),
    [
        (Model.QWEN_IMAGE_EDIT, Ratio.TALL, edit_job),
        (Model.QWEN_IMAGE, Ratio.SQUARE, text_job),
    ],
)
async def test_a_job_ends_in_a_picture_of_the_wanted_size(
    model: Model,
    ratio: Ratio,
    make: Callable[[str], bytes],
    bench: Bench,
    tmp_path: Path,
) -> None:
    attempt_id = new_id()

    outcome = await bench.end_of(await bench.submit(make(attempt_id)), attempt_id)

    assert isinstance(outcome, Completed)
    assert len(outcome.images) == 1
    await ResultFetcher(bench.http).fetch(outcome.images[0], tmp_path / "picture")
    with Image.open(tmp_path / "picture") as picture:
        expected = size_of(model, ratio)
        assert (picture.format, picture.size) == ("PNG", (expected.width, expected.height))


@pytest.mark.asyncio
async def test_a_job_waits_runs_and_shows_progress(bench: Bench) -> None:
    await bench.make(stuck_in_queue={}, progress_in_output={})
    runpod_id = await bench.submit(text_job(new_id()))
    assert isinstance(await bench.client.status(runpod_id), InQueue)

    await bench.make(stuck_in_progress={}, progress_in_output={})
    outcome = await bench.reach((InProgress,), runpod_id)
    assert outcome.progress == Progress(4, 10, 40)


@pytest.mark.asyncio
async def test_an_echoed_input_carries_our_marker(bench: Bench) -> None:
    await bench.make(stuck_in_progress={}, input_in_status={})
    attempt_id = new_id()
    runpod_id = await bench.submit(edit_job(attempt_id))

    outcome = await bench.reach((InProgress,), runpod_id)

    assert outcome.attempt_id == attempt_id


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "reason", "retryable", "config_error"),
    [
        ({"rate_limited": {"retry_after_s": 3}}, "rate_limited", True, False),
        ({"endpoint_paused": {}}, "endpoint_paused", True, True),
        ({"server_error": {"status": 402}}, "out_of_credit", True, True),
        ({"server_error": {"status": 413}}, "payload_too_large", False, False),
    ],
)
async def test_a_refused_submission(
    fault: dict[str, object],
    reason: str,
    *,
    retryable: bool,
    config_error: bool,
    bench: Bench,
) -> None:
    await bench.make(**fault)

    outcome = await bench.client.submit(text_job(new_id()))

    assert isinstance(outcome, NotAccepted)
    assert (outcome.reason, outcome.retryable, outcome.config_error) == (
        reason,
        retryable,
        config_error,
    )
    assert outcome.retry_after_seconds == (3.0 if reason == "rate_limited" else None)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("key", "endpoint", "reason"),
    [("wrong", ENDPOINT, "unauthorized"), (KEY, "elsewhere", "endpoint_not_found")],
)
async def test_wrong_settings_are_told_apart(
    key: str, endpoint: str, reason: str, bench: Bench
) -> None:
    client = RunPodClient(bench.session, f"{bench.url}/v2", endpoint, key)

    outcome = await client.submit(text_job(new_id()))

    assert isinstance(outcome, NotAccepted)
    assert (outcome.reason, outcome.config_error) == (reason, True)


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [b"x" * (10 * 1024 * 1024 + 1), b"not json", b'{"input":5}'])
async def test_a_body_that_is_too_large_or_no_job_is_refused_for_good(
    body: bytes, bench: Bench
) -> None:
    outcome = await bench.client.submit(body)

    assert isinstance(outcome, NotAccepted)
    assert (outcome.http_status, outcome.retryable) == (400, False)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "fault",
    [
        {"server_error": {"status": 502}},
        {"reset_connection": {}},
        {"accept_then_error": {}},
        {"accept_then_reset": {}},
        {"too_large_is_502": {}},
    ],
    ids=lambda fault: next(iter(fault)),
)
async def test_a_submission_that_may_have_been_accepted(
    fault: dict[str, object], bench: Bench
) -> None:
    await bench.make(**fault)
    body = bytes(10 * 1024 * 1024 + 1) if "too_large_is_502" in fault else text_job(new_id())

    assert isinstance(await bench.client.submit(body), Unknown)


@pytest.mark.asyncio
async def test_a_submission_without_an_answer_in_time(bench: Bench) -> None:
    await bench.make(accept_then_hang={"seconds": 5})
    client = RunPodClient(
        bench.session, f"{bench.url}/v2", ENDPOINT, KEY, submit_timeout_seconds=0.2
    )

    assert isinstance(await client.submit(text_job(new_id())), Unknown)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("failed_with_details", None),
        ("failed_with_traceback", None),
        ("failed_after_retries", FailureKind.TIMED_OUT),
        ("failed_out_of_memory", FailureKind.OUT_OF_MEMORY),
    ],
)
async def test_a_failed_job_has_its_kind(
    fault: str, kind: FailureKind | None, bench: Bench
) -> None:
    await bench.make(**{fault: {}})

    outcome = await bench.end_of(await bench.submit(text_job(new_id())))

    assert isinstance(outcome, Failed)
    assert outcome.detail
    assert "Traceback" not in outcome.detail
    assert kind in {None, outcome.kind}


@pytest.mark.asyncio
async def test_a_workflow_that_the_worker_refuses_is_not_tried_again(bench: Bench) -> None:
    body = edit_job(new_id()).replace(b'"class_type":"KSampler"', b'"class_type":"KSampleur"')

    outcome = await bench.end_of(await bench.submit(body))

    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.retryable, outcome.code) == (
        FailureKind.REJECTED,
        False,
        "provider_rejected",
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "fault", ["completed_without_output", "success_no_images", "local_path_url"]
)
async def test_completed_without_a_picture(fault: str, bench: Bench) -> None:
    await bench.make(**{fault: {}})

    outcome = await bench.end_of(await bench.submit(text_job(new_id())))

    assert isinstance(outcome, CompletedWithoutImage)


@pytest.mark.asyncio
async def test_a_picture_cut_short_is_found_out(bench: Bench, tmp_path: Path) -> None:
    await bench.make(truncated_base64={})

    outcome = await bench.end_of(await bench.submit(text_job(new_id())))

    assert isinstance(outcome, Completed)
    with pytest.raises((PermanentError, OSError)):
        await fetch_and_decode(bench, outcome, tmp_path / "picture")


@pytest.mark.asyncio
async def test_an_endless_picture_is_a_failure(bench: Bench) -> None:
    await bench.make(huge_body={"size_bytes": 40 * 1024 * 1024})

    outcome = await bench.end_of(await bench.submit(text_job(new_id())))

    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.ANSWER_TOO_LARGE


@pytest.mark.asyncio
async def test_a_status_nobody_knows(bench: Bench) -> None:
    await bench.make(unknown_status={"status": "RUNNING"})
    runpod_id = await bench.submit(text_job(new_id()))

    assert await bench.client.status(runpod_id) == Unrecognised(status="RUNNING")


@pytest.mark.asyncio
async def test_a_job_that_is_not_known(bench: Bench) -> None:
    assert await bench.client.status("no-such-job") == Gone()
    assert await bench.client.cancel("no-such-job") == Gone()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "count"), [("rate_limited", 1), ("server_error", 1), ("reset_connection", 2)]
)
async def test_reading_may_be_tried_again(fault: str, count: int, bench: Bench) -> None:
    """A read over a kept connection that was cut is repeated once by aiohttp itself."""
    runpod_id = await bench.submit(text_job(new_id()))
    await bench.make(**{fault: {"count": count}})

    with pytest.raises(RunPodUnavailable):
        await bench.client.status(runpod_id)

    assert isinstance(await bench.end_of(runpod_id), Completed)


@pytest.mark.asyncio
async def test_a_cancelled_job_is_cancelled(bench: Bench) -> None:
    await bench.make(stuck_in_queue={})
    runpod_id = await bench.submit(text_job(new_id()))

    assert isinstance(await bench.client.cancel(runpod_id), Cancelled)
    assert isinstance(await bench.client.status(runpod_id), Cancelled)


@pytest.mark.asyncio
async def test_a_timed_out_job_can_be_run_again_under_its_id(bench: Bench) -> None:
    await bench.make(timed_out={"count": 1})
    runpod_id = await bench.submit(text_job(new_id()))
    assert isinstance(await bench.end_of(runpod_id), TimedOut)

    assert isinstance(await bench.client.retry(runpod_id), InQueue)

    assert isinstance(await bench.end_of(runpod_id), Completed)


@pytest.mark.asyncio
async def test_health_and_purge_count_queued_jobs(bench: Bench) -> None:
    await bench.make(stuck_in_queue={})
    for _ in range(2):
        await bench.submit(text_job(new_id()))

    before = await bench.client.health()
    removed = await bench.client.purge_queue()
    after = await bench.client.health()

    assert before.jobs_in_queue >= 2
    assert before.usable_workers > 0
    assert removed >= 2
    assert after.jobs_in_queue == 0


@pytest.mark.asyncio
async def test_waiting_for_a_status(bench: Bench) -> None:
    runpod_id = await bench.submit(text_job(new_id()))

    outcome = await bench.client.status_sync(runpod_id, wait_ms=60_000)

    assert isinstance(outcome, Completed)
