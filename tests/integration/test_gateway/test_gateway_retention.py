"""Pictures are kept for so many days."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from gateway.settings import GatewaySettings
from shared.db.sweeping import Sweeping, SweepRule
from shared.domain.timers import Timers
from test_gateway.rig import Json, Rig, Visitor, a_file, check_problem, photo, running

pytestmark = pytest.mark.asyncio


async def ended(rig: Rig, visitor: Visitor, state: str = "done", *, days_ago: float) -> Json:
    job = await visitor.new_job()
    await rig.factory.bring_to(job["id"], state)
    await rig.database.row(
        "UPDATE jobs SET finished_at = finished_at - make_interval(secs => $2) WHERE id = $1",
        UUID(job["id"]),
        days_ago * 86_400,
    )
    return await visitor.job(job["id"])


async def sweep(rig: Rig, days: int) -> int:
    return (await Sweeping(rig.database, Timers(), days).repair()).get(SweepRule.EXPIRE_KEPT, 0)


async def test_a_job_says_how_long_it_is_kept(rig: Rig, visitor: Visitor) -> None:
    waiting = await visitor.new_job()
    assert waiting["expires_at"] is None
    job = await ended(rig, visitor, days_ago=1)
    kept = datetime.fromisoformat(job["expires_at"]) - datetime.fromisoformat(job["finished_at"])
    assert kept == timedelta(days=30)
    assert (await visitor.http.get("/v1/config")).json()["retention_days"] == 30


async def test_zero_days_are_for_ever(settings: GatewaySettings) -> None:
    async with running(settings.model_copy(update={"retention_days": 0})) as rig:
        visitor = await rig.visitor()
        job = await ended(rig, visitor, days_ago=10_000)
        assert job["expires_at"] is None
        assert (await visitor.http.get("/v1/config")).json()["retention_days"] is None
        assert await sweep(rig, 0) == 0
        assert (await visitor.job(job["id"]))["status"] == "done"


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
async def test_what_was_kept_long_enough_is_deleted_as_its_owner_would(
    rig: Rig, visitor: Visitor, state: str
) -> None:
    old = await ended(rig, visitor, state, days_ago=7.01)
    young = await ended(rig, visitor, state, days_ago=6.9)
    waiting = await visitor.new_job(image=a_file(photo()))
    assert [await sweep(rig, 7), await sweep(rig, 7)] == [1, 0]
    job_id = UUID(old["id"])
    assert await rig.factory.storing.deleted(job_id) is not None
    history = (await visitor.http.get("/v1/jobs")).json()["items"]
    assert [job["id"] for job in history] == [waiting["id"], young["id"]]
    address = f"/v1/jobs/{old['id']}"
    for path in ("", "/image", "/result", "/thumbnail", "/result?format=jpeg", "/events"):
        problem = check_problem(await visitor.http.get(address + path), 410, "result_expired")
        assert problem["params"] == {"days": 7}
    check_problem(await visitor.http.post(f"{address}/cancel"), 410, "result_expired")
    check_problem(await visitor.http.delete(address), 410, "result_expired")
    await rig.factory.storing.note_purged(job_id)
    check_problem(await visitor.http.get(address), 410, "result_expired")
    stranger = await rig.visitor()
    check_problem(await stranger.http.get(address), 404, "not_found")


async def test_what_its_owner_deleted_is_not_found_however_old(rig: Rig, visitor: Visitor) -> None:
    job = await ended(rig, visitor, days_ago=400)
    await visitor.http.delete(f"/v1/jobs/{job['id']}")
    assert await sweep(rig, 30) == 0
    check_problem(await visitor.http.get(f"/v1/jobs/{job['id']}"), 404, "not_found")


async def test_nothing_goes_on_from_an_expired_picture(rig: Rig, visitor: Visitor) -> None:
    job = await ended(rig, visitor, days_ago=31)
    await sweep(rig, 30)
    check_problem(await visitor.create(prompt="a", parent=job["id"]), 422, "parent_unknown")


async def test_two_sweepers_expire_no_more_than_the_batch_twice(rig: Rig, visitor: Visitor) -> None:
    for _ in range(3):
        await ended(rig, visitor, days_ago=31)
    assert sum(await asyncio.gather(sweep(rig, 30), sweep(rig, 30))) == 3
    row = await rig.database.row(
        "SELECT count(*) AS n FROM jobs WHERE expired_at = deleted_at AND expired_at IS NOT NULL"
    )
    assert row is not None
    assert row["n"] == 3
