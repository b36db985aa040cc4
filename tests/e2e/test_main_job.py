"""The main job, as its users do it: a picture and a prompt in, the edited picture out."""

import io

import httpx
import pytest
from PIL import Image

from e2e.stack import RUNPOD_API_KEY, SESSION_SECRET, Stack
from e2e.visitor import Job, Visitor, a_prompt, photo
from runpod_simulator.provenance import expected_code, read_code
from shared.storage.r2 import R2Objects

SIZES = {"1:1": (1024, 1024), "9:16": (768, 1360), "16:9": (1360, 768)}


async def input_of(stack: Stack, job: Job) -> bytes:
    """Return the picture that was sent to the model for a job."""
    created = job["created_at"]
    key = f"jobs/{created[:4]}/{created[5:7]}/{job['id']}/input.jpg"
    async with R2Objects(stack.storage) as objects:
        return await objects.get_bytes(key, limit_bytes=10_000_000)


@pytest.mark.asyncio
@pytest.mark.parametrize("ratio", SIZES)
async def test_the_result_is_the_edit_of_this_very_picture(
    stack: Stack, visitor: Visitor, ratio: str
) -> None:
    prompt = a_prompt("แสงเย็นอบอุ่น")
    job = visitor.wait(visitor.create(prompt, image=photo(), ratio=ratio, seed="42"))
    assert job["status"] == "done", job
    result = visitor.result(job)
    width, height = SIZES[ratio]
    assert (result.format, result.size) == ("PNG", (width, height))
    assert read_code(result) == expected_code(
        prompt=prompt,
        negative_prompt="",
        seed=42,
        width=width,
        height=height,
        input_image=await input_of(stack, job),
    )
    assert (job["result_width"], job["result_height"]) == (width, height)


def test_words_alone_make_a_picture(visitor: Visitor) -> None:
    prompt = a_prompt("ภูเขายามเช้า")
    job = visitor.wait(visitor.create(prompt, ratio="16:9", seed="7"))
    assert (job["status"], job["model"], job["image_url"]) == ("done", "qwen-image", None)
    assert read_code(visitor.result(job)) == expected_code(
        prompt=prompt, negative_prompt="", seed=7, width=1664, height=928, input_image=None
    )


def test_the_timeline_names_every_stage_and_the_credits_add_up(visitor: Visitor) -> None:
    before = visitor.account()["balance_credits"]
    created = visitor.create(a_prompt(), image=photo())
    assert created["credits"] == {"held": 2, "charged": 0, "released": 0, "reason": None}
    job = visitor.wait(created)
    stages = [entry["stage"] for entry in job["timeline"]]
    assert [s for s in stages if s != "generating"] == [
        "queued",
        "sending",
        "warming",
        "saving",
        "done",
    ]
    assert job["credits"] == {"held": 0, "charged": 2, "released": 0, "reason": "done"}
    account = visitor.account()
    assert (account["balance_credits"], account["held_credits"]) == (before - 2, 0)


def test_live_events_tell_the_whole_story_and_end(visitor: Visitor) -> None:
    created = visitor.create(a_prompt(), image=photo())
    events = list(visitor.listen(created["id"]))
    seqs = [event["seq"] for event in events]
    assert seqs == sorted(seqs)
    assert events[-1]["job"]["stage"] == "done"
    assert {event["job"]["id"] for event in events} == {created["id"]}


def test_a_listener_who_comes_back_misses_nothing(visitor: Visitor) -> None:
    created = visitor.create(a_prompt(), image=photo())
    first = next(iter(visitor.listen(created["id"])))
    visitor.wait(created)
    missed = list(visitor.listen(created["id"], last_event_id=first["id"]))
    assert [event["seq"] for event in missed] == list(
        range(first["seq"] + 1, missed[-1]["seq"] + 1)
    )
    assert missed[-1]["job"]["stage"] == "done"


def test_the_first_products_path_works_without_a_cookie(stack: Stack) -> None:
    with httpx.Client(base_url=stack.url, timeout=30) as curl:
        answer = curl.post(
            "/api/queue/create",
            files={"image": ("photo.jpg", photo(), "image/jpeg")},
            data={"prompt": a_prompt(), "ratio": "1:1"},
        )
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        job = answer.json()
        with Visitor(stack.url, cookies=curl.cookies) as guest:
            assert guest.wait(job)["status"] == "done"
        status = curl.get("/api/queue/status", params={"id": job["id"]}).json()
        assert status["status"] == "done"


def test_downloads_have_readable_names(visitor: Visitor) -> None:
    job = visitor.wait(visitor.create("ทำให้เป็นขาวดำ", image=photo()))
    for url in (job["download_url"], job["image_download_url"]):
        answer = visitor.http.get(url, follow_redirects=True).raise_for_status()
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith("attachment")
        assert "filename*=UTF-8''" in disposition
        Image.open(io.BytesIO(answer.content)).load()


def test_no_secret_and_no_prompt_is_in_the_logs(stack: Stack, visitor: Visitor) -> None:
    prompt = a_prompt("canary words")
    visitor.wait(visitor.create(prompt, image=photo()))
    logs = stack.logs()
    (submission,) = stack.submissions(prompt)
    hook = submission["webhook"].rsplit("/", 1)[1]
    cookie = visitor.http.cookies["ob_session"]
    for secret in (prompt, hook, cookie, RUNPOD_API_KEY, SESSION_SECRET):
        assert secret not in logs
