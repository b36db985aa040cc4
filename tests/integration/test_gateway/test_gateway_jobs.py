"""History, cancelling and deleting."""

from uuid import UUID

import pytest

from shared.db.sweeping import Sweeping
from shared.domain.timers import Timers
from test_gateway.rig import Rig, Visitor, check_problem

pytestmark = pytest.mark.asyncio

STATES = ("queued", "dispatching", "running", "storing", "done", "failed", "cancelled")
OPEN = STATES[:4]


async def pages(visitor: Visitor, **query: object) -> list[list[str]]:
    found: list[list[str]] = []
    cursor = None
    while True:
        params = query | ({} if cursor is None else {"cursor": cursor})
        page = (
            await visitor.http.get("/v1/jobs", params={k: str(v) for k, v in params.items()})
        ).json()
        found.append([job["id"] for job in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


async def test_history_is_paged_newest_first_without_gaps(rig: Rig, visitor: Visitor) -> None:
    made = [(await visitor.new_job())["id"] for _ in range(5)]
    await (await rig.visitor()).new_job()
    newest_first = made[::-1]
    assert await pages(visitor, limit=2) == [newest_first[:2], newest_first[2:4], newest_first[4:]]
    assert await pages(visitor, limit=5) == [newest_first]
    assert await pages(visitor) == [newest_first]


async def test_a_new_job_does_not_shift_the_next_page(visitor: Visitor) -> None:
    made = [(await visitor.new_job())["id"] for _ in range(4)]
    page = (await visitor.http.get("/v1/jobs?limit=2")).json()
    await visitor.new_job()
    url = f"/v1/jobs?limit=2&cursor={page['next_cursor']}"
    later = (await visitor.http.get(url)).json()
    assert [job["id"] for job in later["items"]] == [made[1], made[0]]


async def test_history_can_be_narrowed_to_a_state(rig: Rig, visitor: Visitor) -> None:
    made = {state: (await visitor.new_job())["id"] for state in STATES}
    for state, job_id in made.items():
        await rig.factory.bring_to(job_id, state)
    for status, states in {
        "queued": ("queued", "dispatching"),
        "running": ("running", "storing"),
        "done": ("done",),
        "failed": ("failed",),
    }.items():
        wanted = [made[state] for state in states][::-1]
        assert await pages(visitor, status=status) == [wanted], status


async def test_an_empty_history_is_an_empty_page(visitor: Visitor) -> None:
    assert (await visitor.http.get("/v1/jobs")).json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("state", STATES)
async def test_cancel_in_each_state(rig: Rig, visitor: Visitor, state: str) -> None:
    job = await visitor.new_job()
    await rig.factory.bring_to(job["id"], state)
    before = await visitor.job(job["id"])
    response = await visitor.http.post(f"/v1/jobs/{job['id']}/cancel")
    if state == "storing":
        check_problem(response, 409, "cancel_too_late")
        return
    assert response.status_code == 202
    after = response.json()
    if state == "queued":
        assert after["status"] == "cancelled"
        assert after["credits"]["released"] == 2
        assert (await visitor.account())["held_credits"] == 0
        return
    assert (after["status"], after["stage"]) == (before["status"], before["stage"])
    row = await rig.database.row("SELECT cancel_requested_at FROM jobs")
    assert row is not None
    assert (row["cancel_requested_at"] is not None) == (
        state in {"dispatching", "running", "cancelled"}
    )


async def test_cancelling_twice_is_one_wish(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    await rig.factory.run(job["id"])
    for _ in range(2):
        response = await visitor.http.post(f"/v1/jobs/{job['id']}/cancel")
        assert response.status_code == 202
    row = await rig.database.row("SELECT cancel_requested_at FROM jobs")
    assert row is not None


@pytest.mark.parametrize("state", STATES)
async def test_delete_in_each_state(rig: Rig, visitor: Visitor, state: str) -> None:
    job = await visitor.new_job()
    await rig.factory.bring_to(job["id"], state)
    address = f"/v1/jobs/{job['id']}"
    response = await visitor.http.delete(address)
    assert (response.status_code, response.content) == (204, b"")
    check_problem(await visitor.http.delete(address), 404, "not_found")
    check_problem(await visitor.http.get(address), 404, "not_found")
    check_problem(await visitor.http.post(f"{address}/cancel"), 404, "not_found")
    check_problem(await visitor.http.get(f"{address}/result"), 404, "not_found")
    assert await pages(visitor) == [[]]
    row = await rig.database.row("SELECT state, cancel_requested_at, deleted_at FROM jobs")
    assert row is not None
    assert row["deleted_at"] is not None
    assert row["state"] == ("cancelled" if state == "queued" else state)
    wished = row["cancel_requested_at"] is not None
    assert wished == (state in {"queued", "dispatching", "running", "cancelled"})


async def test_a_deleted_job_ends_without_a_charge(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    attempt = await rig.factory.bring_to(job["id"], "storing")
    await visitor.http.delete(f"/v1/jobs/{job['id']}")
    assert attempt is not None
    await rig.factory.store(attempt)
    account = await visitor.account()
    assert (account["balance_credits"], account["held_credits"]) == (100, 0)


async def test_a_purged_job_is_gone_for_its_owner(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    await rig.factory.bring_to(job["id"], "done")
    await visitor.http.delete(f"/v1/jobs/{job['id']}")
    await rig.factory.storing.note_purged(UUID(job["id"]))
    for picture in ("image", "result", "thumbnail"):
        check_problem(await visitor.http.get(f"/v1/jobs/{job['id']}/{picture}"), 404, "not_found")


async def test_a_job_past_its_deadline_fails_by_itself(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    row = await rig.database.row(
        "SELECT extract(epoch FROM deadline_at - now())::float8 AS left_seconds, max_attempts,"
        " extract(epoch FROM next_ring_at - now())::float8 AS ring_seconds FROM jobs"
    )
    assert row is not None
    assert 2690 < row["left_seconds"] <= 2700
    assert 20 < row["ring_seconds"] <= 30
    assert row["max_attempts"] == 3
    await rig.database.row("UPDATE jobs SET deadline_at = now() - interval '1 second'")
    await Sweeping(rig.database, Timers()).repair()
    assert (await visitor.job(job["id"]))["error"]["code"] == "deadline"


async def test_history_is_searched_in_the_prompts(visitor: Visitor) -> None:
    prompts = ("Warm LIGHT on a lake", "แสงเย็นอบอุ่น", "100% wool_and\\silk", "Café by night")
    made = {prompt: (await visitor.new_job(prompt=prompt))["id"] for prompt in prompts}
    for search, found in {
        "light": ("Warm LIGHT on a lake",),
        "  LIGHT ON ": ("Warm LIGHT on a lake",),
        "แสงเย็น": ("แสงเย็นอบอุ่น",),
        "100%": ("100% wool_and\\silk",),
        "l_a": ("100% wool_and\\silk",),
        "d\\s": ("100% wool_and\\silk",),
        "%": ("100% wool_and\\silk",),
        "CAFE\u0301": ("Café by night",),
        "nothing of it": (),
        " ": prompts[::-1],
    }.items():
        assert await pages(visitor, q=search) == [[made[prompt] for prompt in found]], search


async def test_a_search_goes_together_with_a_state_and_pages(rig: Rig, visitor: Visitor) -> None:
    boats = [(await visitor.new_job(prompt=f"boat {n}"))["id"] for n in range(5)]
    await visitor.new_job(prompt="a house")
    await (await rig.visitor()).new_job(prompt="boat of a stranger")
    await rig.factory.bring_to(boats[1], "done")
    assert await pages(visitor, q="boat", status="done") == [[boats[1]]]
    newest_first = boats[::-1]
    assert await pages(visitor, q="boat", limit=2) == [
        newest_first[:2],
        newest_first[2:4],
        newest_first[4:],
    ]


@pytest.mark.parametrize("search", ["ก" * 101, "a\0b", "a\nb"])
async def test_a_search_that_no_prompt_can_answer_is_refused(visitor: Visitor, search: str) -> None:
    response = await visitor.http.get("/v1/jobs", params={"q": search})
    assert check_problem(response, 422, "search_invalid")["params"] == {"limit": 100}
    assert (await visitor.http.get("/v1/jobs", params={"q": "ก" * 100})).status_code == 200
