"""The real process over a real broker: start, live events, leaving."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import httpx
import pytest

from gateway.settings import GatewaySettings
from shared.broker.publisher import Publisher
from shared.db.database import Database
from shared.ids import new_id
from test_gateway.rig import Factory, Json, Visitor

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
                    ready = await client.get(f"{self.ops_url}/health/ready")
                    if ready.status_code == 200:
                        with suppress(httpx.HTTPError):
                            await client.get(f"{self.url}/health")
                            return
                await asyncio.sleep(0.1)

    async def leave(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            code = await self.process.wait()
            await self._reading
        return code


@asynccontextmanager
async def started(settings: GatewaySettings, rabbitmq_url: str) -> AsyncIterator[Running]:
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


async def test_the_process_tells_what_the_broker_says_and_leaves_with_0(
    settings: GatewaySettings, rabbitmq_url: str
) -> None:
    async with (
        started(settings, rabbitmq_url) as gateway,
        httpx.AsyncClient(base_url=gateway.url, verify=False, trust_env=False) as client,  # noqa: S501 - plain http
        Database(settings.database_url.get_secret_value()) as database,
        Publisher(rabbitmq_url) as publisher,
    ):
        await gateway.until_ready(client)
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
        started(settings, rabbitmq_url) as gateway,
        httpx.AsyncClient(base_url=gateway.url, verify=False, trust_env=False) as client,  # noqa: S501 - plain http
    ):
        await gateway.until_ready(client)
        for path in ("/hooks/runpod/token-canary", "/hooks/token-canary", "/v1/token-canary"):
            await client.post(path, content=b'{"id": "token-canary"}')
        assert await gateway.leave() == 0
    assert "token-canary" not in json.dumps(gateway.logs)
    routes = [entry["route"] for entry in gateway.logs if entry["event"] == "request"]
    assert "/hooks/runpod/{token}" in routes


async def test_a_gateway_that_starts_while_the_broker_is_away_accepts_jobs(
    settings: GatewaySettings,
) -> None:
    nowhere = "amqp://nobody:nothing@127.0.0.1:9/"
    async with (
        started(settings, nowhere) as gateway,
        httpx.AsyncClient(base_url=gateway.url, verify=False, trust_env=False) as client,  # noqa: S501 - plain http
        Database(settings.database_url.get_secret_value()) as database,
    ):
        await gateway.until_ready(client)
        visitor = await Visitor(client).sign_in()
        job = await visitor.new_job()
        waiting = await database.rows("SELECT topic, payload ->> 'job_id' AS job_id FROM outbox")
        assert [(row["topic"], row["job_id"]) for row in waiting] == [("job.created", job["id"])]
        assert await gateway.leave() == 0
