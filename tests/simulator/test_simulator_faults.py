"""Each fault, as a client of the endpoint sees it."""

import asyncio
import base64
import io
import json

import httpx
import pytest
from PIL import Image, UnidentifiedImageError
from pydantic import JsonValue

from runpod_simulator.jobs import JsonObject
from runpod_simulator.testing import Caller, draw_workflow, input_of, object_in, simulated


async def entries_of_failed_submit(sim: Caller) -> int:
    """Submit once, expect no answer, and return how many jobs exist."""
    with pytest.raises(httpx.TransportError):
        await sim.submit()
    return len(await sim.entries())


def image_data(job: JsonObject) -> str:
    output = job["output"]
    assert isinstance(output, dict)
    images = output["images"]
    assert isinstance(images, list)
    assert isinstance(images[0], dict)
    return str(images[0]["data"])


@pytest.mark.asyncio
async def test_a_burst_of_429_with_retry_after() -> None:
    async with simulated() as sim:
        await sim.faults(rate_limited={"count": 2, "operations": ["run"], "retry_after_s": 7})
        body: JsonObject = {"input": {"a": 1}}
        answers = [await sim.run(body) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [429, 429, 200]
        assert answers[0].headers["retry-after"] == "7"
        assert (await sim.http.get(f"{sim.base}/health")).status_code == 200
        assert await sim.struck() == {"rate_limited": 2}
        assert len(await sim.entries()) == 1


@pytest.mark.asyncio
async def test_a_paused_endpoint_is_409_on_submit_only() -> None:
    async with simulated() as sim:
        job_id = await sim.submit()
        await sim.faults(endpoint_paused={})
        answer = await sim.run({"input": {}})
        assert (answer.status_code, object_in(answer)) == (409, {"error": "ENDPOINT_PAUSED"})
        assert (await sim.look(job_id)).status_code == 200
        await sim.faults(endpoint_paused=None)
        assert (await sim.run({"input": {}})).status_code == 200


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [402, 500, 502, 504])
async def test_errors_before_a_job_exists(status: int) -> None:
    async with simulated() as sim:
        await sim.faults(server_error={"count": 1, "status": status})
        assert (await sim.run({"input": {"a": 1}})).status_code == status
        assert await sim.entries() == []


@pytest.mark.asyncio
async def test_resets_and_hangs_before_a_job_exists() -> None:
    async with simulated() as sim:
        await sim.faults(reset_connection={"count": 1}, hang={"count": 1, "seconds": 0.1})
        assert await entries_of_failed_submit(sim) == 0
        assert await entries_of_failed_submit(sim) == 0
        assert await sim.struck() == {"reset_connection": 1, "hang": 1}


@pytest.mark.asyncio
async def test_resets_hangs_and_errors_after_the_job_was_accepted() -> None:
    async with simulated() as sim:
        await sim.faults(accept_then_reset={"count": 1})
        assert await entries_of_failed_submit(sim) == 1
        await sim.faults(accept_then_hang={"count": 1, "seconds": 0.1})
        assert await entries_of_failed_submit(sim) == 2
        await sim.faults(accept_then_error={"count": 1, "status": 504})
        assert (await sim.run({"input": input_of(draw_workflow())})).status_code == 504
        entries = await sim.entries()
        assert len(entries) == 3
        assert {(await sim.wait(e.id))["status"] for e in entries} == {"COMPLETED"}


@pytest.mark.asyncio
async def test_a_client_that_gives_up_on_a_hanging_submit_still_has_a_job() -> None:
    async with simulated() as sim:
        await sim.faults(accept_then_hang={"count": 1})
        with pytest.raises(httpx.ReadTimeout):
            await sim.http.post(f"{sim.base}/run", json={"input": {}}, timeout=0.3)
        assert len(await sim.entries()) == 1


@pytest.mark.asyncio
async def test_a_young_job_is_not_found() -> None:
    async with simulated() as sim:
        await sim.faults(not_found_after_submit={"seconds": 60})
        job_id = await sim.submit()
        assert (await sim.look(job_id)).status_code == 404
        await sim.timings(clock_scale=0.01)
        assert (await sim.wait(job_id))["status"] == "COMPLETED"


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["stuck_in_queue", "stuck_in_progress"])
async def test_a_stuck_job_moves_on_when_the_faults_are_deleted(fault: str) -> None:
    status = "IN_QUEUE" if fault == "stuck_in_queue" else "IN_PROGRESS"
    async with simulated() as sim:
        await sim.faults(**{fault: {}})
        job_id = await sim.submit()
        await sim.wait(job_id, {status})
        await asyncio.sleep(0.15)
        assert object_in(await sim.look(job_id))["status"] == status
        await sim.http.delete("/_sim/faults")
        assert (await sim.wait(job_id))["status"] == "COMPLETED"


