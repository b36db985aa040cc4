"""Starting children, awaiting their answer without a thread, and ending them.

Start a service that uses it as ``python -m package``: multiprocessing runs any other main module
again in every child.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerProcess
from typing import Final

from shared.images.entry import enter_child
from shared.images.tasks import ANSWER_LIMIT_BYTES, ChildLimits, Task

_PRELOADED: Final = ["shared.images.entry", "shared.images.child"]
_KEPT_VARIABLES: Final = frozenset({"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TMPDIR"})
_EXIT_GRACE_SECONDS: Final = 2.0


class ChildProcesses:
    """Fresh children of a fork server that has the decoders imported and no secrets."""

    def __init__(self, limits: ChildLimits, wall_seconds: float) -> None:
        self._limits = limits
        self._wall_seconds = wall_seconds
        self._context = get_context("forkserver")
        self._running: set[ForkServerProcess] = set()

    def start_server(self) -> None:
        """Start the fork server, unless this process has one that lives."""
        if _server_lives():
            return
        self._context.set_forkserver_preload(_PRELOADED)
        with _bare_environment():
            forkserver.ensure_running()

    def kill_all(self) -> None:
        """Kill the children that still run."""
        for child in tuple(self._running):
            child.kill()

    async def run(self, task: Task, *, wall_seconds: float | None = None) -> bytes:
        """Return what a fresh child says of a task; nothing when it died or took too long.

        `wall_seconds` is another time limit than the usual one.
        """
        reader, writer = self._context.Pipe(duplex=False)
        with reader:
            with writer:
                child = self._context.Process(
                    target=enter_child, args=(task, self._limits, writer), daemon=True
                )
                self.start_server()
                child.start()
            self._running.add(child)
            said = b""
            try:
                async with asyncio.timeout(wall_seconds or self._wall_seconds):
                    said = await _read_to_end(reader.fileno())
            except TimeoutError:
                pass
            finally:
                self._running.discard(child)
                await _end(child, may_linger=bool(said))
        return said


def _server_lives() -> bool:
    pid = vars(forkserver._forkserver)["_forkserver_pid"]  # noqa: SLF001 - asked, it starts one
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return pid is not None and os.waitid(os.P_PID, pid, flags) is None


@contextmanager
def _bare_environment() -> Iterator[None]:
    """Hide the service's settings from a process that is started meanwhile.

    A variable that a child inherited stays readable in /proc/self/environ, cleared or not. Not to
    be done for each child: other threads read the environment.
    """
    kept = dict(os.environ)
    for name in kept.keys() - _KEPT_VARIABLES:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(kept)


async def _read_to_end(pipe: int) -> bytes:
    os.set_blocking(pipe, False)
    data = b""
    while len(data) <= ANSWER_LIMIT_BYTES:
        await _readable(pipe)
        chunk = os.read(pipe, ANSWER_LIMIT_BYTES + 1)
        if not chunk:
            return data
        data += chunk
    return b""


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


async def _end(child: ForkServerProcess, *, may_linger: bool) -> None:
    """Let a child that has answered leave by itself, and kill any other."""
    if may_linger:
        with suppress(TimeoutError):
            async with asyncio.timeout(_EXIT_GRACE_SECONDS):
                await _readable(child.sentinel)
    if child.is_alive():
        child.kill()
        await _readable(child.sentinel)
    child.join()
    child.close()
