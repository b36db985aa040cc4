"""RunPod's webhook and the first product's paths."""

import hashlib
import json
import secrets
from uuid import UUID

import pytest

from shared.db.rate_limits import LOOKS_ON_WISH
from test_gateway.rig import Rig, Visitor, check_problem

pytestmark = pytest.mark.asyncio

TOKEN = secrets.token_urlsafe(32)
HASH = hashlib.sha256(TOKEN.encode()).digest()


async def polled_at(rig: Rig) -> tuple[bool, str | None]:
    row = await rig.database.row(
        "SELECT next_poll_at <= now() AS due, candidate_runpod_id FROM attempts"
    )
    assert row is not None
    return bool(row["due"]), row["candidate_runpod_id"]


async def test_a_webhook_makes_its_attempt_due_and_rings(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    attempt = await rig.factory.run(job["id"], HASH)
    assert await polled_at(rig) == (False, None)
    body = json.dumps({"delayTime": 1, "id": "other-id", "input": {"id": "inner"}})
    stranger = await rig.visitor(signed_in=False)
    response = await stranger.http.post(f"/hooks/runpod/{TOKEN}", content=body)
    assert response.status_code == 200
    assert await polled_at(rig) == (True, None)
    assert [(e.topic, e.attempt_id, e.job_id) for e in rig.hinted] == [
        ("attempt.poll_requested", attempt.attempt_id, attempt.job_id)
    ]
    assert (await visitor.job(job["id"]))["stage"] == "warming"


async def test_the_id_of_an_attempt_without_an_answer_is_kept_as_a_candidate(
    rig: Rig, visitor: Visitor
) -> None:
    job = await visitor.new_job()
    attempt = await rig.factory.dispatch(job["id"], HASH)
    await rig.factory.dispatching.begin_post(attempt)
    await rig.factory.dispatching.mark_unknown(attempt.attempt_id, "read timeout")
    body = json.dumps({"delayTime": 1, "id": "abc-1", "input": "x" * 100_000}).encode()
    await visitor.http.post(f"/hooks/runpod/{TOKEN}", content=body)
    assert await polled_at(rig) == (True, "abc-1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[" * 10_000,
        b'{"id": 5}',
        b'{"id": "a b"}',
        b'{"input": {"id": "inner"}}',
        b'{"id": "' + b"x" * 200 + b'"}',
        b'{"input": "' + b"x" * 3_000_000 + b'", "id": "late"}',
    ],
)
async def test_whatever_the_body_the_answer_is_200_and_no_id_is_believed(
    rig: Rig, visitor: Visitor, body: bytes
) -> None:
    job = await visitor.new_job()
    attempt = await rig.factory.dispatch(job["id"], HASH)
    await rig.factory.dispatching.begin_post(attempt)
    response = await visitor.http.post(f"/hooks/runpod/{TOKEN}", content=body)
    assert (response.status_code, response.content) == (200, b"")
    assert await polled_at(rig) == (True, None)


async def test_an_unknown_token_changes_nothing_and_is_told_nothing(
    rig: Rig, visitor: Visitor
) -> None:
    job = await visitor.new_job()
    await rig.factory.run(job["id"], HASH)
    headers = {"origin": "https://elsewhere.example"}
    response = await visitor.http.post("/hooks/runpod/wrong", content=b"{}", headers=headers)
    assert (response.status_code, response.content) == (200, b"")
    assert await polled_at(rig) == (False, None)
    assert rig.hinted == []


async def test_the_first_products_paths_lead_to_the_same_jobs(rig: Rig, visitor: Visitor) -> None:
    created = await visitor.http.post("/api/queue/create", files=[("prompt", (None, "a"))])
    assert created.status_code == 202
    job = created.json()
    shown = await visitor.http.get("/api/queue/status", params={"id": job["id"]})
    assert shown.json() | {"server_time": 0} == job | {"server_time": 0}
    await rig.factory.run(job["id"])
    other = await (await rig.visitor()).http.post("/api/runpod-poll")
    assert other.json() == {"rung": 0}
    assert await polled_at(rig) == (False, None)
    rung = await visitor.http.post("/api/runpod-poll", params={"id": job["id"]})
    assert rung.json() == {"rung": 1}
    assert await polled_at(rig) == (True, None)
    assert [str(event.job_id) for event in rig.hinted] == [job["id"]]
    assert (await visitor.http.post("/api/runpod-poll")).json() == {"rung": 1}


async def test_wishes_for_a_look_now_have_a_limit_for_all_accounts_together(
    rig: Rig, visitor: Visitor
) -> None:
    job = await visitor.new_job()
    await rig.factory.run(job["id"])
    await rig.database.row(
        "INSERT INTO rate_limits (key, tokens, refilled_at) "
        "VALUES ($1, 0, now() + interval '1 hour') RETURNING key",
        LOOKS_ON_WISH.key,
    )
    for query in ("", f"?id={job['id']}"):
        assert (await visitor.http.post(f"/api/runpod-poll{query}")).json() == {"rung": 0}
    assert await polled_at(rig) == (False, None)
    assert rig.hinted == []


@pytest.mark.parametrize("query", ["?id=", "?id=1", f"?id={UUID(int=1)}"])
async def test_the_first_products_paths_refuse_unknown_ids(visitor: Visitor, query: str) -> None:
    check_problem(await visitor.http.get(f"/api/queue/status{query}"), 404, "not_found")
    check_problem(await visitor.http.post(f"/api/runpod-poll{query}"), 404, "not_found")


async def test_the_first_products_status_needs_an_id(visitor: Visitor) -> None:
    check_problem(await visitor.http.get("/api/queue/status"), 422, "validation_failed")
