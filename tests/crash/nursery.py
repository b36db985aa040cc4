"""Starts services in a tenth of a second: their modules are loaded once, each process is forked.

`python -m crash.nursery` is the process that they are forked from. A line on its input starts one,
lines on its output tell who has begun and who has ended. When it ends, so do they.
"""

import asyncio
import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from failpoints.entry import FOLDER_VARIABLE, run_woven

LOADED: Final = (
    "gateway.app",
    "submitter.app",
    "poller.app",
    "storer.app",
    "runpod_simulator.app",
    "failpoints.weaving",
)
_PR_SET_PDEATHSIG: Final = 1


def python_path() -> str:
    """Return where a new interpreter finds the tests, and all that this one was told."""
    told = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(Path(__file__).parents[1]), *([told] if told else [])])


@dataclass
class Child:
    """A process that was started; `status` is its exit code, negative for a signal."""

    module: str
    pid: int
    status: int | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if not self.ended.is_set():
            os.kill(self.pid, number)


class Nursery:
    """The other end of `python -m crash.nursery`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._children: dict[int, Child] = {}
        self._started: asyncio.Queue[int] = asyncio.Queue()
        self._asking = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls, log: Path) -> AsyncIterator[Self]:
        """Load everything, and end every child at last."""
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "crash.nursery",
                stdin=PIPE,
                stdout=PIPE,
                stderr=errors,
                env=os.environ | {"PYTHONPATH": python_path()},
            )
        self = cls(process)
        hearing = asyncio.create_task(self._hear())
        try:
            yield self
        finally:
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()
            await hearing

    async def spawn(self, module: str, environment: Mapping[str, str], log: Path) -> Child:
        """Start `python -m MODULE`, woven when the environment names a folder of failpoints."""
        assert self._process.stdin is not None
        wish = {"module": module, "environment": dict(environment), "log": str(log)}
        async with self._asking:
            self._process.stdin.write(json.dumps(wish).encode() + b"\n")
            await self._process.stdin.drain()
            pid = await self._started.get()
        child = self._children[pid]
        child.module = module
        return child

    async def _hear(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            event, *numbers = line.split()
            pid = int(numbers[0])
            if event == b"started":
                self._children[pid] = Child("", pid)
                self._started.put_nowait(pid)
            else:
                child = self._children.pop(pid)
                child.status = int(numbers[1])
                child.ended.set()


def serve() -> None:
    """Fork a process for every line, until there are no more."""
    for module in LOADED:
        importlib.import_module(module)
    gc.freeze()
    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    for line in sys.stdin:
        wish = json.loads(line)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            _live(wish["module"], wish["environment"], wish["log"])
        os.write(1, f"started {pid}\n".encode())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        os.write(1, f"ended {pid} {os.waitstatus_to_exitcode(status)}\n".encode())


def _live(module: str, environment: dict[str, str], log: str) -> None:
    """Be the service, from a process that knows nothing of the nursery."""
    status = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        said = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for new, old in ((nothing, 0), (said, 1), (said, 2)):
            os.dup2(new, old)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["nursery", module]
        if FOLDER_VARIABLE in environment:
            run_woven(module)
        else:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:  # noqa: BLE001 - as an interpreter does with what nobody caught
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
