"""Nothing secret is in a log, an answer, a message or a table, whatever goes wrong."""

import asyncio
import json
import re
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import asyncpg
import httpx
import pytest
from backends import Backends
from e2e.stack import RUNPOD_API_KEY, SESSION_SECRET, Stack
from e2e.visitor import Visitor, a_prompt, photo
from test_gateway.rig import Visitor as Caller
from test_gateway.rig import check_problem

from gateway.security.cookies import COOKIE
from gateway.settings import GatewaySettings
from security.canaries import hits
from security.process import gateway_process
from shared.db.database import Database

FORCED_ERRORS = 100
WORDS_OF_A_STACK = re.compile(
    r"Traceback|File \"|asyncpg|Undefined|relation|SELECT|line \d+|\.py\b|Error\("
)
PERSONAL_COLUMNS = ("prompt", "negative_prompt")
"""Where a person's words belong: in the job, and nowhere else."""

GOES_WRONG: tuple[dict[str, dict[str, Any]], ...] = (
    {},
    {"failed_with_details": {}},
    {"server_error": {"count": 2, "operations": ["run"]}},
    {"accept_then_reset": {"count": 1}},
    {"completed_without_output": {}},
    {"not_an_image": {}},
    {"webhook_wrong_body": {}, "webhook_duplicate": {}},
    {"input_in_status": {}},
)


async def tables_as_text(database_url: str, without: tuple[str, ...]) -> dict[str, str]:
    """Return every table of the product as text, without some columns."""
    connection = await asyncpg.connect(database_url)
    try:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        names = [table["table_name"] for table in tables]
        return {
            f"table {name}": "\n".join(
                row["line"]
                for row in await connection.fetch(
                    f"SELECT (to_jsonb(t) - $1::text[])::text AS line FROM {name} t",  # noqa: S608 - of the tests
                    list(without),
                )
            )
            for name in names
        }
    finally:
        await connection.close()


class Broker:
    """The virtual host of a stack, through RabbitMQ's management."""

    def __init__(self, management_url: str, rabbitmq_url: str) -> None:
        address, vhost = urlsplit(management_url), urlsplit(rabbitmq_url).path[1:]
        self._vhost = quote(vhost, safe="")
        self._http = httpx.Client(
            base_url=f"http://{address.hostname}:{address.port}/api",
            auth=(address.username or "", address.password or ""),
            trust_env=False,
            timeout=30,
        )

    def close(self) -> None:
        self._http.close()

    def queues(self) -> list[str]:
        answer = self._http.get(f"/queues/{self._vhost}").raise_for_status()
        return sorted(queue["name"] for queue in answer.json())

    def send_junk(self, queue: str, payload: str) -> None:
        body = {
            "properties": {"delivery_mode": 2},
            "routing_key": queue,
            "payload": payload,
            "payload_encoding": "string",
        }
        path = f"/exchanges/{self._vhost}/amq.default/publish"
        self._http.post(path, json=body).raise_for_status()

    def messages(self) -> dict[str, str]:
        """Return what waits in each queue, and leave it there."""
        wanted = {"count": 500, "ackmode": "ack_requeue_true", "encoding": "auto"}
        return {
            f"queue {name}": self._http.post(
                f"/queues/{self._vhost}/{quote(name, safe='')}/get", json=wanted
            ).text
            for name in self.queues()
        }


def tokens_in(submissions: list[dict[str, Any]]) -> list[str]:
    """Return the webhook tokens that RunPod was told."""
    return sorted(set(re.findall(r"/hooks/runpod/([A-Za-z0-9_-]{20,})", json.dumps(submissions))))


@pytest.fixture
def person(stack: Stack) -> Iterator[Visitor]:
    with Visitor(stack.url) as one:
        yield one


