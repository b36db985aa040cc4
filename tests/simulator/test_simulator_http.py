"""The endpoint over HTTP: keys, routes, limits, and the life of a job."""

import asyncio

import httpx
import pytest

from runpod_simulator.jobs import JsonObject
from runpod_simulator.submissions import MEBIBYTE
from runpod_simulator.testing import (
    API_KEY,
    ENDPOINT_ID,
    Caller,
    draw_workflow,
    input_of,
    object_in,
    simulated,
)
from runpod_simulator.timings import OutputMode

TOO_LARGE = "bad request: body: exceeded max body size of 10MiB"


async def counters(sim: Caller) -> JsonObject:
    return object_in(await sim.http.get(f"{sim.base}/health"))


def group(counted: JsonObject, name: str) -> JsonObject:
    values = counted[name]
    assert isinstance(values, dict)
    return values


def image_of(job: JsonObject) -> JsonObject:
    output = job["output"]
    assert isinstance(output, dict)
    images = output["images"]
    assert isinstance(images, list)
    assert isinstance(images[0], dict)
    return images[0]


@pytest.mark.asyncio
async def test_it_says_that_it_is_alive_and_a_simulator() -> None:
    async with simulated() as sim:
        assert (await sim.http.get("/health/live")).status_code == 200
        assert "This is a simulator" in (await sim.http.get("/")).text


@pytest.mark.asyncio
@pytest.mark.parametrize("header", [None, "", "Bearer wrong", "Basic abc", f"Bearer {API_KEY}x"])
async def test_a_wrong_key_is_401(header: str | None) -> None:
    async with simulated() as sim, httpx.AsyncClient(base_url=sim.http.base_url) as stranger:
        headers = {} if header is None else {"Authorization": header}
        for path in ("run", "status/x", "health"):
            response = await stranger.request(
                "POST" if path == "run" else "GET", f"{sim.base}/{path}", headers=headers
            )
            assert response.status_code == 401


@pytest.mark.asyncio
async def test_a_key_without_bearer_is_taken() -> None:
    async with simulated() as sim:
        response = await sim.http.get(f"{sim.base}/health", headers={"Authorization": API_KEY})
        assert response.status_code == 200


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/another/health"),
        ("GET", f"/v2/{ENDPOINT_ID}/status/nobody"),
        ("POST", f"/v2/{ENDPOINT_ID}/status/nobody"),
        ("GET", f"/v2/{ENDPOINT_ID}/status-sync/nobody"),
        ("GET", f"/v2/{ENDPOINT_ID}/stream/nobody"),
        ("POST", f"/v2/{ENDPOINT_ID}/cancel/nobody"),
        ("POST", f"/v2/{ENDPOINT_ID}/retry/nobody"),
    ],
)
async def test_what_is_unknown_is_404_with_a_number_as_status(method: str, path: str) -> None:
    async with simulated() as sim:
        response = await sim.http.request(method, path)
        assert response.status_code == 404
        assert object_in(response)["status"] == 404
        assert object_in(response)["title"] == "Not Found"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "run"),
        ("GET", "cancel/x"),
        ("POST", "health"),
        ("PUT", "status/x"),
        ("POST", "stream/x"),
    ],
)
async def test_other_methods_are_405(method: str, path: str) -> None:
    async with simulated() as sim:
        assert (await sim.http.request(method, f"{sim.base}/{path}")).status_code == 405


@pytest.mark.asyncio
async def test_a_body_over_the_limit_is_400_with_the_text_and_502_when_asked() -> None:
    async with simulated() as sim:
        padding = "x" * (10 * MEBIBYTE)
        response = await sim.run({"input": {"padding": padding}})
        assert (response.status_code, object_in(response)["detail"]) == (400, TOO_LARGE)
        await sim.faults(too_large_is_502={"count": 1})
        assert (await sim.run({"input": {"padding": padding}})).status_code == 502
        response = await sim.run({"input": {"padding": padding}}, "runsync?wait=1000")
        assert response.status_code == 200
        assert len(await sim.entries()) == 1


@pytest.mark.asyncio
async def test_a_malformed_body_is_400_unless_the_gateway_is_lenient() -> None:
    async with simulated() as sim:
        assert (await sim.run({})).status_code == 400
        await sim.http.patch("/_sim/modes", json={"strict_body": False})
        job = await sim.wait(str(object_in(await sim.run({}))["id"]))
        assert (job["status"], job["error"]) == ("FAILED", "Please provide input")
        not_json = await sim.http.post(f"{sim.base}/run", content=b"a=b")
        assert not_json.status_code == 400


@pytest.mark.asyncio
async def test_the_life_of_a_job() -> None:
    async with simulated(cold_start_ms=60_000) as sim:
        await sim.faults(stuck_in_progress={})
        job_id = await sim.submit()
        assert object_in(await sim.look(job_id)) == {"id": job_id, "status": "IN_QUEUE"}
        assert group(await counters(sim), "jobs")["inQueue"] == 1
        assert group(await counters(sim), "workers")["initializing"] == 1
        await sim.timings(clock_scale=0.01)
        running = await sim.wait(job_id, {"IN_PROGRESS"})
        await sim.timings(clock_scale=1)
        assert set(running) == {"id", "status", "delayTime", "workerId"}
        assert group(await counters(sim), "workers")["running"] == 1
        await sim.faults(stuck_in_progress=None)
        done = await sim.wait(job_id)
        assert set(done) == {"id", "status", "delayTime", "executionTime", "workerId", "output"}
        assert done["status"] == "COMPLETED"
        assert isinstance(done["delayTime"], int)
        assert done["delayTime"] >= 60_000
        counted = await counters(sim)
        assert group(counted, "jobs")["completed"] == 1
        assert group(counted, "workers")["idle"] == 1
        entry = await sim.entry(job_id)
        assert (entry.status, len(entry.executions)) == ("COMPLETED", 1)
        assert entry.billed_ms > 0
        posted = await sim.http.post(f"{sim.base}/status/{job_id}")
        assert object_in(posted) == done
        streamed = await sim.http.get(f"{sim.base}/stream/{job_id}")
        assert object_in(streamed) == {"status": "COMPLETED", "stream": []}
        listed = object_in(await sim.http.get(f"{sim.base}/requests"))["requests"]
        assert isinstance(listed, list)
        assert len(listed) == 1


