"""What `make up`, `make down`, `make reset`, `make logs` and `make status` do."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from typing import NoReturn

import httpx

from local_stack.errors import StackError
from local_stack.places import installation
from local_stack.report import Report
from local_stack.sample import Result, Visitor
from local_stack.services import pipeline_environment
from local_stack.stack import Stack


def up() -> None:
    """Start what does not run, send one picture through it, and say where the studio is."""
    report = Report()
    with _alone():
        stack = Stack.here()
        if not stack.missing:
            _verify(stack)
            report.text("Everything runs already.")
        else:
            stack.check_ports()
            stack.start(report)
            _prove(stack, report)
    report.text(f"\nThe studio is at {stack.settings.studio_url}")
    report.text("`make logs` follows it, `make down` stops it and keeps the data.")


def down() -> None:
    """Stop everything that `up` started; the data stays."""
    report = Report()
    with _alone():
        stopped: list[str] = []

        def tell(name: str) -> None:
            stopped.append(name)
            report.step(f"{name} stopped")

        if installation().secrets.exists():
            Stack.running().stop(tell)
        if not stopped:
            report.text("Nothing was running.")


def reset() -> None:
    """Stop everything and delete its data, secrets and logs."""
    down()
    places = installation()
    if places.secrets.exists():
        Stack.running().servers.delete()
    for folder in (places.data, places.secrets, places.run, places.logs):
        shutil.rmtree(folder, ignore_errors=True)
    print("Data, secrets and logs are deleted.")


def logs() -> None:
    """Follow the logs of all processes until Ctrl-C."""
    files = sorted(installation().logs.glob("*.log"))
    if not files:
        raise StackError("there are no logs yet: make up")
    os.execvp("tail", ["tail", "-n", "20", "-F", *map(str, files)])


def operator(words: list[str]) -> NoReturn:
    """Become `python -m shared.operator`, on the database and the stores of this stack."""
    stack = Stack.running()
    if "postgres" in stack.missing:
        raise StackError("nothing runs here: make up")
    environment = pipeline_environment(stack.settings, stack.servers, stack.credentials)
    command = [sys.executable, "-m", "shared.operator", *words]
    os.execve(sys.executable, command, os.environ | environment)


def status() -> None:
    """Show what runs, and on which ports."""
    stack = Stack.running()
    for name in dict.fromkeys(process.name for process, _ in stack.claims):
        claims = [(process, port) for process, port in stack.claims if process.name == name]
        identity = claims[0][0].identity
        runs = identity is not None and identity.alive
        state = f"runs as {identity.pid}" if identity and runs else "does not run"
        ports = ", ".join(str(port) for _, port in claims)
        print(f"{name:10} {state:14} ports {ports}")
    if not stack.missing:
        print(f"The studio is at {stack.settings.studio_url}")


def _verify(stack: Stack) -> None:
    for service in (stack.simulator, *stack.services):
        if not service.ready():
            raise service.process.failure("runs but is not ready (make down, then make up)")


def _prove(stack: Stack, report: Report) -> None:
    try:
        with Visitor(stack.settings.studio_url) as visitor:
            result = visitor.make_picture(lambda stage: report.step(f"sample picture: {stage}"))
    except (StackError, httpx.HTTPError) as error:
        tails = [
            f"--- {service.process.log}\n{service.process.log_tail()}" for service in stack.services
        ]
        details = [error.details] if isinstance(error, StackError) else []
        raise StackError(f"the sample job: {error}", "\n".join([*details, *tails])) from error
    _show(result, report)


def _show(result: Result, report: Report) -> None:
    report.text("\nThe sample picture's way through the pipeline:")
    for milestone in result.timeline:
        report.text(f"  {milestone.stage:12} {milestone.after_ms:6} ms")
    size = f"{result.width}x{result.height} PNG, {result.size_bytes // 1024} KiB"
    report.text(f"  its result came back: {size}")


@contextmanager
def _alone() -> Iterator[None]:
    """Let only one command at a time start or stop processes."""
    home = installation().home
    home.mkdir(exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise StackError("another make up or make down is at work: wait for it") from None
        yield
