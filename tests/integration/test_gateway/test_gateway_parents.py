"""Going on from a finished picture."""

import asyncio
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from gateway.jobs.create_job import JobRequest
from gateway.jobs.parents import Parents
from gateway.jobs.wishes import read_wishes
from shared.ids import new_id
from shared.images.sandbox import ImageSandbox
from shared.storage.r2 import R2Objects, R2Settings
from test_gateway.pictures import WatchedObjects, finished
from test_gateway.rig import Json, Rig, Visitor, a_file, check_problem, photo

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def parent(rig: Rig, visitor: Visitor, objects: R2Objects, tmp_path: Path) -> Json:
    """A finished job with a picture of its own."""
    return await finished(rig, visitor, objects, tmp_path)


async def keys_of(rig: Rig, job: Json) -> tuple[str, str]:
    row = await rig.database.row("SELECT upload_key, input_key FROM jobs ORDER BY id DESC LIMIT 1")
    assert row is not None
    assert job["id"] in row["upload_key"]
    return row["upload_key"], row["input_key"]


async def test_a_finished_picture_becomes_the_photo_of_the_next_job(
    rig: Rig, visitor: Visitor, parent: Json, objects: R2Objects
) -> None:
    job = await visitor.new_job(prompt="now at night", parent=parent["id"])
    assert (job["model"], job["parent_id"]) == ("qwen-image-edit", parent["id"])
    assert job["image_url"] == f"/v1/jobs/{job['id']}/image"
    photo_key, input_key = await keys_of(rig, job)
    assert (await objects.head(photo_key)).content_type == "image/png"
    assert (await objects.head(input_key)).content_type == "image/jpeg"
    assert parent["parent_id"] is None


async def test_the_photo_outlives_the_job_it_was_taken_from(
    rig: Rig, visitor: Visitor, parent: Json, objects: R2Objects
) -> None:
    job = await visitor.new_job(parent=parent["id"])
    await visitor.http.delete(f"/v1/jobs/{parent['id']}")
    assert (await visitor.job(job["id"]))["parent_id"] is None
    assert (await objects.head((await keys_of(rig, job))[0])).size_bytes > 0


async def test_a_picture_is_read_from_the_store_when_it_is_its_turn(
    rig: Rig, visitor: Visitor, parent: Json
) -> None:
    account_id = UUID((await visitor.account())["id"])
    wishes = read_wishes({"prompt": "a", "parent": parent["id"]}, has_image=False)
    request = JobRequest(account_id, wishes, None, None)
    async with WatchedObjects(R2Settings.from_settings(rig.settings)) as objects:
        create_job = replace(
            rig.parts.create_job,
            sandbox=ImageSandbox(concurrency=1),
            parents=Parents(rig.parts.jobs, objects),
        )
        await asyncio.gather(*(create_job.run(request) for _ in range(4)))
        assert objects.most_at_once == 1


async def test_beside_a_photo_a_parent_is_only_remembered(visitor: Visitor, parent: Json) -> None:
    open_job = await visitor.new_job(image=a_file(photo()), parent=parent["id"])
    assert open_job["parent_id"] == parent["id"]
    job = await visitor.new_job(image=a_file(photo()), parent=open_job["id"])
    assert job["parent_id"] == open_job["id"]
    lost = await visitor.new_job(image=a_file(photo()), parent=str(new_id()))
    assert lost["parent_id"] is None


async def test_only_an_own_finished_picture_can_be_gone_on_from(
    rig: Rig, visitor: Visitor, parent: Json
) -> None:
    stranger = await rig.visitor()
    visitors = {"another account": stranger, "no account": await rig.visitor(signed_in=False)}
    for who, other in visitors.items():
        response = await other.create(prompt="a", parent=parent["id"])
        assert check_problem(response, 422, "parent_unknown"), who
    for what in (str(new_id()), "no-id", "{" + parent["id"] + "}"):
        check_problem(await visitor.create(prompt="a", parent=what), 422, "parent_unknown")
    unfinished = await visitor.new_job()
    response = await visitor.create(prompt="a", parent=unfinished["id"])
    check_problem(response, 409, "result_not_ready")
    await visitor.http.delete(f"/v1/jobs/{parent['id']}")
    check_problem(await visitor.create(prompt="a", parent=parent["id"]), 422, "parent_unknown")
    assert (await stranger.account())["held_credits"] == 0
    assert await rig.count("accounts") == 2


async def test_a_picture_that_was_purged_a_moment_ago_is_unknown(
    rig: Rig, visitor: Visitor, parent: Json, objects: R2Objects
) -> None:
    row = await rig.database.row("SELECT result_key FROM jobs")
    assert row is not None
    await objects.delete_many([row["result_key"]])
    check_problem(await visitor.create(prompt="a", parent=parent["id"]), 422, "parent_unknown")


async def test_words_alone_cannot_go_on_from_a_picture(visitor: Visitor, parent: Json) -> None:
    response = await visitor.create(prompt="a", parent=parent["id"], model="qwen-image")
    check_problem(response, 422, "image_unexpected")


async def test_the_same_wish_under_the_same_key_is_the_same_job(
    visitor: Visitor, parent: Json
) -> None:
    first = await visitor.create("key", prompt="a", parent=parent["id"])
    again = await visitor.create("key", prompt="a", parent=parent["id"])
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotent-replay"] == "true"
    other = await visitor.create("key", prompt="a")
    check_problem(other, 422, "idempotency_mismatch")
