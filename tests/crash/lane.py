"""A whole product for the crash suite: woven services that are started again when they die."""

import asyncio
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import aio_pika
import asyncpg
import httpx
from aio_pika.abc import AbstractChannel
from backends import Backends
from e2e.stack import (
    RUNPOD_API_KEY,
    SERVICES,
    SESSION_SECRET,
    SIMULATOR,
    UNLIMITED,
    Addresses,
    Stack,
    free_port,
)
from failpoints.entry import FOLDER_VARIABLE
from failpoints.layer import Switchboard

from crash.nursery import Child, Nursery, python_path
from shared.broker.topology import queues
from shared.db.database import Database
from shared.errors import StorageUnavailable
from shared.storage.r2 import R2Objects

TIME_SCALE: Final = 0.02
START_SECONDS: Final = 60.0
TIMINGS: Final = {"delay_ms": 10, "execution_ms": 60, "cold_start_ms": 30, "workers": 3}
STORE_TRIES: Final = 5
LOOK_SECONDS: Final = 0.05
Answer = TypeVar("Answer")

ENDED_BY_US: Final = frozenset({-signal.SIGKILL})


def _with_path(url: str, path: str) -> str:
    return urlsplit(url)._replace(path=f"/{path}").geturl()


async def _addresses(backends: Backends, name: str) -> Addresses:
    connection = await asyncpg.connect(backends.database_url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    broker = urlsplit(backends.rabbitmq_url)
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.put(
            f"{backends.rabbitmq_management_url}/api/vhosts/{name}",
            auth=(broker.username or "", broker.password or ""),
        )
        answer.raise_for_status()
    return Addresses(
        database_url=_with_path(backends.database_url, name),
        rabbitmq_url=_with_path(backends.rabbitmq_url, name),
        s3_url=backends.s3_url,
        s3_access_key=backends.s3_access_key,
        s3_secret_key=backends.s3_secret_key,
        bucket=name,
    )


@dataclass
class Lane:
    """One product, with a way behind each of its scenes."""

    stack: Stack
    nursery: Nursery
    board: Switchboard
    database: Database
    objects: R2Objects
    broker: AbstractChannel
    simulator: httpx.AsyncClient
    restarts: int = 0
    accidents: list[str] = field(default_factory=list)
    """Processes that ended though nobody killed them."""
    _ports: dict[str, int] = field(default_factory=dict)
    _children: dict[str, Child] = field(default_factory=dict)
    _keepers: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def open(cls, backends: Backends, folder: Path) -> AsyncIterator[Self]:
        """Set a product up on servers that run, and start it."""
        await asyncio.to_thread(folder.mkdir, parents=True)
        addresses = await _addresses(backends, f"crash-{uuid.uuid4().hex[:12]}")
        board = Switchboard(folder / "failpoints")
        stack = Stack(
            addresses,
            folder,
            folder,
            {
                "STUDIO_DIR": "",
                "TIME_SCALE": str(TIME_SCALE),
                "GUEST_FREE_CREDITS": "1000",
                **UNLIMITED,
                "PYTHONPATH": python_path(),
                "BUCKET_ENDPOINT_URL": f"{addresses.s3_url}/{addresses.bucket}",
                "BUCKET_ACCESS_KEY_ID": addresses.s3_access_key,
                "BUCKET_SECRET_ACCESS_KEY": addresses.s3_secret_key,
                "RUNPOD_RESULT_ORIGINS": addresses.s3_url,
            },
        )
        setup = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shared.operator", "setup", env=stack.environment
        )
        assert await setup.wait() == 0
        async with AsyncExitStack() as opened:
            nursery = await opened.enter_async_context(Nursery.open(folder / "nursery.log"))
            database = Database(addresses.database_url, max_connections=3)
            await opened.enter_async_context(database)
            objects = await opened.enter_async_context(R2Objects(stack.storage))
            connection = await aio_pika.connect(addresses.rabbitmq_url)
            await opened.enter_async_context(connection)
            simulator = await opened.enter_async_context(
                httpx.AsyncClient(
                    base_url=stack.simulator_url,
                    timeout=10,
                    trust_env=False,
                    limits=httpx.Limits(max_keepalive_connections=0),
                )
            )
            self = cls(
                stack, nursery, board, database, objects, await connection.channel(), simulator
            )
            opened.push_async_callback(self._close)
            await asyncio.gather(*(self.start(name) for name in (SIMULATOR, *SERVICES)))
            yield self

    async def start(self, service: str) -> None:
        """Start a service, start it again whenever it dies, and wait until it is ready."""
        self._keepers[service] = asyncio.create_task(self._keep(service))
        await self.until_ready(service)

    async def kill(self, service: str) -> None:
        """End a service as a power cut would, for as long as nobody starts it."""
        self._keepers.pop(service).cancel()
        child = self._children.pop(service)
        child.signal(signal.SIGKILL)
        await child.ended.wait()

    async def until_ready(self, service: str) -> None:
        """Wait until a service says that it is ready."""
        async with (
            asyncio.timeout(START_SECONDS),
            httpx.AsyncClient(timeout=5, trust_env=False) as http,
        ):
            while not await self._is_ready(http, service):
                await asyncio.sleep(LOOK_SECONDS)

    async def _is_ready(self, http: httpx.AsyncClient, service: str) -> bool:
        if service == SIMULATOR:
            url = f"{self.stack.simulator_url}/health/live"
        else:
            url = f"http://127.0.0.1:{self._port(service)}/health/ready"
        try:
            return (await http.get(url)).is_success
        except httpx.TransportError:
            return False

    def _port(self, service: str) -> int:
        return self._ports.setdefault(service, free_port())

    async def _keep(self, service: str) -> None:
        """Be the orchestrator: a process that has ended is replaced."""
        woven = {} if service == SIMULATOR else {FOLDER_VARIABLE: str(self.board.folder)}
        environment = self.stack.environment | woven | {"OPS_PORT": str(self._port(service))}
        log = self.stack.folder / f"{service}.log"
        while True:
            child = await self.nursery.spawn(service, environment, log)
            self._children[service] = child
            await child.ended.wait()
            self.restarts += 1
            if child.status not in ENDED_BY_US:
                self.accidents.append(f"{service} ended with {child.status}")

    async def _close(self) -> None:
        for keeper in self._keepers.values():
            keeper.cancel()
        ending = [child for child in self._children.values() if not child.ended.is_set()]
        for child in ending:
            child.signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            await asyncio.gather(*(child.ended.wait() for child in ending))

    async def faults(self, **faults: dict[str, Any]) -> None:
        """Let things go wrong at RunPod; what went wrong before is over."""
        (await self.simulator.put("/_sim/faults", json=faults)).raise_for_status()

    def secrets(self) -> dict[str, str]:
        """Return what must stand in no log, by name."""
        at = self.stack.addresses
        return {
            "RunPod's key": RUNPOD_API_KEY,
            "session secret": SESSION_SECRET,
            "database password": urlsplit(at.database_url).password or "",
            "broker password": urlsplit(at.rabbitmq_url).password or "",
        }

    async def store(self, call: Callable[[R2Objects], Awaitable[Answer]]) -> Answer:
        """Ask the object store, patiently: on a busy machine it does not always answer at once."""
        for _ in range(STORE_TRIES):
            with suppress(StorageUnavailable):
                return await call(self.objects)
            await asyncio.sleep(LOOK_SECONDS)
        return await call(self.objects)

    async def healthy(self) -> None:
        """Let RunPod be as it should."""
        await self.faults()
        await self.simulator_patch("timings", TIMINGS)
        await self.simulator_patch("modes", {"output": "base64"})

    async def simulator_patch(self, what: str, values: object) -> None:
        """Change the simulator's `timings` or `modes`."""
        (await self.simulator.patch(f"/_sim/{what}", json=values)).raise_for_status()

    async def submissions(self, prompt: str) -> list[dict[str, Any]]:
        """Return everything that RunPod was ever sent that holds a text."""
        answer = await self.simulator.get("/_sim/jobs", params={"match": prompt})
        entries: list[dict[str, Any]] = answer.raise_for_status().json()
        return entries

    async def waiting_messages(self) -> dict[str, int]:
        """Return how many messages wait in each queue that holds any."""
        found = {}
        for spec in queues():
            queue = await self.broker.declare_queue(spec.name, passive=True)
            if queue.declaration_result.message_count:
                found[spec.name] = queue.declaration_result.message_count
        return found

    async def purge(self, queue: str) -> None:
        """Lose every message of a queue."""
        await (await self.broker.declare_queue(queue, passive=True)).purge()

    async def put_message(self, queue: str, body: bytes) -> None:
        """Put a message into a queue, whatever it is."""
        await self.broker.default_exchange.publish(aio_pika.Message(body), queue)
