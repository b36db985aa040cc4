"""The same request twice, and many at once."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest

from gateway.settings import GatewaySettings
from shared.db.accounts import Accounts, Standing
from shared.domain.limits import JobLimits
from test_gateway.rig import Rig, Visitor, a_file, check_problem, photo, running

pytestmark = pytest.mark.asyncio


async def test_the_same_key_and_form_is_the_same_job(rig: Rig, visitor: Visitor) -> None:
    image = a_file(photo())
    first = await visitor.create("key-1", prompt="a", image=image)
    again = await visitor.create("key-1", prompt=" a ", image=image, ratio="1:1")
    assert (first.status_code, again.status_code) == (202, 202)
    assert "idempotent-replay" not in first.headers
    assert again.headers["idempotent-replay"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.json() | {"server_time": 0} == first.json() | {"server_time": 0}
    assert await rig.count("jobs") == 1
    assert (await visitor.account())["held_credits"] == 2


@pytest.mark.parametrize(
    "other",
    [
        {"prompt": "b"},
        {"prompt": "a", "negative_prompt": "x"},
        {"prompt": "a", "ratio": "16:9"},
        {"prompt": "a", "seed": 1},
        {"prompt": "a", "image": a_file(photo())},
    ],
)
async def test_the_same_key_with_another_form_is_refused(
    rig: Rig, visitor: Visitor, other: dict[str, object]
) -> None:
    await visitor.create("key-1", prompt="a")
    check_problem(await visitor.create("key-1", **other), 422, "idempotency_mismatch")
    assert await rig.count("jobs") == 1
    assert (await visitor.account())["held_credits"] == 2


async def test_a_replay_needs_no_credits(rig: Rig, visitor: Visitor) -> None:
    await rig.database.row("UPDATE accounts SET balance_credits = 2")
    first = await visitor.create("key-1", prompt="a")
    again = await visitor.create("key-1", prompt="a")
    assert again.json()["id"] == first.json()["id"]
    check_problem(await visitor.create("key-2", prompt="a"), 402, "insufficient_credits")


async def test_keys_of_two_accounts_have_nothing_in_common(rig: Rig, visitor: Visitor) -> None:
    other = await rig.visitor()
    mine = await visitor.create("key-1", prompt="a")
    theirs = await other.create("key-1", prompt="b")
    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.json()["id"] != theirs.json()["id"]


async def test_the_key_of_a_deleted_job_finds_nothing(visitor: Visitor) -> None:
    job = (await visitor.create("key-1", prompt="a")).json()
    await visitor.http.delete(f"/v1/jobs/{job['id']}")
    check_problem(await visitor.create("key-1", prompt="a"), 404, "not_found")


async def test_fifty_posts_of_one_key_at_once_are_one_job(rig: Rig, visitor: Visitor) -> None:
    answers = await asyncio.gather(*(visitor.create("key-1", prompt="a") for _ in range(50)))
    assert Counter(answer.status_code for answer in answers) == {202: 50}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await rig.count("jobs") == 1
    assert (await visitor.account())["held_credits"] == 2


async def test_posts_of_one_key_with_a_picture_leave_one_pair_of_objects(
    rig: Rig, visitor: Visitor
) -> None:
    image = a_file(photo())
    answers = await asyncio.gather(
        *(visitor.create("key-1", prompt="a", image=image) for _ in range(6))
    )
    assert len({answer.json()["id"] for answer in answers}) == 1
    row = await rig.database.row("SELECT upload_key, input_key FROM jobs")
    assert row is not None
    objects = rig.parts.create_job.objects
    for key in (row["upload_key"], row["input_key"]):
        assert (await objects.head(key)).size_bytes > 0


async def test_two_hundred_posts_with_credits_for_seven_are_seven_jobs(
    settings: GatewaySettings,
) -> None:
    async with running(settings.model_copy(update={"guest_free_credits": 15})) as rig:
        visitor = await rig.visitor()
        answers = await asyncio.gather(*(visitor.create(prompt="a") for _ in range(200)))
        assert Counter(answer.status_code for answer in answers) == {202: 7, 402: 193}
        assert await rig.count("jobs") == 7
        account = await visitor.account()
        assert (account["held_credits"], account["available_credits"]) == (14, 1)
        for answer in answers:
            if answer.status_code == 402:
                problem = check_problem(answer, 402, "insufficient_credits")
                assert problem["params"]["have"] < 2


async def test_a_repetition_is_not_refused_for_what_its_first_try_holds(
    rig: Rig, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try, whose answer was lost, is accepted while the second one is looked at."""
    await rig.database.row("UPDATE accounts SET balance_credits = 2")
    look = Accounts.standing
    first: list[int] = []

    async def slowly(self: Accounts, account_id: UUID, limits: JobLimits) -> Standing | None:
        if not first:
            first.append(0)
            first.append((await visitor.create(key="same", prompt="a")).status_code)
        return await look(self, account_id, limits)

    monkeypatch.setattr(Accounts, "standing", slowly)
    second = await visitor.create(key="same", prompt="a")
    assert (first[1], second.status_code) == (202, 202)
    assert second.headers["idempotent-replay"] == "true"