@pytest.mark.asyncio
async def test_a_stuck_job_moves_on_when_the_faults_are_deleted_before_its_time() -> None:
    async with simulated(execution_ms=500) as sim:
        await sim.faults(stuck_in_progress={})
        job_id = await sim.submit()
        await sim.wait(job_id, {"IN_PROGRESS"})
        await asyncio.sleep(0.2)
        await sim.http.delete("/_sim/faults")
        assert (await sim.wait(job_id))["status"] == "COMPLETED"


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["stuck_in_queue", "stuck_in_progress"])
async def test_a_stuck_job_moves_on_by_itself_after_a_while(fault: str) -> None:
    async with simulated() as sim:
        held: JsonObject = {"seconds": 60}
        await sim.faults(**{fault: held})
        job_id = await sim.submit()
        await asyncio.sleep(0.1)
        assert object_in(await sim.look(job_id))["status"] in {"IN_QUEUE", "IN_PROGRESS"}
        await sim.timings(clock_scale=0.01)
        assert (await sim.wait(job_id))["status"] == "COMPLETED"


@pytest.mark.asyncio
async def test_a_job_stuck_in_progress_runs_into_its_execution_timeout() -> None:
    async with simulated(clock_scale=0.02) as sim:
        await sim.faults(stuck_in_progress={})
        job = await sim.finish(policy={"executionTimeout": 5_000})
        assert job["error"] == "executionTimeout exceeded"


@pytest.mark.asyncio
async def test_a_lost_job_was_accepted_and_is_gone() -> None:
    async with simulated() as sim:
        await sim.faults(lost_job={"count": 1})
        job_id = await sim.submit()
        assert (await sim.finish())["status"] == "COMPLETED"
        assert (await sim.look(job_id)).status_code == 404
        entry = await sim.entry(job_id)
        assert (entry.deleted, entry.executions) == ("lost", [])


@pytest.mark.asyncio
async def test_a_job_executed_twice_is_billed_twice() -> None:
    async with simulated(execution_ms=50) as sim:
        await sim.faults(executed_twice={"count": 1})
        job = await sim.finish()
        assert (job["status"], job["retries"]) == ("COMPLETED", 1)
        entry = await sim.entry(str(job["id"]))
        assert [execution.result for execution in entry.executions] == ["repeated", "COMPLETED"]
        assert entry.billed_ms == sum(execution.billed_ms for execution in entry.executions) > 60


ENDS: list[tuple[str, JsonObject]] = [
    ("completed_without_output", {"status": "COMPLETED"}),
    (
        "success_no_images",
        {"status": "COMPLETED", "output": {"status": "success_no_images", "images": []}},
    ),
    ("failed_with_details", {"status": "FAILED", "error": "Job processing failed"}),
    ("failed_out_of_memory", {"status": "FAILED", "error": "Job processing failed"}),
    (
        "failed_after_retries",
        {"status": "FAILED", "error": "job timed out after 1 retries", "retries": 1},
    ),
    ("timed_out", {"status": "TIMED_OUT"}),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("fault", "expected"), ENDS)
async def test_bad_ends(fault: str, expected: JsonObject) -> None:
    async with simulated() as sim:
        await sim.faults(**{fault: {}})
        job = await sim.finish()
        assert {name: job.get(name) for name in expected} == expected
        if fault == "completed_without_output":
            assert "output" not in job
        if fault == "failed_out_of_memory":
            assert "out of memory" in json.dumps(job["output"])


@pytest.mark.asyncio
async def test_an_error_may_be_a_json_text() -> None:
    async with simulated() as sim:
        await sim.faults(failed_with_traceback={})
        error = json.loads(str((await sim.finish())["error"]))
        assert set(error) == {
            "error_type",
            "error_message",
            "error_traceback",
            "hostname",
            "worker_id",
            "runpod_version",
        }


