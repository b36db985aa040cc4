"""The real process over a real broker: start, live events, leaving."""

import asyncio
import hashlib
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import asyncpg
import httpx
import pytest
from e2e.stack import free_port
from pydantic import SecretStr

from gateway.settings import GatewaySettings
from shared.broker.publisher import Publisher
from shared.contracts.catalogue import route_of
from shared.contracts.events import AttemptPollRequested
from shared.db.database import Database
from shared.errors import BrokerUnavailable
from shared.ids import new_id
from test_gateway.rig import Factory, Json, Visitor

pytestmark = pytest.mark.asyncio

WAITING_FOR_LOCKS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Running:
    """A started gateway; `logs` fills as it writes."""

    def __init__(self, process: Process, port: int, ops_port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.ops_url = f"http://127.0.0.1:{ops_port}"
        self.logs: list[Json] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.logs.append(json.loads(line))

    async def until_ready(self, client: httpx.AsyncClient) -> None:
        async with asyncio.timeout(60):
            while True:
                with suppress(httpx.HTTPError):
                    answer = await client.get(f"{self.ops_url}/health/ready")
                    if answer.status_code == 200:
                        break
                await asyncio.sleep(0.02)
        assert (await client.get(f"{self.url}/health")).status_code == 200

    async def leave(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            code = await self.process.wait()
            await self._reading
        return code


@asynccontextmanager
async def started(
    settings: GatewaySettings, rabbitmq_url: str, **more: str
) -> AsyncIterator[Running]:
    port, ops_port = free_port(), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "RABBITMQ_URL": rabbitmq_url,
        "R2_ENDPOINT_URL": settings.r2_endpoint_url,
        "R2_ACCESS_KEY_ID": settings.r2_access_key_id.get_secret_value(),
        "R2_SECRET_ACCESS_KEY": settings.r2_secret_access_key.get_secret_value(),
        "R2_BUCKET": settings.r2_bucket,
        "PORT": str(port),
        "OPS_PORT": str(ops_port),
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Running(process, port, ops_port)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def ready(
    settings: GatewaySettings, rabbitmq_url: str, **more: str
) -> AsyncIterator[tuple[Running, httpx.AsyncClient]]:
    """Start a gateway and wait until it serves its first client."""
    async with (
        started(settings, rabbitmq_url, **more) as gateway,
        httpx.AsyncClient(base_url=gateway.url, verify=False, trust_env=False) as client,  # noqa: S501 - plain http
    ):
        await gateway.until_ready(client)
        yield gateway, client


async def waiting_for_locks(settings: GatewaySettings) -> int:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        return int(await connection.fetchval(WAITING_FOR_LOCKS))
    finally:
        await connection.close()


@asynccontextmanager
async def locked(settings: GatewaySettings, table: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table}")
            yield
    finally:
        await connection.close()


async def waiting_in(queue: str, publisher: Publisher) -> int:
    with suppress(BrokerUnavailable):
        return (await publisher.look_at(queue)).waiting
    return 0


async def test_the_process_tells_what_the_broker_says_and_leaves_with_0(
    settings: GatewaySettings, rabbitmq_url: str
) -> None:
    async with (
        ready(settings, rabbitmq_url) as (gateway, client),
        Database(settings.database_url.get_secret_value()) as database,
        Publisher(rabbitmq_url) as publisher,
    ):
        visitor = await Visitor(client).sign_in()
        job = await visitor.new_job()
        async with visitor.listen(f"/v1/jobs/{job['id']}/events") as events:
            await events.told()
            attempt = await Factory(database).run(job["id"])
            async with asyncio.timeout(10):
                while (await events.told(10)).data["event"] != "job.submitted":
                    pass  # the job's creation may be heard before
            progressed = {
                "event_id": str(new_id()),
                "occurred_at": job["created_at"],
                "account_id": (await visitor.account())["id"],
                "job_id": job["id"],
                "seq": 3,
                "stage": "generating",
            }
            await Factory(database).progress(attempt, 40)
            await publisher.publish(
                "job.progressed",
                json.dumps(progressed).encode(),
                message_id=progressed["event_id"],
                correlation_id=job["id"],
                mandatory=False,
            )
            told = await events.told(10)
            assert told.data["job"]["progress"]["percent"] == 40
            metrics = (await client.get(f"{gateway.ops_url}/metrics")).text
            assert "ob_event_streams 1.0" in metrics
            assert (
                'ob_http_requests_total{method="POST",route="/v1/jobs",status="202"} 1.0' in metrics
            )
            leaving = asyncio.create_task(gateway.leave())
            assert await events.next(5) is None
        assert await leaving == 0
        assert UUID(job["id"]) == attempt.job_id
    by_event = {entry["event"]: entry for entry in gateway.logs}
    assert by_event["conveniences of development are on"]["named"] == [
        "guest accounts",
        "development session secret",
    ]
    requests = [entry for entry in gateway.logs if entry["event"] == "request"]
    created = next(entry for entry in requests if entry["route"] == "/v1/jobs")
    assert (created["method"], created["status"]) == ("POST", 202)
    assert created["account_id"]
    assert created["request_id"]


async def test_a_webhooks_token_is_in_no_log(settings: GatewaySettings, rabbitmq_url: str) -> None:
    async with (
        ready(settings, rabbitmq_url) as (gateway, client),
    ):
        for path in ("/hooks/runpod/token-canary", "/hooks/token-canary", "/v1/token-canary"):
            await client.post(path, content=b'{"id": "token-canary"}')
        assert await gateway.leave() == 0
    assert "token-canary" not in json.dumps(gateway.logs)
    routes = [entry["route"] for entry in gateway.logs if entry["event"] == "request"]
    assert "/hooks/runpod/{token}" in routes


async def test_a_webhook_rings_at_the_poller(settings: GatewaySettings, rabbitmq_url: str) -> None:
    queue = route_of(AttemptPollRequested).queue
    assert queue is not None
    async with (
        ready(settings, rabbitmq_url) as (gateway, client),
        Database(settings.database_url.get_secret_value()) as database,
        Publisher(rabbitmq_url) as publisher,
    ):
        job = await (await Visitor(client).sign_in()).new_job()
        await Factory(database).run(job["id"], hashlib.sha256(b"token").digest())
        async with asyncio.timeout(10):
            # A hint to a broker that is not reached yet is lost.
            while not await waiting_in(queue, publisher):
                answer = await client.post("/hooks/runpod/token", content=b"{}")
                assert answer.status_code == 200
                await asyncio.sleep(0.1)
        waiting = await database.rows("SELECT FROM outbox WHERE topic = 'attempt.poll_requested'")
        assert waiting == []
        assert await gateway.leave() == 0


async def test_a_gateway_that_starts_while_the_broker_is_away_accepts_jobs(
    settings: GatewaySettings,
) -> None:
    nowhere = "amqp://nobody:nothing@127.0.0.1:9/"
    async with (
        ready(settings, nowhere) as (gateway, client),
        Database(settings.database_url.get_secret_value()) as database,
    ):
        visitor = await Visitor(client).sign_in()
        job = await visitor.new_job()
        waiting = await database.rows("SELECT topic, payload ->> 'job_id' AS job_id FROM outbox")
        assert [(row["topic"], row["job_id"]) for row in waiting] == [("job.created", job["id"])]
        assert await gateway.leave() == 0


async def test_who_is_told_to_leave_while_it_waits_for_postgres_leaves_with_0(
    settings: GatewaySettings, rabbitmq_url: str
) -> None:
    nowhere = SecretStr(f"postgresql://ob@127.0.0.1:{free_port()}/ob")
    away = settings.model_copy(update={"database_url": nowhere})
    async with started(away, rabbitmq_url) as gateway:
        async with asyncio.timeout(30):
            while not any(line.get("event") == "waiting" for line in gateway.logs):
                await asyncio.sleep(0.05)
        assert await gateway.leave() == 0


async def test_who_is_told_to_leave_while_it_starts_answers_whom_it_has_heard(
    settings: GatewaySettings, rabbitmq_url: str
) -> None:
    async with (
        locked(settings, "alembic_version"),  # which it reads before it is ready
        started(settings, rabbitmq_url) as gateway,
        httpx.AsyncClient(verify=False, trust_env=False) as client,  # noqa: S501 - plain http
    ):
        async with asyncio.timeout(30):
            while not any(line.get("event") == "waiting" for line in gateway.logs):
                await asyncio.sleep(0.05)
        asked = asyncio.create_task(client.get(f"{gateway.ops_url}/health/ready", timeout=60))
        while not asked.done() and await waiting_for_locks(settings) < 2:  # the start, the question
            await asyncio.sleep(0.02)
        assert await gateway.leave() == 0
        answer = await asked
        assert (answer.status_code, "starting" in answer.json()["failing"]) == (503, True)
    assert not [entry for entry in gateway.logs if "exception" in entry]


async def test_a_request_that_outlasts_the_drain_is_told_to_come_again(
    settings: GatewaySettings, rabbitmq_url: str
) -> None:
    async with (
        ready(settings, rabbitmq_url, DRAIN_SECONDS="1") as (gateway, client),
    ):
        await Visitor(client).sign_in()
        upload = client.build_request(
            "POST", "/v1/jobs", files={"prompt": (None, "blue"), "image": b"\0" * 1000}
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(gateway.url).port)
        writer.write(b"POST /v1/jobs HTTP/1.1\r\n")
        writer.writelines(b"%b: %b\r\n" % header for header in upload.headers.raw)
        writer.write(b"\r\n" + upload.read()[:500])
        await writer.drain()
        assert await gateway.leave() == 0
        answer = (await reader.read()).decode()
        writer.close()
    status, body = answer.splitlines()[0], json.loads(answer.splitlines()[-1])
    assert (status, body["code"]) == ("HTTP/1.1 503 Service Unavailable", "service_unavailable")
    assert "retry-after: 5" in answer.splitlines()
    assert not [entry for entry in gateway.logs if "exception" in entry]
