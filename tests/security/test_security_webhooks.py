"""Forged, repeated, huge, deep and slow webhooks: RunPod's word changes nothing by itself."""

import asyncio
import hashlib
import json
import random
import secrets
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from test_gateway.rig import Factory, Rig, Visitor

from gateway.hooks.candidate import find_candidate
from gateway.settings import GatewaySettings
from security.canaries import hits
from security.process import gateway_process
from shared.db.database import Database

TOKEN = secrets.token_urlsafe(32)
HASH = hashlib.sha256(TOKEN.encode()).digest()
TABLES = ("accounts", "jobs", "attempts", "ledger", "job_events")
FORGERIES = 1000


async def dump(database: Database, *but: str) -> list[str]:
    """Return every row of the pipeline as text, without some columns."""
    return [
        row["line"]
        for table in TABLES
        for row in await database.rows(
            f"SELECT (to_jsonb(t) - $1::text[])::text AS line FROM {table} t ORDER BY 1",  # noqa: S608 - of the tests
            list(but),
        )
    ]


def forged_token(chance: random.Random) -> str:
    """Return something that is near a token, or far from one."""
    return quote(
        chance.choice(
            [
                secrets.token_urlsafe(32),
                TOKEN[:-1],
                f"{TOKEN}A",
                TOKEN.swapcase(),
                TOKEN[::-1],
                HASH.hex(),
                f" {TOKEN}",
                f"{TOKEN}\0",
                "' OR 1=1 --",
                "%",
                "x" * chance.randrange(1, 4000),
                "".join(chr(chance.randrange(0x30, 0x2FFF)) for _ in range(8)),
            ]
        ),
        safe="",
    )


def forged_body(chance: random.Random, runpod_id: str) -> bytes:
    """Return a body as RunPod writes it, or nothing like it."""
    status = chance.choice(["COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT", "IN_PROGRESS"])
    output = {"images": [{"data": "aGk=", "type": "base64", "filename": "a.png"}]}
    return chance.choice(
        [
            json.dumps({"id": runpod_id, "status": status, "output": output}).encode(),
            json.dumps({"id": "another", "status": status, "error": "x" * 500}).encode(),
            json.dumps([{"id": runpod_id}] * 3).encode(),
            b'{"id": "a", "id": "b"}',
            b'{"id": NaN, "status": 1e999}',
            b'{"id": "\\ud800"}',
            b"[" * chance.randrange(1, 20_000),
            b'{"id":' * chance.randrange(1, 5000),
            chance.randbytes(chance.randrange(2000)),
            b"\0" * 500,
            b"",
        ]
    )