@pytest.mark.asyncio
async def test_the_ledger_notes_what_identifies_a_submission() -> None:
    async with simulated() as sim:
        given = input_of(draw_workflow("แมว", prefix="p-1"), {"in.png": b"x"})
        job_id = await sim.submit({**given, "attempt": "mark-1", "n": 5})
        entry = await sim.entry(job_id)
        assert (entry.marker, entry.extra) == ("mark-1", {"attempt": "mark-1", "n": 5})
        assert (entry.prompts, entry.filename_prefixes) == (["แมว"], ["p-1"])
        assert entry.image_names == ["in.png"]
        found = await sim.http.get("/_sim/jobs", params={"match": "mark-1"})
        assert len(found.json()) == 1
        assert (await sim.http.get("/_sim/jobs", params={"match": "mark-2"})).json() == []


@pytest.mark.asyncio
async def test_runsync_waits_for_the_end_or_gives_up() -> None:
    async with simulated() as sim:
        body: JsonObject = {"input": input_of(draw_workflow())}
        done = object_in(await sim.run(body, "runsync"))
        assert done["status"] == "COMPLETED"
        assert str(done["id"]).startswith("sync-")
        await sim.timings(execution_ms=500_000, clock_scale=0.05)
        late = object_in(await sim.run(body, "runsync?wait=1000"))
        assert late["status"] in {"IN_QUEUE", "IN_PROGRESS"}
        path = f"{sim.base}/status-sync/{late['id']}?wait=1000"
        assert object_in(await sim.http.get(path))["status"] == "IN_PROGRESS"


@pytest.mark.asyncio
async def test_a_refusal_by_the_worker_is_a_failed_job() -> None:
    async with simulated() as sim:
        job = await sim.finish({"workflow": {}, "images": [{"name": "a", "image": "x"}]})
        assert job["status"] == "FAILED"
        assert job["error"] == "Failed to upload one or more input images"
        assert "Error decoding base64 for a: " in str(job["output"])
        job = await sim.finish({"prompt": "x"})
        assert (job["error"], "output" in job) == ("Missing 'workflow' parameter", False)


@pytest.mark.asyncio
async def test_a_preview_is_success_without_pictures() -> None:
    workflow = draw_workflow()
    workflow["60"] = {"class_type": "PreviewImage", "inputs": {"images": ["8", 0]}}
    async with simulated() as sim:
        job = await sim.finish(input_of(workflow))
        assert job["status"] == "COMPLETED"
        assert job["output"] == {"status": "success_no_images", "images": []}


@pytest.mark.asyncio
async def test_the_shape_of_versions_before_5() -> None:
    async with simulated(output=OutputMode.MESSAGE) as sim:
        output = (await sim.finish())["output"]
        assert isinstance(output, dict)
        assert output["status"] == "success"
        assert str(output["message"]).startswith("iVBOR")


@pytest.mark.asyncio
async def test_s3_mode_without_credentials_answers_a_local_path() -> None:
    async with simulated(output=OutputMode.S3_URL) as sim:
        image = image_of(await sim.finish())
        assert image["type"] == "s3_url"
        assert str(image["data"]).startswith("simulated_uploaded/")


@pytest.mark.asyncio
async def test_file_names_count_per_worker() -> None:
    async with simulated(workers=1) as sim:
        names = [image_of(await sim.finish())["filename"] for _ in range(2)]
        assert names == ["ob_00001_.png", "ob_00002_.png"]


@pytest.mark.asyncio
async def test_more_calls_than_allowed_are_429() -> None:
    async with simulated() as sim:
        purges = [await sim.http.post(f"{sim.base}/purge-queue") for _ in range(3)]
        assert [response.status_code for response in purges] == [200, 200, 429]
        await sim.timings(clock_scale=0.001)
        await asyncio.sleep(0.03)
        assert (await sim.http.post(f"{sim.base}/purge-queue")).status_code == 200


@pytest.mark.asyncio
async def test_many_jobs_at_once_all_end_and_health_adds_up() -> None:
    async with simulated(workers=4) as sim:
        ids = await asyncio.gather(*(sim.submit() for _ in range(40)))
        done = await asyncio.gather(*(sim.wait(job_id) for job_id in ids))
        assert {job["status"] for job in done} == {"COMPLETED"}
        assert len(set(ids)) == 40
        assert group(await counters(sim), "jobs")["completed"] == 40


@pytest.mark.asyncio
async def test_reset_forgets_everything() -> None:
    async with simulated(execution_ms=60_000) as sim:
        await sim.faults(lost_job={})
        job_id = await sim.submit()
        await sim.timings(delay_ms=77)
        reset = await sim.http.post("/_sim/reset")
        assert object_in(reset)["delay_ms"] == 0
        assert (await sim.look(job_id)).status_code == 404
        assert await sim.entries() == []
        assert await sim.struck() == {}
        assert object_in(await sim.http.get("/_sim/faults"))["lost_job"] is None
