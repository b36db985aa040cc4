"""Everything that depends on time, on a clock that runs faster."""

import asyncio

import pytest

from runpod_simulator.clock import ScaledClock
from runpod_simulator.testing import Caller, object_in, simulated


async def gone(sim: Caller, job_id: str) -> None:
    async with asyncio.timeout(10):
        while (await sim.look(job_id)).status_code != 404:
            await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_a_sleeper_notices_a_faster_clock() -> None:
    clock = ScaledClock()
    sleeper = asyncio.create_task(clock.sleep(1000))
    await asyncio.sleep(0.01)
    clock.rescale(0.00001)
    await asyncio.wait_for(sleeper, 2)
    assert clock.now() >= 1000


@pytest.mark.asyncio
async def test_ttl_deletes_a_queued_and_a_running_job() -> None:
    async with simulated(workers=1, execution_ms=600_000) as sim:
        running = await sim.submit(policy={"ttl": 20_000})
        queued = await sim.submit(policy={"ttl": 10_000})
        await sim.wait(running, {"IN_PROGRESS"})
        await sim.timings(clock_scale=0.02)
        await asyncio.gather(gone(sim, running), gone(sim, queued))
        entry = await sim.entry(running)
        assert entry.deleted == "ttl"
        assert entry.executions[0].result == "ttl"
        assert entry.billed_ms > 5_000
        assert (await sim.entry(queued)).executions == []


@pytest.mark.asyncio
async def test_execution_timeout_fails_the_job() -> None:
    async with simulated(execution_ms=600_000, clock_scale=0.02) as sim:
        job = await sim.finish(policy={"executionTimeout": 5_000})
        assert (job["status"], job["error"]) == ("FAILED", "executionTimeout exceeded")


@pytest.mark.asyncio
async def test_results_are_kept_30_minutes_and_sync_results_1_minute() -> None:
    async with simulated() as sim:
        job_id = str((await sim.finish())["id"])
        sync_id = str(object_in(await sim.run({"input": {"a": 1}}, "runsync"))["id"])
        await sim.timings(clock_scale=0.005)
        await gone(sim, sync_id)
        assert (await sim.look(job_id)).status_code == 200
        await sim.timings(clock_scale=0.0002)
        await gone(sim, job_id)
        assert (await sim.entry(job_id)).deleted == "retention"
        retried = await sim.http.post(f"{sim.base}/retry/{sync_id}")
        assert retried.status_code == 404


@pytest.mark.asyncio
async def test_cancelling_a_queued_and_a_running_job() -> None:
    async with simulated(workers=1, execution_ms=60_000) as sim:
        running, queued = await sim.submit(), await sim.submit()
        await sim.wait(running, {"IN_PROGRESS"})
        for job_id in (queued, running):
            answer = await sim.http.post(f"{sim.base}/cancel/{job_id}")
            assert object_in(answer) == {"id": job_id, "status": "CANCELLED"}
            assert object_in(await sim.look(job_id)) == {"id": job_id, "status": "CANCELLED"}
        assert [e.result for e in (await sim.entry(running)).executions] == ["cancelled"]
        assert (await sim.entry(queued)).executions == []
        await sim.timings(execution_ms=0)
        assert (await sim.finish())["status"] == "COMPLETED"


@pytest.mark.asyncio
async def test_cancelling_a_finished_job_changes_nothing() -> None:
    async with simulated() as sim:
        job = await sim.finish()
        answer = await sim.http.post(f"{sim.base}/cancel/{job['id']}")
        assert object_in(answer)["status"] == "COMPLETED"
        assert object_in(await sim.look(str(job["id"]))) == job


@pytest.mark.asyncio
async def test_retry_runs_a_failed_job_again_under_its_id() -> None:
    async with simulated() as sim:
        await sim.faults(failed_out_of_memory={"count": 1})
        job = await sim.finish()
        job_id = str(job["id"])
        assert job["status"] == "FAILED"
        answer = await sim.http.post(f"{sim.base}/retry/{job_id}")
        assert object_in(answer) == {"id": job_id, "status": "IN_QUEUE"}
        assert (await sim.wait(job_id))["status"] == "COMPLETED"
        assert len((await sim.entry(job_id)).executions) == 2
        again = await sim.http.post(f"{sim.base}/retry/{job_id}")
        assert again.status_code == 400


@pytest.mark.asyncio
async def test_purge_removes_the_queue() -> None:
    async with simulated(workers=1, execution_ms=60_000) as sim:
        running = await sim.submit()
        await sim.wait(running, {"IN_PROGRESS"})
        waiting = await sim.submit()
        answer = await sim.http.post(f"{sim.base}/purge-queue")
        assert object_in(answer) == {"removed": 1, "status": "completed"}
        assert (await sim.look(waiting)).status_code == 404
        assert (await sim.look(running)).status_code == 200


@pytest.mark.asyncio
async def test_without_workers_jobs_wait_until_there_are_some() -> None:
    async with simulated(workers=0) as sim:
        job_id = await sim.submit()
        await asyncio.sleep(0.1)
        assert object_in(await sim.look(job_id))["status"] == "IN_QUEUE"
        await sim.timings(workers=1)
        assert (await sim.wait(job_id))["status"] == "COMPLETED"
