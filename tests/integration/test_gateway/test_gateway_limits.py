"""How much one account may ask for."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.settings import GatewaySettings
from test_gateway.rig import Rig, Visitor, a_file, check_problem, photo, running

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def strict(settings: GatewaySettings) -> AsyncIterator[Rig]:
    """A gateway where an account may have two open jobs, and begin four a minute."""
    few = {"max_open_jobs": 2, "jobs_per_minute": 4}
    async with running(settings.model_copy(update=few)) as rig:
        yield rig


async def made_long_ago(rig: Rig) -> None:
    await rig.database.row("ALTER TABLE jobs DISABLE TRIGGER USER")
    await rig.database.row(
        "UPDATE jobs SET created_at = created_at - interval '61 s',"
        " updated_at = updated_at - interval '61 s'"
    )
    await rig.database.row("ALTER TABLE jobs ENABLE TRIGGER USER")


async def test_an_account_has_so_many_open_jobs(strict: Rig) -> None:
    visitor = await strict.visitor()
    first, _ = await visitor.new_job(), await visitor.new_job(image=a_file(photo()))
    refused = await visitor.create("key", prompt="one more")
    problem = check_problem(refused, 429, "too_many_jobs")
    assert problem["params"] == {"n": 2}
    assert refused.headers["retry-after"] == str(problem["retry_after"]) == "10"
    assert (await visitor.account())["held_credits"] == 4
    await (await strict.visitor()).new_job()
    await strict.factory.bring_to(first["id"], "done")
    assert (await visitor.create("key", prompt="one more")).status_code == 202


async def test_a_deleted_job_counts_until_it_has_ended(strict: Rig) -> None:
    visitor = await strict.visitor()
    waiting, at_work = await visitor.new_job(), await visitor.new_job()
    await strict.factory.run(at_work["id"])
    await visitor.http.delete(f"/v1/jobs/{at_work['id']}")
    check_problem(await visitor.create(prompt="a"), 429, "too_many_jobs")
    await visitor.http.delete(f"/v1/jobs/{waiting['id']}")
    assert (await visitor.create(prompt="a")).status_code == 202


async def test_an_account_begins_so_many_jobs_a_minute(strict: Rig) -> None:
    visitor = await strict.visitor()
    for _ in range(4):
        await strict.factory.bring_to((await visitor.new_job())["id"], "done")
    refused = await visitor.create(prompt="a")
    problem = check_problem(refused, 429, "rate_limited")
    seconds = int(refused.headers["retry-after"])
    assert 0 < seconds <= 60
    assert (problem["params"], problem["retry_after"]) == ({"s": seconds}, seconds)
    assert (await visitor.account())["held_credits"] == 0
    await (await strict.visitor()).new_job()
    await made_long_ago(strict)
    assert (await visitor.create(prompt="a")).status_code == 202


async def test_deleting_does_not_make_it_faster(strict: Rig) -> None:
    visitor = await strict.visitor()
    for _ in range(4):
        job = await visitor.new_job()
        await visitor.http.delete(f"/v1/jobs/{job['id']}")
    check_problem(await visitor.create(prompt="a"), 429, "rate_limited")


async def test_of_many_requests_at_once_only_so_many_are_taken(strict: Rig) -> None:
    visitor = await strict.visitor()
    answers = await asyncio.gather(*(visitor.create(prompt=f"wish {n}") for n in range(12)))
    taken = [answer for answer in answers if answer.status_code == 202]
    assert len(taken) == 2
    for answer in answers:
        if answer not in taken:
            check_problem(answer, 429, "too_many_jobs")
    assert await strict.count("jobs") == 2
    assert (await visitor.account())["held_credits"] == 4


async def test_the_same_request_again_is_never_too_much(strict: Rig) -> None:
    visitor = await strict.visitor()
    first = {key: await visitor.create(key, prompt="a") for key in ("one", "two")}
    for key, answer in first.items():
        again = await visitor.create(key, prompt="a")
        assert again.json()["id"] == answer.json()["id"]


async def test_who_cannot_pay_is_told_that_first(settings: GatewaySettings) -> None:
    poor = {"max_open_jobs": 1, "guest_free_credits": 3}
    async with running(settings.model_copy(update=poor)) as rig:
        visitor: Visitor = await rig.visitor()
        await visitor.new_job()
        check_problem(await visitor.create(prompt="a"), 402, "insufficient_credits")


async def test_zero_is_no_limit(settings: GatewaySettings) -> None:
    free = {"max_open_jobs": 0, "jobs_per_minute": 0, "guest_free_credits": 1000}
    async with running(settings.model_copy(update=free)) as rig:
        visitor = await rig.visitor()
        answers = await asyncio.gather(*(visitor.create(prompt="a") for _ in range(65)))
        assert {answer.status_code for answer in answers} == {202}