@pytest.mark.timeout(300)
def test_a_run_full_of_failures_leaks_no_secret(
    stack: Stack, person: Visitor, backends: Backends
) -> None:
    words = f"words-canary-{secrets.token_hex(8)}"
    shunned = f"shunned-canary-{secrets.token_hex(8)}"
    answers: dict[str, str] = {}

    def note(name: str, answer: httpx.Response) -> None:
        answers[name] = f"{answer.headers}\n{answer.text}"

    for number, faults in enumerate(GOES_WRONG):
        stack.faults(**faults)
        prompt = a_prompt(words)
        job = person.wait(person.create(prompt, image=photo(), negative_prompt=shunned))
        assert job["stage"] in {"done", "failed"}
        for path in ("", "/result", "/thumbnail"):
            note(f"{number}{path}", person.http.get(f"/v1/jobs/{job['id']}{path}"))
    stack.faults()
    note("a long prompt", person.post(words * 100))
    note("no picture", person.post(words, image=b"x"))
    note("another method", person.http.put(f"/v1/jobs?{words}"))
    tokens = tokens_in(stack.submissions(words))
    assert len(tokens) >= len(GOES_WRONG)
    broker = Broker(backends.rabbitmq_management_url, stack.addresses.rabbitmq_url)
    try:
        consumed = [name for name in broker.queues() if name.endswith(".dead")]
        assert consumed
        for name in consumed:
            broker.send_junk(name.removesuffix(".dead"), '{"no": "event"}')
        time.sleep(2)
        messages = broker.messages()
    finally:
        broker.close()
    database, rabbitmq = (
        urlsplit(url) for url in (stack.addresses.database_url, stack.addresses.rabbitmq_url)
    )
    secret = {
        "RunPod's key": RUNPOD_API_KEY,
        "session secret": SESSION_SECRET,
        "session": person.http.cookies[COOKIE],
        "password of the broker": rabbitmq.password or "",
        "secret key of the store": stack.addresses.s3_secret_key,
        "password of the database": database.password or "",
    }
    secret = {name: value for name, value in secret.items() if len(value) >= 8}
    assert secret.keys() >= {"RunPod's key", "session secret", "session"}
    secret |= {f"webhook token {number}": token for number, token in enumerate(tokens)}
    personal = {"prompt": words, "negative prompt": shunned}
    tables = asyncio.run(tables_as_text(stack.addresses.database_url, PERSONAL_COLUMNS))
    logs = {f"{p.name} {n}": p.log.read_text("utf-8") for n, p in enumerate(stack.processes)}
    ours = {name: text for name, text in logs.items() if not name.startswith("runpod_simulator")}
    assert hits(answers | messages | tables | ours, secret) == []
    assert hits(messages | tables | ours, personal) == []
    sys.stdout.write(
        f"\n{len(secret) + 2} canaries: 0 hits in {len(ours)} logs, {len(answers)} answers, "
        f"{len(messages)} queues, {len(tables)} tables\n"
    )


@pytest.mark.asyncio
async def test_a_hundred_errors_of_ours_tell_a_request_id_and_no_stack(
    settings: GatewaySettings, tmp_path: Path
) -> None:
    words = f"words-canary-{secrets.token_hex(8)}"
    async with (
        gateway_process(settings, tmp_path, SESSION_SECRET=SESSION_SECRET) as gateway,
        httpx.AsyncClient(base_url=gateway.url, trust_env=False, timeout=30) as client,
        Database(settings.database_url.get_secret_value()) as database,
    ):
        caller = await Caller(client).sign_in()
        job = await caller.new_job(prompt=words)
        await database.row("ALTER TABLE jobs RENAME TO hidden")
        asked = (
            client.get(f"/v1/jobs/{job['id']}"),
            client.get("/v1/jobs"),
            client.delete(f"/v1/jobs/{job['id']}"),
            caller.create("a-key", prompt=words),
            client.get(f"/api/queue/status?id={job['id']}"),
        )
        answers = list(await asyncio.gather(*asked))
        while len(answers) < FORCED_ERRORS:
            answers += await asyncio.gather(
                *(client.get(f"/v1/jobs/{job['id']}", headers={"x-a": words}) for _ in range(19))
            )
        session = client.cookies[COOKIE]
        await database.row("ALTER TABLE hidden RENAME TO jobs")
        assert (await caller.job(job["id"]))["prompt"] == words
    ids = set()
    for answer in answers:
        problem = check_problem(answer, 500, "internal_error")
        assert WORDS_OF_A_STACK.search(answer.text) is None
        assert problem["params"] == {}
        ids.add(problem["request_id"])
    assert len(ids) == len(answers) >= FORCED_ERRORS
    log = gateway.log.read_text(encoding="utf-8")
    assert all(request_id in log for request_id in ids)
    canaries = {
        "prompt": words,
        "session secret": SESSION_SECRET,
        "session": session,
        "database": settings.database_url.get_secret_value(),
        "store": settings.r2_secret_access_key.get_secret_value(),
    }
    known = {name: value for name, value in canaries.items() if len(value) >= 8}
    assert hits([tmp_path], known) == []
    assert hits({"answers": "\n".join(answer.text for answer in answers)}, known) == []
