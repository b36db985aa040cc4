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


async def test_a_model_is_chosen_by_whether_there_is_a_picture(visitor: Visitor) -> None:
    job = await visitor.new_job(image=a_file(photo()))
    assert job["model"] == "qwen-image-edit"
    assert job["image_url"] == f"/v1/jobs/{job['id']}/image"


async def test_an_empty_file_field_of_a_form_is_no_picture(visitor: Visitor) -> None:
    job = await visitor.new_job(image=("", b"", "application/octet-stream"))
    assert job["model"] == "qwen-image"


async def test_the_prompt_is_kept_in_its_composed_form_with_its_lines(visitor: Visitor) -> None:
    job = await visitor.new_job(prompt="cafe\u0301\r\nน้ำ\t🙂 ")
    assert job["prompt"] == "café\nน้ำ\t🙂"


async def test_a_thousand_code_points_are_not_too_many(visitor: Visitor) -> None:
    assert len((await visitor.new_job(prompt="ภ" * 1000))["prompt"]) == 1000


async def test_seeds_are_drawn_when_not_given(visitor: Visitor) -> None:
    seeds = {(await visitor.new_job())["seed"] for _ in range(3)}
    assert len(seeds) == 3
    assert (await visitor.new_job(seed=2**53 - 1))["seed"] == 2**53 - 1


async def test_a_visitor_without_a_cookie_becomes_a_guest_with_the_first_job(rig: Rig) -> None:
    stranger = await rig.visitor(signed_in=False)
    job = await stranger.new_job()
    assert (await stranger.job(job["id"]))["id"] == job["id"]
    assert (await stranger.account())["available_credits"] == 98
    assert await rig.count("accounts") == 1


async def test_places_in_the_line_are_counted_over_all_accounts(rig: Rig, visitor: Visitor) -> None:
    other = await rig.visitor()
    first, second, third = (
        await visitor.new_job(),
        await other.new_job(),
        await visitor.new_job(),
    )
    assert [job["queue_position"] for job in (first, second, third)] == [1, 2, 3]
    attempt = await rig.factory.run(first["id"])
    assert (await visitor.job(first["id"]))["queue_position"] == 1
    await rig.factory.progress(attempt, 10)
    assert (await visitor.job(first["id"]))["queue_position"] is None
    assert (await visitor.job(third["id"]))["queue_position"] == 2


async def test_a_job_in_work_shows_progress_and_the_usual_time(rig: Rig, visitor: Visitor) -> None:
    for _ in range(2):
        done = await visitor.new_job()
        await rig.factory.bring_to(done["id"], "done")
    job = await visitor.new_job()
    attempt = await rig.factory.run(job["id"])
    await rig.factory.progress(attempt, 20)
    shown = await visitor.job(job["id"])
    assert (shown["status"], shown["stage"]) == ("running", "generating")
    assert shown["progress"] == {"step": 4, "steps": 20, "percent": 20}
    assert shown["eta"]["n"] in {0, 2}
    ended = await visitor.job(done["id"])
    assert ended["eta"] == {"p50_ms": None, "p90_ms": None, "n": 0}
    assert ended["progress"] is None


async def test_a_failed_job_says_why_in_two_languages(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    await rig.factory.bring_to(job["id"], "failed")
    shown = await visitor.job(job["id"])
    assert shown["error"] == {
        "code": "provider_failed",
        "en": "We couldn't make this picture.",
        "th": "สร้างภาพไม่สำเร็จ",
        "fault": "provider",
        "retryable": True,
    }
    assert shown["credits"] == {"held": 0, "charged": 0, "released": 2, "reason": "failed"}
    assert (await visitor.account())["available_credits"] == 100


async def test_a_done_job_is_charged_once(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job(image=a_file(photo()))
    await rig.factory.bring_to(job["id"], "done")
    shown = await visitor.job(job["id"])
    address = f"/v1/jobs/{job['id']}"
    assert shown["credits"] == {"held": 0, "charged": 2, "released": 0, "reason": "done"}
    assert shown["result_url"] == f"{address}/result"
    assert shown["download_url"] == f"{address}/result?download=1"
    assert shown["thumbnail_url"] == f"{address}/thumbnail"
    assert [line["stage"] for line in shown["timeline"]] == [
        "queued",
        "sending",
        "warming",
        "saving",
        "done",
    ]
    account = await visitor.account()
    assert (account["balance_credits"], account["held_credits"]) == (98, 0)
