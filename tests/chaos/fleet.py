"""The product under chaos: two of each service, a proxy on every edge, and a supervisor.

The supervisor does what an orchestrator would: whatever dies is started again.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
from e2e.stack import UNLIMITED
from proxy import TcpProxy

from chaos.schedule import EDGES, REPLICAS, SERVICES
from chaos.servers import ChaosServers
from chaos.store_front import StoreFront
from local_stack.ports import reserve

SIMULATOR: Final = "runpod"
SIMULATOR_MODULE: Final = "runpod_simulator"
BUCKET: Final = "chaos"
ENDPOINT_ID: Final = "chaos"
RESPAWN_SECONDS: Final = 0.5
READY_SECONDS: Final = 120.0
DRAIN_SECONDS: Final = 45.0
RICH_CREDITS: Final = 1_000_000
POOR_CREDITS: Final = 4

CANARIES: Final = {
    "RUNPOD_API_KEY": "canary-runpod-key-5b1e77a0c3",
    "SESSION_SECRET": "canary-session-secret-90f2ad1b6c7e4835",
}
"""Secrets that must turn up nowhere."""


@dataclass(frozen=True, slots=True)
class Exit:
    """A process that ended: who, when, and whether somebody meant it."""

    name: str
    at: float
    code: int
    wanted: bool


@dataclass
class Replica:
    """One process of a service, started again and again under the same name."""

    name: str
    module: str
    environment: dict[str, str]
    health_url: str
    log: Path
    extra_environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    leaving: bool = False
    """Whether its end is wanted, so that the supervisor leaves it to whoever wants it."""

    def spawn(self) -> None:
        """Start it."""
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                env=self.environment | self.extra_environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether it runs, or is stopped by a signal."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it alone."""
        if self.process is not None and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, number)


