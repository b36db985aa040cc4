"""A gateway as the process that production runs, on free ports, with its log in a file."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from e2e.stack import free_port

from gateway.settings import GatewaySettings
from security.store import make_bucket

START_SECONDS = 60
STOP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class GatewayProcess:
    """A gateway that answers."""

    port: int
    ops_port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def metrics(self) -> str:
        """Return what it says of itself to operators."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{self.ops_port}/metrics")
        return answer.raise_for_status().text


@asynccontextmanager
async def gateway_process(
    settings: GatewaySettings, folder: Path, **environment: str
) -> AsyncIterator[GatewayProcess]:
    """Start a gateway and its bucket, and end it with SIGTERM; `environment` is on top."""
    await make_bucket(settings)
    gateway = GatewayProcess(free_port(), free_port(), folder / "gateway.log")
    with gateway.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gateway",
            env=_environment(settings, gateway) | environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        await _until_ready(gateway, process)
        yield gateway
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _environment(settings: GatewaySettings, gateway: GatewayProcess) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "RABBITMQ_URL": settings.rabbitmq_url.get_secret_value(),
        "R2_ENDPOINT_URL": settings.r2_endpoint_url,
        "R2_ACCESS_KEY_ID": settings.r2_access_key_id.get_secret_value(),
        "R2_SECRET_ACCESS_KEY": settings.r2_secret_access_key.get_secret_value(),
        "R2_BUCKET": settings.r2_bucket,
        "SESSION_SECRET": settings.session_secret.get_secret_value(),
        "GUEST_FREE_CREDITS": str(settings.guest_free_credits),
        "JOB_PRICE_CREDITS": str(settings.job_price_credits),
        "MAX_OPEN_JOBS": str(settings.max_open_jobs),
        "JOBS_PER_MINUTE": str(settings.jobs_per_minute),
        "PORT": str(gateway.port),
        "OPS_PORT": str(gateway.ops_port),
    }


async def _until_ready(gateway: GatewayProcess, process: asyncio.subprocess.Process) -> None:
    async with (
        asyncio.timeout(START_SECONDS),
        httpx.AsyncClient(base_url=gateway.url, trust_env=False) as client,
    ):
        while True:
            assert process.returncode is None, gateway.log.read_text(encoding="utf-8")[-3000:]
            try:
                if (await client.get("/health")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
