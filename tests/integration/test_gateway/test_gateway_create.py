"""Taking a job in."""

import pytest

from shared.storage.r2 import R2Objects
from test_gateway.rig import Rig, Visitor, a_file, photo

pytestmark = pytest.mark.asyncio


async def test_a_picture_and_a_sentence_become_a_queued_job(
    rig: Rig, visitor: Visitor, objects: R2Objects
) -> None:
    response = await visitor.create(
        prompt="  แสงเย็นอบอุ่น  ", image=a_file(photo()), ratio="9:16", seed=7
    )
    assert response.status_code == 202, response.text
    job = response.json()
    assert response.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["status"], job["stage"], job["prompt"]) == ("queued", "queued", "แสงเย็นอบอุ่น")
    assert (job["model"], job["ratio"], job["seed"]) == ("qwen-image-edit", "9:16", 7)
    assert job["credits"] == {"held": 2, "charged": 0, "released": 0, "reason": None}
    assert job["queue_position"] == 1
    assert [line["stage"] for line in job["timeline"]] == ["queued"]
    assert await visitor.account() == (await visitor.account()) | {
        "balance_credits": 100,
        "held_credits": 2,
        "available_credits": 98,
    }
    row = await rig.database.row("SELECT upload_key, input_key FROM jobs")
    assert row is not None
    assert (await objects.head(row["upload_key"])).content_type == "image/png"
    assert (await objects.head(row["input_key"])).content_type == "image/jpeg"
    assert await visitor.job(job["id"]) | {"server_time": 0} == job | {"server_time": 0}


async def test_words_alone_ask_for_text_to_image(visitor: Visitor) -> None:
    job = await visitor.new_job()
    assert (job["model"], job["image_url"]) == ("qwen-image", None)
