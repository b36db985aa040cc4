"""One key, one job: at once, with pictures, with other forms, after the end, without a name."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import pytest
from test_gateway.rig import Json, Rig, Visitor, a_file, check_problem, photo, running

from gateway.security.cookies import COOKIE
from gateway.settings import GatewaySettings
from security.store import keys_in_the_bucket

pytestmark = pytest.mark.asyncio

KEY = "one-key-for-all"
FORM: dict[str, Any] = {"prompt": "a boat", "image": a_file(photo()), "seed": 1}


def picture(shade: int) -> tuple[str, bytes, str]:
    """Return a file whose bytes no other shade has."""
    return a_file(photo((64 + shade, 48)))


def told(answer: httpx.Response) -> Json:
    """Return a job as an answer tells it, but for the time of telling."""
    job: Json = answer.json()
    return job | {"server_time": None}


async def objects_of_the_jobs(rig: Rig) -> set[str]:
    rows = await rig.database.rows("SELECT upload_key, input_key FROM jobs")
    return {key for row in rows for key in (row["upload_key"], row["input_key"])}


async def check_books(rig: Rig, *, jobs: int) -> None:
    """Check that so many jobs have one hold each, and that the bucket holds their objects only."""
    assert await rig.count("jobs") == jobs
    holds = await rig.database.rows("SELECT job_id FROM ledger WHERE kind = 'hold'")
    assert len({row["job_id"] for row in holds}) == len(holds) == jobs
    row = await rig.database.row("SELECT sum(held_credits)::int AS held FROM accounts")
    assert row is not None
    assert row["held"] == jobs * rig.settings.job_price_credits
    assert await keys_in_the_bucket(rig.settings) == await objects_of_the_jobs(rig)


async def test_fifty_posts_of_one_key_and_file_are_one_job_with_one_hold_and_one_pair_of_objects(
    rig: Rig, visitor: Visitor
) -> None:
    answers = await asyncio.gather(*(visitor.create(KEY, **FORM) for _ in range(50)))
    assert Counter(answer.status_code for answer in answers) == {202: 50}
    first = [answer for answer in answers if "idempotent-replay" not in answer.headers]
    assert len(first) == 1
    assert [told(answer) for answer in answers] == [told(first[0])] * 50
    assert {answer.headers["location"] for answer in answers} == {first[0].headers["location"]}
    await check_books(rig, jobs=1)


async def test_twins_with_other_files_are_one_job_and_refusals(rig: Rig, visitor: Visitor) -> None:
    answers = await asyncio.gather(
        *(visitor.create(KEY, **FORM | {"image": picture(n % 4)}) for n in range(16))
    )
    accepted = [answer for answer in answers if answer.status_code == 202]
    refused = [answer for answer in answers if answer.status_code != 202]
    assert (len(accepted), len(refused)) == (4, 12)
    assert len({answer.json()["id"] for answer in accepted}) == 1
    for answer in refused:
        check_problem(answer, 422, "idempotency_mismatch")
    await check_books(rig, jobs=1)


@pytest.mark.parametrize(
    "other",
    [
        {"image": picture(1)},
        {"image": None},
        {"prompt": "another boat"},
        {"seed": 2},
        {"seed": ""},
        {"ratio": "16:9"},
        {"negative_prompt": "rain"},
    ],
    ids=" ".join,
)
async def test_a_key_stands_for_the_whole_form_and_its_file(
    rig: Rig, visitor: Visitor, other: dict[str, Any]
) -> None:
    first = await visitor.create(KEY, **FORM)
    problem = check_problem(await visitor.create(KEY, **FORM | other), 422, "idempotency_mismatch")
    assert first.json()["id"] not in str(problem)
    again = await visitor.create(KEY, **FORM)
    assert told(again) == told(first)
    await check_books(rig, jobs=1)


async def test_what_a_file_is_called_is_no_part_of_the_request(rig: Rig, visitor: Visitor) -> None:
    first = await visitor.create(KEY, **FORM)
    renamed = a_file(photo(), "../another name.png")
    again = await visitor.create(KEY, **FORM | {"image": renamed})
    assert again.headers["idempotent-replay"] == "true"
    assert told(again) == told(first)
    await check_books(rig, jobs=1)


@pytest.mark.parametrize("end", ["done", "failed", "cancelled"])
async def test_the_key_of_an_ended_job_answers_with_its_end_and_buys_nothing(
    rig: Rig, visitor: Visitor, end: str
) -> None:
    job = (await visitor.create(KEY, prompt="a")).json()
    await rig.factory.bring_to(job["id"], end)
    before = await visitor.account()
    again = await visitor.create(KEY, prompt="a")
    assert (again.status_code, again.headers["idempotent-replay"]) == (202, "true")
    assert (again.json()["id"], again.json()["status"]) == (job["id"], end)
    check_problem(await visitor.create(KEY, prompt="b"), 422, "idempotency_mismatch")
    assert await visitor.account() == before
    assert await rig.count("jobs") == 1


async def test_the_key_of_a_deleted_job_makes_no_second_one(rig: Rig, visitor: Visitor) -> None:
    job = (await visitor.create(KEY, **FORM)).json()
    assert (await visitor.http.delete(f"/v1/jobs/{job['id']}")).status_code == 204
    answers = await asyncio.gather(*(visitor.create(KEY, **FORM) for _ in range(5)))
    for answer in answers:
        check_problem(answer, 404, "not_found")
    assert await rig.count("jobs") == 1
    assert (await visitor.account())["held_credits"] == 0
    assert await keys_in_the_bucket(rig.settings) <= await objects_of_the_jobs(rig)


@pytest.mark.parametrize("form", [{"prompt": ""}, {"prompt": "a", "image": a_file(b"no picture")}])
async def test_a_refused_request_leaves_its_key_free(
    rig: Rig, visitor: Visitor, form: dict[str, Any]
) -> None:
    assert (await visitor.create(KEY, **form)).status_code in {415, 422}
    accepted = await visitor.create(KEY, **FORM)
    assert (accepted.status_code, "idempotent-replay" in accepted.headers) == (202, False)
    await check_books(rig, jobs=1)


async def test_a_request_refused_for_want_of_credits_leaves_its_key_free_and_no_object(
    rig: Rig, visitor: Visitor
) -> None:
    await rig.database.row("UPDATE accounts SET balance_credits = 1")
    check_problem(await visitor.create(KEY, **FORM), 402, "insufficient_credits")
    await rig.database.row("UPDATE accounts SET balance_credits = 2")
    assert (await visitor.create(KEY, **FORM)).status_code == 202
    await check_books(rig, jobs=1)


async def test_pictures_at_once_with_credits_for_seven_are_seven_jobs_and_leave_no_more_objects(
    settings: GatewaySettings,
) -> None:
    async with running(settings.model_copy(update={"guest_free_credits": 15})) as rig:
        visitor = await rig.visitor()
        answers = await asyncio.gather(
            *(visitor.create(prompt="a", image=a_file(photo())) for _ in range(40))
        )
        assert Counter(answer.status_code for answer in answers) == {202: 7, 402: 33}
        await check_books(rig, jobs=7)


async def test_both_paths_that_make_a_job_share_the_keys(rig: Rig, visitor: Visitor) -> None:
    first = await visitor.create(KEY, prompt="a")
    again = await visitor.http.post(
        "/api/queue/create", files=[("prompt", (None, "a"))], headers={"idempotency-key": KEY}
    )
    assert (again.status_code, told(again)) == (202, told(first))
    assert await rig.count("jobs") == 1


async def test_visitors_without_a_session_who_use_one_key_never_meet(rig: Rig) -> None:
    """A key means something within an account: nobody reaches a stranger's job by guessing one."""
    strangers = [await rig.visitor(signed_in=False) for _ in range(8)]
    answers = await asyncio.gather(*(one.create(KEY, **FORM) for one in strangers))
    assert Counter(answer.status_code for answer in answers) == {202: 8}
    assert not any("idempotent-replay" in answer.headers for answer in answers)
    ids = [answer.json()["id"] for answer in answers]
    accounts = [(await one.account())["id"] for one in strangers]
    assert len(set(ids)) == len(set(accounts)) == 8
    for one, own in zip(strangers, ids, strict=True):
        page = (await one.http.get("/v1/jobs")).json()
        assert [job["id"] for job in page["items"]] == [own]
        again = await one.create(KEY, **FORM)
        assert (again.headers["idempotent-replay"], again.json()["id"]) == ("true", own)
    await check_books(rig, jobs=8)


async def test_a_browser_that_has_opened_its_session_may_click_twice(rig: Rig) -> None:
    """The studio opens a session before its first job, so a first visit has one job too."""
    stranger = await rig.visitor(signed_in=False)
    await stranger.http.post("/v1/session")
    cookie = stranger.http.cookies[COOKIE]
    answers = await asyncio.gather(*(stranger.create(KEY, prompt="a") for _ in range(2)))
    assert len({UUID(answer.json()["id"]) for answer in answers}) == 1
    assert stranger.http.cookies[COOKIE] == cookie
    assert (await rig.count("jobs"), await rig.count("accounts")) == (1, 1)
