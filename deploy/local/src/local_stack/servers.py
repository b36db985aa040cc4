"""Postgres, RabbitMQ and S3 together: started at the same time, stopped at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from local_stack.credentials import Credentials
from local_stack.places import Places
from local_stack.ports import reserve
from local_stack.postgres import Postgres
from local_stack.processes import Process
from local_stack.rabbitmq import RabbitMQ, RabbitMQPorts
from local_stack.s3 import S3


class Server(Protocol):
    """What each of the three can do; it claims ports for its processes."""

    name: str
    process: Process
    claims: list[tuple[Process, int]]

    def start(self) -> None:
        """Start it and wait until it answers."""

    def stop(self, *, kill: bool = False) -> bool:
        """Stop it; True when it ran."""

    def delete(self) -> None:
        """Delete what it stores."""


@dataclass(frozen=True, slots=True)
class ServerPorts:
    """What the three servers listen on."""

    postgres: int
    s3: int
    rabbitmq: RabbitMQPorts

    @classmethod
    def from_base(cls, base: int) -> "ServerPorts":
        """Return the ports of an installation: base for Postgres, base + 10 for AMQP."""
        return cls(base, base + 1, RabbitMQPorts(base + 10, base + 11, base + 12, base + 13))

    @classmethod
    def random(cls) -> "ServerPorts":
        """Return ports that nobody else is given, for servers that live for one test run."""
        postgres, s3, *rabbitmq = reserve(6)
        return cls(postgres, s3, RabbitMQPorts(*rabbitmq))


class Servers:
    """The three servers of one installation.

    Args:
        places: Where their data, logs and pid files lie.
        ports: Where they listen.
        credentials: Their passwords.
        durable: False for data that nobody keeps.
    """

    def __init__(
        self, places: Places, ports: ServerPorts, credentials: Credentials, *, durable: bool
    ) -> None:
        self.postgres = Postgres(
            places, port=ports.postgres, password=credentials.database_password, durable=durable
        )
        self.rabbitmq = RabbitMQ(places, ports=ports.rabbitmq, password=credentials.broker_password)
        self.s3 = S3(places, port=ports.s3)

    @property
    def all(self) -> tuple[Server, ...]:
        """All three, the slowest to start first."""
        return (self.rabbitmq, self.postgres, self.s3)

    def start(self, started: Callable[[Server], None] = lambda _: None) -> None:
        """Start those that do not run, all at once; tell of each as it answers."""

        def start(server: Server) -> None:
            if not server.process.alive:
                server.start()
                started(server)

        _at_once(start, self.all)

    def stop(self, *, kill: bool = False) -> list[str]:
        """Stop those that run, all at once; return their names."""
        stopped: list[str] = []

        def stop(server: Server) -> None:
            if server.stop(kill=kill):
                stopped.append(server.name)

        _at_once(stop, self.all)
        return stopped

    def delete(self) -> None:
        """Delete everything that they store."""
        for server in self.all:
            server.delete()


def _at_once(action: Callable[[Server], None], servers: tuple[Server, ...]) -> None:
    with ThreadPoolExecutor(max_workers=len(servers)) as threads:
        results = [threads.submit(action, server) for server in servers]
    for result in results:
        result.result()