class Fleet:
    """Servers, front, proxies, simulator and services of one run.

    Args:
        folder: for data, logs and ledgers.
        time_scale: of the pipeline's timers.
        source_folders: sources to run in place of the installed ones, for broken builds.
        seed: of the proxies' and the front's own chances.
    """

    def __init__(
        self,
        folder: Path,
        *,
        time_scale: float,
        source_folders: tuple[Path, ...] = (),
        seed: int = 0,
    ) -> None:
        self.folder = folder
        self.time_scale = time_scale
        self.servers = ChaosServers.below(folder)
        self.store = StoreFront(self.servers.servers.s3.url, folder / "store.jsonl", seed=seed)
        self.runpod_ledger = folder / "runpod.jsonl"
        self.proxies: dict[str, TcpProxy] = {}
        self.replicas: dict[str, Replica] = {}
        self.exits: list[Exit] = []
        self._source_folders = source_folders
        self._seed = seed
        self._opened = AsyncExitStack()
        self._supervisor: asyncio.Task[None] | None = None
        self._started: set[str] = set()

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _open(self) -> None:
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        self._opened.push_async_callback(self.servers.stop)
        await self.servers.start()
        await self._opened.enter_async_context(self.store)
        ports = reserve(2 * REPLICAS * len(SERVICES) + 1)
        self.simulator_url = f"http://127.0.0.1:{ports[0]}"
        gateways = ports[1 : 1 + REPLICAS]
        self.gateway_urls = [f"http://127.0.0.1:{port}" for port in gateways]
        ops_ports = iter(ports[1 + REPLICAS :])
        hooks = await self._proxy("runpod>hooks", self.gateway_urls[0])
        self._opened.push_async_callback(self._stop_replicas)
        self._add(
            SIMULATOR,
            SIMULATOR_MODULE,
            self._simulator_environment(ports[0]),
            self.simulator_url + "/health/live",
        )
        for service in SERVICES:
            for number in range(REPLICAS):
                name = f"{service}-{number}"
                ops_port = next(ops_ports)
                environment = await self._service_environment(name, hooks) | {
                    "OPS_PORT": str(ops_port)
                }
                if service == "gateway":
                    environment["PORT"] = str(gateways[number])
                    environment |= UNLIMITED
                    environment["GUEST_FREE_CREDITS"] = str(
                        POOR_CREDITS if number else RICH_CREDITS
                    )
                self._add(name, service, environment, f"http://127.0.0.1:{ops_port}/health/ready")
        await self._set_up()
        for replica in self.replicas.values():
            replica.spawn()
        await asyncio.gather(*(self.wait_ready(name) for name in self.replicas))
        self._supervisor = asyncio.create_task(self._supervise())

    async def __aexit__(self, *_: object) -> None:
        if self._supervisor is not None:
            self._supervisor.cancel()
        await self._opened.aclose()

    def _add(self, name: str, module: str, environment: dict[str, str], health_url: str) -> None:
        log = self.folder / "logs" / f"{name}.log"
        self.replicas[name] = Replica(name, module, environment, health_url, log)

    async def _proxy(self, edge: str, url: str) -> str:
        """Put a proxy in front of a server and return the server's URL through it."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        proxy = TcpProxy(parts.hostname, parts.port, seed=self._seed)
        await self._opened.enter_async_context(proxy)
        self.proxies[edge] = proxy
        user = f"{parts.username}:{parts.password}@" if parts.username else ""
        return urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{proxy.port}"))

    def _base_environment(self) -> dict[str, str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "TIME_SCALE": str(self.time_scale),
            "RUNPOD_ENDPOINT_ID": ENDPOINT_ID,
        }
        if self._source_folders:
            environment["PYTHONPATH"] = os.pathsep.join(map(str, self._source_folders))
        return environment | CANARIES

    def _simulator_environment(self, port: int) -> dict[str, str]:
        return self._base_environment() | {
            "RUNPOD_SIMULATOR_PORT": str(port),
            "RUNPOD_SIMULATOR_DELAY_MS": "50",
            "RUNPOD_SIMULATOR_EXECUTION_MS": "200",
            "RUNPOD_SIMULATOR_COLD_START_MS": "300",
            "RUNPOD_SIMULATOR_WORKERS": "8",
            "RUNPOD_SIMULATOR_SEED": str(self._seed),
            "RUNPOD_SIMULATOR_LEDGER_FILE": str(self.runpod_ledger),
        }

    async def _service_environment(self, name: str, hooks_url: str) -> dict[str, str]:
        servers = self.servers
        urls = {
            "postgres": servers.database_url,
            "rabbitmq": servers.rabbitmq_url,
            "s3": f"http://127.0.0.1:{self.store.port}",
            "runpod": self.simulator_url,
        }
        through = dict(urls)
        for server in EDGES[name.rpartition("-")[0]]:
            through[server] = await self._proxy(f"{name}>{server}", urls[server])
        return self._base_environment() | {
            "DATABASE_URL": through["postgres"],
            "RABBITMQ_URL": through["rabbitmq"],
            "R2_ENDPOINT_URL": through["s3"],
            "R2_PUBLIC_ENDPOINT_URL": servers.servers.s3.url,
            "R2_ACCESS_KEY_ID": servers.credentials.s3_access_key,
            "R2_SECRET_ACCESS_KEY": servers.credentials.s3_secret_key,
            "R2_BUCKET": BUCKET,
            "RUNPOD_BASE_URL": f"{through['runpod']}/v2",
            "PUBLIC_BASE_URL": hooks_url,
        }

    async def _set_up(self) -> None:
        servers = self.servers
        environment = self._base_environment() | {
            "DATABASE_URL": servers.database_url,
            "RABBITMQ_URL": servers.rabbitmq_url,
            "R2_ENDPOINT_URL": servers.servers.s3.url,
            "R2_ACCESS_KEY_ID": servers.credentials.s3_access_key,
            "R2_SECRET_ACCESS_KEY": servers.credentials.s3_secret_key,
            "R2_BUCKET": BUCKET,
        }
        command = [sys.executable, "-m", "shared.operator", "setup"]
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        if await process.wait():
            raise RuntimeError("the set-up step failed")

    async def wait_ready(self, name: str, seconds: float = READY_SECONDS) -> bool:
        """Wait until a replica says that it is ready; False when it does not in time."""
        replica = self.replicas[name]
        deadline = monotonic() + seconds
        async with httpx.AsyncClient(trust_env=False, timeout=3) as http:
            while monotonic() < deadline:
                with suppress(httpx.HTTPError):
                    if (await http.get(replica.health_url)).status_code == httpx.codes.OK:
                        return True
                await asyncio.sleep(0.1)
        return False

    def kill(self, name: str) -> None:
        """End a replica as a power cut would; the supervisor starts it again."""
        self.replicas[name].signal(signal.SIGKILL)

    async def pause(self, name: str, seconds: float) -> None:
        """Let a replica sleep through everything, and go on as if nothing had been."""
        process = self.replicas[name].process
        self.replicas[name].signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            if process is not None and process.poll() is None:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGCONT)

    async def roll(self, service: str) -> None:
        """Ask each replica to leave, one after the other, and wait for its successor."""
        for number in range(REPLICAS):
            await self.replace(f"{service}-{number}")

    async def replace(self, name: str, extra_environment: Mapping[str, str] | None = None) -> None:
        """Ask a replica to leave and start it again, with other variables if given."""
        replica = self.replicas[name]
        if replica.leaving:
            return
        replica.leaving = True
        try:
            replica.signal(signal.SIGTERM)
            if not await self._gone(replica, DRAIN_SECONDS):
                replica.signal(signal.SIGKILL)
                await self._gone(replica, DRAIN_SECONDS)
            self._note_exit(replica, wanted=True)
            replica.extra_environment = dict(extra_environment or {})
            replica.spawn()
        finally:
            replica.leaving = False
        await self.wait_ready(name, READY_SECONDS)

    async def _gone(self, replica: Replica, seconds: float) -> bool:
        deadline = monotonic() + seconds
        while replica.alive:
            if monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    async def _supervise(self) -> None:
        while True:
            for replica in self.replicas.values():
                if not replica.leaving and not replica.alive:
                    self._note_exit(replica, wanted=False)
                    replica.leaving = True
                    self._respawn_soon(replica)
            await asyncio.sleep(0.1)

    def _respawn_soon(self, replica: Replica) -> None:
        def respawn() -> None:
            replica.spawn()
            replica.leaving = False

        asyncio.get_running_loop().call_later(RESPAWN_SECONDS, respawn)

    def _note_exit(self, replica: Replica, *, wanted: bool) -> None:
        if replica.process is not None and (code := replica.process.poll()) is not None:
            self.exits.append(Exit(replica.name, monotonic(), code, wanted))

    async def _stop_replicas(self) -> None:
        for replica in self.replicas.values():
            replica.leaving = True
            replica.signal(signal.SIGCONT)
            replica.signal(signal.SIGTERM)
        for replica in self.replicas.values():
            if not await self._gone(replica, DRAIN_SECONDS):
                replica.signal(signal.SIGKILL)
                await self._gone(replica, DRAIN_SECONDS)