@pytest.mark.asyncio
async def test_a_thousand_forged_webhooks_change_no_row(rig: Rig, visitor: Visitor) -> None:
    chance = random.Random(7)
    jobs = []
    for state in ("queued", "dispatching", "storing", "done", "failed", "cancelled"):
        jobs.append(await visitor.new_job())
        await rig.factory.bring_to(jobs[-1]["id"], state)
    jobs.append(await visitor.new_job())
    await rig.factory.run(jobs[-1]["id"], HASH)
    await asyncio.sleep(0.2)
    before, outbox = await dump(rig.database), await rig.count("outbox")
    stranger = await rig.visitor(signed_in=False)
    kinds = ("application/json", "text/plain", "multipart/form-data; boundary=b", "x", "")

    async def send() -> tuple[int, bytes]:
        answer = await stranger.http.post(
            f"/hooks/runpod/{forged_token(chance)}",
            content=forged_body(chance, f"rp-{chance.choice(jobs)['id']}"),
            headers={"content-type": chance.choice(kinds), "origin": "https://elsewhere.example"},
        )
        return answer.status_code, answer.content

    answers = []
    for _ in range(FORGERIES // 20):
        answers += await asyncio.gather(*(send() for _ in range(20)))
    assert set(answers) == {(200, b"")}
    assert len(answers) == FORGERIES
    assert await dump(rig.database) == before
    assert await rig.count("outbox") <= outbox


@pytest.mark.asyncio
async def test_a_right_and_a_wrong_token_are_answered_alike(rig: Rig, visitor: Visitor) -> None:
    """The token's hash is looked up by an index; no byte of the token itself is compared."""
    job = await visitor.new_job()
    await rig.factory.run(job["id"], HASH)
    wrong = secrets.token_urlsafe(32)
    near = TOKEN[:-1] + ("A" if TOKEN[-1] != "A" else "B")
    took: dict[str, list[float]] = {wrong: [], near: []}
    answers = set()
    for _ in range(150):
        for token, times in took.items():
            began = time.perf_counter()
            answer = await visitor.http.post(f"/hooks/runpod/{token}", content=b"{}")
            times.append(time.perf_counter() - began)
            answers.add((answer.status_code, answer.content, tuple(sorted(answer.headers))))
    answer = await visitor.http.post(f"/hooks/runpod/{TOKEN}", content=b"{}")
    answers.add((answer.status_code, answer.content, tuple(sorted(answer.headers))))
    assert len(answers) == 1
    far_ms, near_ms = (1000 * statistics.median(times) for times in took.values())
    sys.stdout.write(f"\nwebhook p50: far token {far_ms:.2f} ms, near token {near_ms:.2f} ms\n")
    assert 2 / 3 < near_ms / far_ms < 3 / 2


@pytest.mark.asyncio
async def test_a_webhook_that_is_repeated_rings_and_decides_nothing(
    rig: Rig, visitor: Visitor
) -> None:
    """Whatever it claims, all that moves is when the attempt is looked at."""
    job = await visitor.new_job()
    attempt = await rig.factory.run(job["id"], HASH)
    moved = ("next_poll_at", "updated_at")
    before = await dump(rig.database, *moved)
    claims: list[dict[str, object]] = [
        {"id": f"rp-{job['id']}", "status": status, "output": {"images": []}}
        for status in ("COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")
    ]
    for claim in claims * 25:
        answer = await visitor.http.post(f"/hooks/runpod/{TOKEN}", json=claim)
        assert answer.status_code == 200
    assert await dump(rig.database, *moved) == before
    assert (await visitor.job(job["id"]))["stage"] == "warming"
    await rig.factory.complete(attempt)
    assert (await visitor.job(job["id"]))["stage"] == "saving"


@pytest.mark.parametrize("end", ["storing", "done", "failed", "cancelled", "deleted"])
@pytest.mark.asyncio
async def test_the_token_of_an_attempt_that_has_ended_does_nothing(
    rig: Rig, visitor: Visitor, end: str
) -> None:
    job = await visitor.new_job()
    if end == "deleted":
        attempt = await rig.factory.run(job["id"], HASH)
        await rig.factory.complete(attempt)
        await rig.factory.store(attempt)
        await visitor.http.delete(f"/v1/jobs/{job['id']}")
    else:
        attempt = await rig.factory.run(job["id"], HASH)
        if end in {"storing", "done"}:
            await rig.factory.complete(attempt)
        if end == "done":
            await rig.factory.store(attempt)
        if end == "failed":
            await rig.factory.fail(attempt)
        if end == "cancelled":
            await visitor.http.post(f"/v1/jobs/{job['id']}/cancel")
            await rig.factory.fail(attempt)
    before = await dump(rig.database)
    for body in (b"{}", json.dumps({"id": "late-id", "status": "COMPLETED"}).encode()):
        for _ in range(5):
            assert (await visitor.http.post(f"/hooks/runpod/{TOKEN}", content=body)).is_success
    assert await dump(rig.database) == before


@pytest.mark.asyncio
async def test_an_id_in_a_body_is_only_ever_a_candidate_and_the_first_one_stays(
    rig: Rig, visitor: Visitor
) -> None:
    job = await visitor.new_job()
    attempt = await rig.factory.dispatch(job["id"], HASH)
    await rig.factory.dispatching.begin_post(attempt)
    await rig.factory.dispatching.mark_unknown(attempt.attempt_id, "read timeout")
    for claimed in ("first-id", "second-id", "'; DROP TABLE jobs --", "x" * 500):
        await visitor.http.post(f"/hooks/runpod/{TOKEN}", json={"id": claimed})
    row = await rig.database.row("SELECT runpod_id, candidate_runpod_id FROM attempts")
    assert row is not None
    assert tuple(row) == (None, "first-id")


@pytest.mark.parametrize(
    "body",
    [
        b"x" * 3_000_000,
        b'{"input": "' + b"y" * 2_000_000 + b'"}',
        b"[" * 1_000_000,
        b'{"a":' * 300_000,
        b'"' + b"\\" * 1_000_000,
        b'"' + b'\\"' * 500_000,
        b'"' + b'\\"' * 30_000 + b"\\",
    ],
    ids=[
        "large",
        "echoed input",
        "deep list",
        "deep object",
        "backslashes",
        "escaped quotes",
        "an open end",
    ],
)
@pytest.mark.asyncio
async def test_a_large_or_deep_body_is_answered(rig: Rig, body: bytes) -> None:
    stranger = await rig.visitor(signed_in=False)
    answer = await stranger.http.post(f"/hooks/runpod/{TOKEN}", content=body)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("end", [b"", b"\\"], ids=["open", "cut in an escape"])
def test_reading_a_body_takes_time_in_proportion_to_its_size(end: bytes) -> None:
    """A text that never ends once held the process for seconds; a square would be 64 here."""

    def seconds(quotes: int) -> float:
        began = time.process_time()
        for _ in range(20):
            find_candidate(b'"' + b'\\"' * quotes + end)
        return time.process_time() - began

    assert seconds(16_000) < 32 * seconds(2000)


@pytest.mark.asyncio
async def test_a_body_that_never_comes_is_not_waited_for_and_its_token_still_rings(
    rig: Rig, visitor: Visitor
) -> None:
    job = await visitor.new_job()
    await rig.factory.run(job["id"], HASH)
    url = httpx.URL(rig.url)
    head = f"POST /hooks/runpod/{TOKEN} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"

    async def drip() -> bytes:
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(head.encode() + b'{"id": "')
        answer = asyncio.create_task(reader.readline())
        while not answer.done():
            writer.write(b"x")
            await asyncio.sleep(0.2)
        writer.close()
        return await answer

    answers = await asyncio.gather(*(drip() for _ in range(20)))
    assert set(answers) == {b"HTTP/1.1 200 OK\r\n"}
    row = await rig.database.row("SELECT next_poll_at <= now() AS due FROM attempts")
    assert row is not None
    assert row["due"]


@pytest.mark.asyncio
async def test_neither_token_nor_body_is_logged_or_answered(
    settings: GatewaySettings, tmp_path: Path
) -> None:
    canaries = {
        "token": TOKEN,
        "token's hash": HASH.hex(),
        "body": f"body-canary-{secrets.token_hex(8)}",
        "id": f"id-canary-{secrets.token_hex(8)}",
        "header": f"header-canary-{secrets.token_hex(8)}",
        "query": f"query-canary-{secrets.token_hex(8)}",
    }
    answers = {}
    async with (
        gateway_process(settings, tmp_path, LOG_LEVEL="DEBUG") as gateway,
        httpx.AsyncClient(base_url=gateway.url, trust_env=False) as client,
        Database(settings.database_url.get_secret_value()) as database,
    ):
        visitor = await Visitor(client).sign_in()
        await Factory(database).run((await visitor.new_job())["id"], HASH)
        body = {"id": canaries["id"], "input": {"prompt": canaries["body"]}, "status": "COMPLETED"}
        headers = {"x-signature": canaries["header"]}
        for path in (f"/hooks/runpod/{TOKEN}", f"/hooks/runpod/{TOKEN}/more", f"/hooks/{TOKEN}"):
            for method in ("POST", "GET", "PUT"):
                answer = await client.request(
                    method, f"{path}?x={canaries['query']}", json=body, headers=headers
                )
                answers[f"{method} {path}"] = f"{answer.headers}\n{answer.text}"
        answers["metrics"] = await gateway.metrics()
    assert '"known": true' in gateway.log.read_text(encoding="utf-8")
    assert hits(answers, canaries) == []
    assert hits([tmp_path], canaries) == []