@pytest.mark.asyncio
async def test_broken_pictures() -> None:
    async with simulated() as sim:
        await sim.faults(not_an_image={"count": 1})
        data = base64.b64decode(image_data(await sim.finish()), validate=True)
        with pytest.raises(UnidentifiedImageError):
            Image.open(io.BytesIO(data))
        await sim.faults(truncated_base64={"count": 1})
        short = image_data(await sim.finish())
        whole = image_data(await sim.finish())
        assert len(short) < len(whole)
        assert len(short) % 4 == 1
        await sim.faults(local_path_url={"count": 1})
        assert image_data(await sim.finish()).startswith("simulated_uploaded/")


@pytest.mark.asyncio
async def test_unknown_backward_and_chatty_statuses() -> None:
    async with simulated() as sim:
        await sim.faults(unknown_status={"count": 1, "status": "HIBERNATING"})
        job_id = await sim.submit()
        assert object_in(await sim.look(job_id)) == {"id": job_id, "status": "HIBERNATING"}
        done = await sim.wait(job_id)
        await sim.faults(status_backwards={"count": 1})
        assert object_in(await sim.look(job_id)) == {"id": job_id, "status": "IN_PROGRESS"}
        assert object_in(await sim.look(job_id)) == done
        await sim.faults(input_in_status={"count": 1})
        assert object_in(await sim.look(job_id))["input"] == input_of(draw_workflow())
        await sim.timings(execution_ms=60_000)
        await sim.faults(progress_in_output={"output": {"progress": "1/4"}})
        running = await sim.wait(await sim.submit(), {"IN_PROGRESS"})
        assert running["output"] == {"progress": "1/4"}


@pytest.mark.asyncio
async def test_a_huge_body_is_as_large_as_asked() -> None:
    async with simulated() as sim:
        job = await sim.finish()
        await sim.faults(huge_body={"size_bytes": 3_000_000})
        body = await sim.look(str(job["id"]))
        assert len(image_data(object_in(body))) == 3_000_000


@pytest.mark.asyncio
async def test_match_aims_a_fault_at_some_jobs() -> None:
    async with simulated() as sim:
        await sim.faults(failed_with_details={"match": "doomed"})
        doomed = await sim.finish(input_of(draw_workflow("a doomed cat")))
        marked = await sim.finish({**input_of(draw_workflow()), "attempt": "doomed-7"})
        spared = await sim.finish(input_of(draw_workflow("a cat")))
        assert [job["status"] for job in (doomed, marked, spared)] == [
            "FAILED",
            "FAILED",
            "COMPLETED",
        ]


@pytest.mark.asyncio
async def test_a_window_closes_by_itself_and_a_probability_is_one() -> None:
    async with simulated() as sim:
        await sim.faults(server_error={"window_s": 60, "operations": ["health"]})
        health = f"{sim.base}/health"
        assert (await sim.http.get(health)).status_code == 503
        await sim.timings(clock_scale=0.001)
        await asyncio.sleep(0.1)
        assert (await sim.http.get(health)).status_code == 200
        await sim.faults(server_error={"probability": 0.5, "operations": ["health"]})
        codes = [(await sim.http.get(health)).status_code for _ in range(60)]
        assert 10 < codes.count(503) < 50


@pytest.mark.asyncio
async def test_faults_are_read_replaced_and_deleted() -> None:
    async with simulated() as sim:
        await sim.faults(lost_job={}, rate_limited={"count": 3, "operations": ["run"]})
        await sim.run({"input": {}})
        faults = object_in(await sim.http.get("/_sim/faults"))
        limited = faults["rate_limited"]
        assert isinstance(limited, dict)
        assert limited["count"] == 2
        assert faults["lost_job"] is not None
        replaced = await sim.http.put("/_sim/faults", json={"timed_out": {}})
        on = {name for name, value in object_in(replaced).items() if value is not None}
        assert on == {"timed_out"}
        deleted = object_in(await sim.http.delete("/_sim/faults"))
        assert set(deleted.values()) == {None}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "patch",
    [
        {"no_such_fault": {}},
        {"lost_job": {"seconds": 1}},
        {"lost_job": {"probability": 2}},
        {"lost_job": {"count": 0}},
        {"rate_limited": {"operations": ["dance"]}},
        {"webhook_wrong_body": {"body": "strange"}},
    ],
)
async def test_a_mistake_in_a_fault_is_told(patch: JsonValue) -> None:
    async with simulated() as sim:
        assert (await sim.http.patch("/_sim/faults", json=patch)).status_code == 422
