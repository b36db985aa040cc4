"""Live events."""

import pytest

from test_gateway.rig import Rig, Visitor

pytestmark = pytest.mark.asyncio


async def test_a_job_is_told_from_where_it_is_to_its_end(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    async with visitor.listen(f"/v1/jobs/{job['id']}/events") as events:
        assert events.response.headers["content-type"].startswith("text/event-stream")
        assert events.response.headers["cache-control"] == "no-cache, no-transform"
        assert events.response.headers["x-accel-buffering"] == "no"
        first = await events.told()
        assert (first.event, first.data["event"], first.id) == ("job", "snapshot", "1")
        attempt = await rig.factory.run(job["id"])
        assert (await events.told()).data["event"] == "job.submitted"
        await rig.factory.complete(attempt)
        saving = await events.told()
        assert (saving.data["event"], saving.data["job"]["stage"]) == ("job.completed", "saving")
        await rig.factory.store(attempt)
        last = await events.told()
        assert (last.data["event"], last.data["job"]["status"]) == ("job.stored", "done")
        assert await events.next() is None
