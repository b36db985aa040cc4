"""Postgres, RabbitMQ and the object store of a run, and what can be done to them."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aio_pika
import asyncpg
import httpx

from local_stack.credentials import Credentials
from local_stack.places import LOCAL_FOLDER, Places, repository
from local_stack.processes import Identity
from local_stack.servers import ServerPorts, Servers

HEALTHY_WATERMARK = "0.4"
NO_MEMORY_WATERMARK = "0.00001"
POSTGRES_NAME = "postgres"


@dataclass
class ChaosServers:
    """The servers, with one lock for each so that two faults never restart the same at once."""

    places: Places
    ports: ServerPorts = field(default_factory=ServerPorts.random)
    credentials: Credentials = field(default_factory=Credentials.random)
    broker_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    database_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.servers = Servers(self.places, self.ports, self.credentials, durable=True)

    @classmethod
    def below(cls, folder: Path) -> "ChaosServers":
        """Return servers that keep their data below a folder."""
        cache = repository() / LOCAL_FOLDER / "cache"
        return cls(Places(home=folder, cache=cache))

    async def start(self) -> None:
        """Start all three."""
        await asyncio.to_thread(self.servers.start)

    async def stop(self) -> None:
        """End all three at once and delete their data."""
        await asyncio.to_thread(self.servers.stop, kill=True)
        await asyncio.to_thread(self.servers.delete)

    @property
    def database_url(self) -> str:
        """Where Postgres answers, not through a proxy."""
        return self.servers.postgres.url

    @property
    def rabbitmq_url(self) -> str:
        """Where RabbitMQ answers, not through a proxy."""
        return self.servers.rabbitmq.url

    async def kill_broker(self, *, wiped: bool = False) -> None:
        """Kill -9 and start again, with nothing left if `wiped`."""
        async with self.broker_lock:
            await asyncio.to_thread(self._kill_broker, wiped)

    def _kill_broker(self, wiped: bool) -> None:
        rabbitmq = self.servers.rabbitmq
        rabbitmq.stop(kill=True)
        if wiped:
            rabbitmq.delete()
        rabbitmq.start()

    async def stop_broker(self, seconds: float) -> None:
        """Stop it in an orderly way, and start it again after a while."""
        async with self.broker_lock:
            await asyncio.to_thread(self.servers.rabbitmq.stop)
            await asyncio.sleep(seconds)
            await asyncio.to_thread(self.servers.rabbitmq.start)

    async def alarm_broker(self, seconds: float) -> None:
        """Let it run out of memory, as it sees it: publishers are blocked."""
        async with self.broker_lock:
            await asyncio.to_thread(self._set_watermark, NO_MEMORY_WATERMARK)
            try:
                await asyncio.sleep(seconds)
            finally:
                await asyncio.to_thread(self._set_watermark, HEALTHY_WATERMARK)

    def _set_watermark(self, fraction: str) -> None:
        self.servers.rabbitmq.control("set_vm_memory_high_watermark", fraction)

    async def consumer_count(self, queue: str) -> int:
        """Return how many consumers a queue has now; the management interface knows seconds later.

        Raises:
            AMQPError, OSError, TimeoutError: the broker does not tell.
        """
        async with await aio_pika.connect(self.rabbitmq_url, timeout=5) as connection:
            channel = await connection.channel()
            declared = await channel.declare_queue(queue, passive=True)
            return declared.declaration_result.consumer_count or 0

    async def queue_counts(self) -> dict[str, int]:
        """Return how many messages lie in each queue that is not empty, being delivered or not."""
        return {q["name"]: q["messages"] for q in await self._queues() if q.get("messages")}

    async def _queues(self) -> list[dict[str, Any]]:
        url = f"{self.servers.rabbitmq.management_url}/api/queues"
        async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
            queues: list[dict[str, Any]] = (await http.get(url)).raise_for_status().json()
            return queues

    async def delete_queue(self, name: str) -> None:
        """Delete a queue with its consumers and messages."""
        url = self.servers.rabbitmq.management_url
        async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
            await http.delete(f"{url}/api/queues/%2F/{quote(name, safe='')}")

    async def kill_database_backend(self) -> None:
        """Kill -9 one connection's process: Postgres then restarts all of them."""
        pids = [
            pid for pid in self._database_backends() if _says(pid, "idle") or _says(pid, "UPDATE")
        ]
        if pids:
            with suppress(ProcessLookupError):
                os.kill(pids[0], signal.SIGKILL)

    def _database_backends(self) -> list[int]:
        identity = self.servers.postgres.process.identity
        return [] if identity is None else _children(identity.pid)

    async def restart_database(self) -> None:
        """Stop it at once, as in a crash, and start it again."""
        async with self.database_lock:
            await asyncio.to_thread(self._restart_database)

    def _restart_database(self) -> None:
        postgres = self.servers.postgres
        postgres.stop(kill=True)
        postgres.start()

    async def pause_database(self, seconds: float) -> None:
        """Let no process of Postgres run for a while."""
        async with self.database_lock:
            identity = self.servers.postgres.process.identity
            if identity is None:
                return
            stopped = [identity.pid, *_children(identity.pid)]
            _signal_all(stopped, signal.SIGSTOP)
            try:
                await asyncio.sleep(seconds)
            finally:
                _signal_all(stopped, signal.SIGCONT)

    async def fill_database(self, seconds: float) -> None:
        """Take every connection that is left, and give them back after a while."""
        taken: list[asyncpg.Connection[asyncpg.Record]] = []
        async with self.database_lock:
            try:
                with suppress(asyncpg.PostgresError, OSError, TimeoutError):
                    while True:
                        taken.append(await asyncpg.connect(self.database_url, timeout=5))
                await asyncio.sleep(seconds)
            finally:
                for connection in taken:
                    connection.terminate()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Open one connection to the database, for looking."""
        connection = await asyncpg.connect(self.database_url, timeout=30, command_timeout=120)
        try:
            yield connection
        finally:
            await connection.close(timeout=10)


def remove(folder: Path) -> None:
    """Delete a run's folder."""
    shutil.rmtree(folder, ignore_errors=True)


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:
        return []


def _says(pid: int, word: str) -> bool:
    """Say whether a Postgres process's title has a word in it."""
    try:
        return word in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def _signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        if Identity.of(pid) is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
