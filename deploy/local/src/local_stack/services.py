"""Our own processes: the RunPod simulator and the four services, as in production but local."""

import os
import sys
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

from local_stack.credentials import Credentials
from local_stack.places import Places, repository
from local_stack.processes import Process, inherited_environment, run
from local_stack.servers import Servers
from local_stack.settings import StackSettings

BUCKET = "ob-ai-studio"
ENDPOINT_ID = "simulated"
HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 30
PROBE_SECONDS = 2

SIMULATOR_OFFSET = 2
OPS_OFFSETS = {"gateway": 3, "submitter": 4, "poller": 5, "storer": 6}
SIMULATED_MS = {"RUNPOD_SIMULATOR_COLD_START_MS": "500", "RUNPOD_SIMULATOR_EXECUTION_MS": "1000"}
"""Quicker than a real GPU, so that the stack is up soon; the environment may say otherwise."""


@dataclass(slots=True)
class Service:
    """One of our processes.

    Args:
        name: As shown to people.
        module: What `python -m` runs.
        health_url: Answers 200 once the service is ready.
        ports: What it listens on.
        environment: What it is told.
        process: The process, running or not.
    """

    name: str
    module: str
    health_url: str
    ports: list[int]
    process: Process
    environment: dict[str, str] = field(repr=False)

    def start(self) -> None:
        """Start the process; `wait` tells when it is ready."""
        given = inherited_environment(without=tuple(f"{name}_FILE" for name in self.environment))
        self.process.start(
            [sys.executable, "-m", self.module],
            environment=given | self.environment,
            folder=repository(),
        )

    def wait(self) -> None:
        """Wait until the service is ready for work."""
        self.process.wait_until(self.ready, seconds=START_SECONDS)

    def ready(self) -> bool:
        """Ask the service whether it is ready for work."""
        try:
            answer = httpx.get(self.health_url, timeout=PROBE_SECONDS, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == HTTPStatus.OK

    def stop(self) -> bool:
        """Let the service finish what it does, and end it; True when it ran."""
        return self.process.stop(grace_seconds=STOP_SECONDS)


def simulator(settings: StackSettings, places: Places, credentials: Credentials) -> Service:
    """Return the stand-in for RunPod."""
    port = settings.port_base + SIMULATOR_OFFSET
    return Service(
        name="simulator",
        module="runpod_simulator",
        health_url=f"http://{HOST}:{port}/health/live",
        ports=[port],
        process=Process("simulator", places.run, places.logs),
        environment={name: os.environ.get(name, value) for name, value in SIMULATED_MS.items()}
        | {
            "RUNPOD_SIMULATOR_HOST": HOST,
            "RUNPOD_SIMULATOR_PORT": str(port),
            "RUNPOD_API_KEY": credentials.runpod_api_key,
            "RUNPOD_ENDPOINT_ID": ENDPOINT_ID,
        },
    )


def services(
    settings: StackSettings, places: Places, servers: Servers, credentials: Credentials
) -> list[Service]:
    """Return gateway, submitter, poller and storer."""
    shared = pipeline_environment(settings, servers, credentials)
    own_ports = {"gateway": [settings.studio_port]}
    return [
        Service(
            name=name,
            module=name,
            health_url=f"http://{HOST}:{settings.port_base + offset}/health/ready",
            ports=[*own_ports.get(name, []), settings.port_base + offset],
            process=Process(name, places.run, places.logs),
            environment=shared | {"OPS_PORT": str(settings.port_base + offset)},
        )
        for name, offset in OPS_OFFSETS.items()
    ]


def pipeline_environment(
    settings: StackSettings, servers: Servers, credentials: Credentials
) -> dict[str, str]:
    """Return the variables that the README lists, for this installation."""
    return {
        "PROFILE": "development",
        "DATABASE_URL": servers.postgres.url,
        "RABBITMQ_URL": servers.rabbitmq.url,
        "R2_ENDPOINT_URL": servers.s3.url,
        "R2_PUBLIC_ENDPOINT_URL": servers.s3.url,
        "R2_ACCESS_KEY_ID": credentials.s3_access_key,
        "R2_SECRET_ACCESS_KEY": credentials.s3_secret_key,
        "R2_BUCKET": BUCKET,
        "RUNPOD_API_KEY": credentials.runpod_api_key,
        "RUNPOD_ENDPOINT_ID": ENDPOINT_ID,
        "RUNPOD_BASE_URL": f"http://{HOST}:{settings.port_base + SIMULATOR_OFFSET}/v2",
        "PUBLIC_BASE_URL": settings.studio_url,
        "HOST": HOST,
        "OPS_HOST": HOST,
        "PORT": str(settings.studio_port),
        "SESSION_SECRET": credentials.session_secret,
        "STUDIO_DIR": str(repository() / "frontend" / "dist"),
    }


def set_up(environment: dict[str, str]) -> None:
    """Migrate the database, declare the broker's topology and make the bucket."""
    run(
        *(sys.executable, "-m", "shared.operator", "setup"),
        environment=os.environ | environment,
        folder=repository(),
    )
