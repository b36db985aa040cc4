"""Holds the servers of one test run: `backend_keeper.py RUN_FOLDER`.

It ends on SIGTERM, or when the test run that it serves has ended without a word.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import docker  # type: ignore[import-untyped]  # has no types
from backends import Backends, TestRun
from docker.errors import DockerException  # type: ignore[import-untyped]  # has no types

from local_stack.credentials import Credentials
from local_stack.places import LOCAL_FOLDER, Places, repository
from local_stack.processes import Identity, Process
from local_stack.servers import ServerPorts, Servers

POSTGRES_IMAGE = "postgres:17-alpine"
RABBITMQ_IMAGE = "rabbitmq:4-management"
S3_IMAGE = "ob-ai-studio/s3:local"
REAPER_IMAGE = "testcontainers/ryuk:0.8.1"
S3_PORT = 9000
MANAGEMENT_PORT = 15672
POLL_SECONDS = 0.2


@contextmanager
def from_environment() -> Iterator[Backends]:
    """Use servers that somebody else runs."""
    given = os.environ
    yield Backends(
        database_url=given["TEST_DATABASE_URL"],
        rabbitmq_url=given["TEST_AMQP_URL"],
        rabbitmq_management_url=given["TEST_RABBITMQ_MANAGEMENT_URL"],
        s3_url=given["TEST_S3_URL"],
        s3_access_key=given.get("TEST_S3_ACCESS_KEY", "test"),
        s3_secret_key=given.get("TEST_S3_SECRET_KEY", "test"),
    )


@contextmanager
def in_containers() -> Iterator[Backends]:
    """Start a container for each server."""
    if not _has_images(REAPER_IMAGE):
        os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"
    # Read at import: whether there is a reaper.
    from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415
    from testcontainers.community.rabbitmq import RabbitMqContainer  # noqa: PLC0415
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415
    from testcontainers.core.wait_strategies import HttpWaitStrategy  # noqa: PLC0415

    secrets = Credentials.random()
    postgres = (
        PostgresContainer(
            POSTGRES_IMAGE,
            username="ob",
            password=secrets.database_password,
            dbname="ob",
            driver=None,
        )
        .with_command("postgres -c max_connections=200 -c fsync=off")
        .with_tmpfs_mount("/var/lib/postgresql/data")
    )
    rabbitmq = RabbitMqContainer(
        RABBITMQ_IMAGE, username="ob", password=secrets.broker_password
    ).with_exposed_ports(MANAGEMENT_PORT)
    s3 = (
        DockerContainer(S3_IMAGE)
        .with_exposed_ports(S3_PORT)
        .waiting_for(HttpWaitStrategy(S3_PORT, "/").for_status_code_matching(lambda _: True))
    )
    with postgres, rabbitmq, s3:
        user, host = f"ob:{secrets.broker_password}", rabbitmq.get_container_host_ip()
        yield Backends(
            database_url=postgres.get_connection_url(),
            rabbitmq_url=f"amqp://{user}@{host}:{rabbitmq.get_exposed_port(5672)}/",
            rabbitmq_management_url=f"http://{user}@{host}:{rabbitmq.get_exposed_port(MANAGEMENT_PORT)}",
            s3_url=f"http://{s3.get_container_host_ip()}:{s3.get_exposed_port(S3_PORT)}",
            s3_access_key=secrets.s3_access_key,
            s3_secret_key=secrets.s3_secret_key,
        )


@contextmanager
def as_processes(run: TestRun) -> Iterator[Backends]:
    """Start a process for each server, with data that nobody keeps."""
    cache = repository() / LOCAL_FOLDER / "cache"
    places = Places(home=run.folder, cache=cache, store=run.store())
    secrets = Credentials.random()
    servers = Servers(places, ServerPorts.random(), secrets, durable=False)
    try:
        servers.start()
        yield Backends(
            database_url=servers.postgres.url,
            rabbitmq_url=servers.rabbitmq.url,
            rabbitmq_management_url=servers.rabbitmq.management_url,
            s3_url=servers.s3.url,
            s3_access_key=secrets.s3_access_key,
            s3_secret_key=secrets.s3_secret_key,
        )
    finally:
        servers.stop(kill=True)
        servers.delete()


def chosen() -> str:
    """Return which servers this run uses."""
    forced = os.environ.get("TEST_BACKEND")
    if forced:
        return forced
    if "TEST_DATABASE_URL" in os.environ:
        return "env"
    return "docker" if _has_images(POSTGRES_IMAGE, RABBITMQ_IMAGE, S3_IMAGE) else "native"


def _has_images(*names: str) -> bool:
    """Tell whether an engine answers and has all of them: a test run never pulls."""
    try:
        client = docker.from_env()
        try:
            for name in names:
                client.images.get(name)
        finally:
            client.close()
    except DockerException:
        return False
    return True


def remove_leftovers() -> None:
    """Stop and delete what runs before this one left when they and their keepers were killed."""
    for folder in (repository() / LOCAL_FOLDER).glob("test-*"):
        run = TestRun(folder)
        owner = Identity.read(run.owner_file)
        if owner is not None and not owner.alive and not run.keeper.alive:
            for pid_file in (folder / "run").glob("*.json"):
                Process(pid_file.stem, folder / "run", folder / "logs").stop(by=signal.SIGKILL)
            run.delete()


def main() -> None:
    """Start the servers, tell where they are, and wait for the end of the run."""
    run = TestRun(Path(sys.argv[1]))
    owner = Identity.read(run.owner_file)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    remove_leftovers()
    ways: dict[str, Callable[[], AbstractContextManager[Backends]]] = {
        "env": from_environment,
        "docker": in_containers,
        "native": lambda: as_processes(run),
    }
    with ways[chosen()]() as backends:
        backends.write(run.backends_file)
        while owner is not None and owner.alive:
            time.sleep(POLL_SECONDS)
    run.delete()


if __name__ == "__main__":
    main()
