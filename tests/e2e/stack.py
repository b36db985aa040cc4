"""All services and the simulator as processes of their own, on free ports, for one test session."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import httpx

from local_stack.ports import reserve
from shared.settings import StorageSettings
from shared.storage.r2 import R2Settings

SERVICES = ("gateway", "submitter", "poller", "storer")
SIMULATOR = "runpod_simulator"
TIME_SCALE = 0.1
START_SECONDS = 60.0
STOP_SECONDS = 40.0
RUNPOD_API_KEY = "canary-runpod-key-3f9a1c"
SESSION_SECRET = "canary-session-secret-77b0e2d4c6a8"


def free_port() -> int:
    """Return a port for a server that is started later; nobody else is given it meanwhile."""
    return reserve(1)[0]


@dataclass(frozen=True)
class Addresses:
    """The servers that a stack stands on."""

    database_url: str
    rabbitmq_url: str
    s3_url: str
    s3_access_key: str
    s3_secret_key: str
    bucket: str


@dataclass
class Process:
    """One process of the stack."""

    name: str
    popen: subprocess.Popen[bytes]
    health_url: str
    log: Path

    def wait_ready(self) -> None:
        """Wait until it says that it is ready; show its log when it does not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.popen.poll() is not None:
                break
            try:
                if httpx.get(self.health_url, timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        tail = self.log.read_text(encoding="utf-8")[-3000:]
        message = f"{self.name} did not become ready:\n{tail}"
        raise RuntimeError(message)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.popen.kill()
        self.popen.wait()

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(STOP_SECONDS)


UNLIMITED: Final = {"MAX_OPEN_JOBS": "0", "JOBS_PER_MINUTE": "0"}
"""For stacks in which a few accounts ask for more than any person would."""


@dataclass
class Stack:
    """The running product."""

    addresses: Addresses
    folder: Path
    studio_dir: Path
    extra_environment: dict[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    gateway_port: int = field(default_factory=free_port)
    simulator_port: int = field(default_factory=free_port)
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.gateway_port}"
        self.simulator_url = f"http://127.0.0.1:{self.simulator_port}"
        self.environment = self._environment()
        self.http = httpx.Client(
            timeout=30, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def _environment(self) -> dict[str, str]:
        at = self.addresses
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "DATABASE_URL": at.database_url,
            "RABBITMQ_URL": at.rabbitmq_url,
            "R2_ENDPOINT_URL": at.s3_url,
            "R2_ACCESS_KEY_ID": at.s3_access_key,
            "R2_SECRET_ACCESS_KEY": at.s3_secret_key,
            "R2_BUCKET": at.bucket,
            "RUNPOD_API_KEY": RUNPOD_API_KEY,
            "RUNPOD_ENDPOINT_ID": "e2e",
            "RUNPOD_BASE_URL": f"{self.simulator_url}/v2",
            "RUNPOD_SIMULATOR_PORT": str(self.simulator_port),
            "RUNPOD_SIMULATOR_DELAY_MS": "50",
            "RUNPOD_SIMULATOR_EXECUTION_MS": "300",
            "RUNPOD_SIMULATOR_COLD_START_MS": "300",
            "PUBLIC_BASE_URL": self.url,
            "PORT": str(self.gateway_port),
            "SESSION_SECRET": SESSION_SECRET,
            "STUDIO_DIR": str(self.studio_dir),
            "TIME_SCALE": str(TIME_SCALE),
        }
        return environment | self.extra_environment

    @property
    def storage(self) -> R2Settings:
        """Return how to reach the stack's bucket."""
        at = self.addresses
        return R2Settings.from_settings(
            StorageSettings.model_validate(
                {
                    "r2_endpoint_url": at.s3_url,
                    "r2_access_key_id": at.s3_access_key,
                    "r2_secret_access_key": at.s3_secret_key,
                    "r2_bucket": at.bucket,
                }
            )
        )

    def __enter__(self) -> Self:
        subprocess.run(
            [sys.executable, "-m", "shared.operator", "setup"], env=self.environment, check=True
        )
        try:
            started = [self.spawn(name) for name in (SIMULATOR, *SERVICES)]
            for process in started:
                process.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        for process in reversed(self.processes):
            if process.popen.poll() is None:
                process.popen.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.popen.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def spawn(self, name: str, environment: dict[str, str] | None = None) -> Process:
        """Start one more process of a service, without waiting for it."""
        ops_port = free_port()
        log = self.folder / f"{name}-{len(self.processes)}.log"
        with log.open("wb") as sink:
            popen = subprocess.Popen(
                [sys.executable, "-m", name],
                env=self.environment | {"OPS_PORT": str(ops_port)} | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        health = (
            f"{self.simulator_url}/health/live"
            if name == SIMULATOR
            else f"http://127.0.0.1:{ops_port}/health/ready"
        )
        process = Process(name, popen, health, log)
        self.processes.append(process)
        return process

    def running(self, name: str) -> list[Process]:
        """Return the processes of a service that live."""
        return [p for p in self.processes if p.name == name and p.popen.poll() is None]

    def logs(self) -> str:
        """Return everything that the services wrote."""
        return "\n".join(
            p.log.read_text(encoding="utf-8") for p in self.processes if p.name != SIMULATOR
        )

    def faults(self, **faults: dict[str, Any]) -> None:
        """Let things go wrong at RunPod; what went wrong before is over."""
        self.http.put(f"{self.simulator_url}/_sim/faults", json=faults).raise_for_status()

    def change_faults(self, **faults: dict[str, Any] | None) -> None:
        """Let some other things go wrong as well; jobs that are held stay so."""
        self.http.patch(f"{self.simulator_url}/_sim/faults", json=faults).raise_for_status()

    @contextmanager
    def jobs_unfinished(self) -> Iterator[None]:
        """Keep jobs running at RunPod until the block ends: who is slow still sees them run."""
        self.change_faults(stuck_in_progress={})
        try:
            yield
        finally:
            self.change_faults(stuck_in_progress=None)

    def timings(self, **timings: float) -> None:
        """Change how long RunPod takes."""
        self.http.patch(f"{self.simulator_url}/_sim/timings", json=timings).raise_for_status()

    def submissions(self, match: str) -> list[dict[str, Any]]:
        """Return everything that RunPod was ever sent that holds a text."""
        answer = self.http.get(f"{self.simulator_url}/_sim/jobs", params={"match": match})
        entries: list[dict[str, Any]] = answer.raise_for_status().json()
        return entries
