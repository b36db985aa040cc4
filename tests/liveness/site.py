"""The running product with servers of its own that a test may break, and the links between them."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from e2e.stack import UNLIMITED, Addresses, Stack
from e2e.visitor import Job, Visitor
from proxy import ProxyThread

from local_stack.credentials import Credentials
from local_stack.places import LOCAL_FOLDER, Places, repository
from local_stack.ports import listening, reserve
from local_stack.rabbitmq import RabbitMQ, RabbitMQPorts

WORKERS = ("submitter", "poller", "storer")
NO_STUDIO = Path("/nonexistent")


class OwnBroker:
    """A RabbitMQ that nobody else uses, so it may be killed and wiped."""

    def __init__(self, folder: Path) -> None:
        places = Places(home=folder, cache=repository() / LOCAL_FOLDER / "cache")
        amqp, distribution, epmd, management = reserve(4)
        self._server = RabbitMQ(
            places,
            ports=RabbitMQPorts(amqp, distribution, epmd, management),
            password=Credentials.random().broker_password,
        )
        self.port = amqp

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        """Start it, unless it runs; back when it answers."""
        if not self._server.process.alive:
            self._server.start()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._server.stop(kill=True)

    def wipe(self) -> None:
        """Delete what it stores, while it does not run."""
        self._server.delete()

    def listens(self) -> bool:
        return listening(self.port)

    def delete_queue(self, name: str) -> None:
        self._manage("DELETE", f"/api/queues/%2F/{name}")

    def raise_memory_alarm(self) -> None:
        """Let the broker think that it has used up its memory."""
        self._server.control("set_vm_memory_high_watermark", "0.0000001")

    def end_memory_alarm(self) -> None:
        """Give it its memory back."""
        self._server.control("set_vm_memory_high_watermark", "0.4")

    def _manage(self, method: str, path: str, body: object = None) -> httpx.Response:
        address = urlsplit(self._server.management_url)
        answer = httpx.request(
            method,
            f"http://{address.hostname}:{address.port}{path}",
            auth=(address.username or "", address.password or ""),
            json=body,
            timeout=30,
            trust_env=False,
        )
        return answer.raise_for_status()


@dataclass
class Site:
    """The product, its own broker, and the links that may be broken."""

    stack: Stack
    broker: OwnBroker
    to_broker: ProxyThread
    to_database: ProxyThread


def through(url: str, proxy: ProxyThread) -> str:
    """Return the address with the proxy in the place of the server."""
    parts = urlsplit(url)
    credentials = f"{parts.username}:{parts.password}@"
    return parts._replace(netloc=f"{credentials}127.0.0.1:{proxy.port}").geturl()


@contextmanager
def running_site(addresses: Addresses, broker: OwnBroker, folder: Path) -> Iterator[Site]:
    """Run the product on these servers; every link of every service goes through a proxy."""
    broker.start()
    database = urlsplit(addresses.database_url)
    with (
        ProxyThread("127.0.0.1", broker.port) as to_broker,
        ProxyThread(database.hostname or "", database.port or 0) as to_database,
    ):
        behind = Addresses(
            database_url=through(addresses.database_url, to_database),
            rabbitmq_url=through(broker.url, to_broker),
            s3_url=addresses.s3_url,
            s3_access_key=addresses.s3_access_key,
            s3_secret_key=addresses.s3_secret_key,
            bucket=addresses.bucket,
        )
        with Stack(
            behind, folder, NO_STUDIO, {"GUEST_FREE_CREDITS": "10000", **UNLIMITED}
        ) as stack:
            yield Site(stack, broker, to_broker, to_database)


@contextmanager
def supervised(stack: Stack, *names: str) -> Iterator[list[int]]:
    """Start workers again that end by themselves; yields their exit codes."""
    codes: list[int] = []
    over = threading.Event()
    seen = {process.popen.pid for process in stack.processes if process.popen.poll() is not None}

    def watch() -> None:
        while not over.wait(0.2):
            for process in list(stack.processes):
                code = process.popen.poll()
                if process.name in names and code is not None and process.popen.pid not in seen:
                    seen.add(process.popen.pid)
                    codes.append(code)
                    stack.spawn(process.name)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield codes
    finally:
        over.set()
        thread.join()


def all_done(visitor: Visitor, jobs: list[Job], limit_seconds: float) -> float:
    """Wait until every job is done and return how long that took."""

    open_ids = [job["id"] for job in jobs]

    def done() -> bool:
        while open_ids:
            status = visitor.job(open_ids[-1])["status"]
            assert status not in {"failed", "cancelled"}
            if status != "done":
                return False
            open_ids.pop()
        return True

    return seconds_until(done, limit_seconds)


def figures(record: Any, **named: float) -> None:  # noqa: ANN401 - pytest's own is untyped
    """Keep measured values in the report, and show them with `pytest -s`."""
    for name, value in named.items():
        record(name, round(value, 2))
        sys.stdout.write(f"\n  {name}: {value:.2f}\n")


def seconds_until(holds: Callable[[], bool], limit_seconds: float) -> float:
    """Wait until it holds and return how long that took."""
    begun = time.monotonic()
    while time.monotonic() - begun < limit_seconds:
        with contextlib.suppress(httpx.HTTPError):
            if holds():
                return time.monotonic() - begun
        time.sleep(0.05)
    message = f"did not hold within {limit_seconds} s"
    raise AssertionError(message)
