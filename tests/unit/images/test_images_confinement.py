"""A decoder that was taken over: it reaches its own picture, its own results, and nothing else."""

import asyncio
import ctypes
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from sandbox_children import sandbox_children

from shared.images.sandbox import ImageSandbox
from shared.images.tasks import ChildLimits

TAKEN_OVER = Path(__file__).with_name("taken_over.py")
NEEDED = {"use the upload", "write the result", "delete the result", "more memory"}
HIDDEN_BY_LANDLOCK = {
    "read a secret",
    "read the account list",
    "read the service's environment",
    "write elsewhere",
    "overwrite the upload",
    "delete the upload",
}
REFUSED_BY_SECCOMP = "Function not implemented"
LANDLOCK_VERSION = (444, None, 0, 1)


def outcomes_of(how: str, folder: Path) -> dict[str, str | None]:
    """Try everything, with a listener on loopback that nobody but a free process reaches."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        command = [sys.executable, str(TAKEN_OVER), how, str(folder), str(port)]
        done = subprocess.run(command, capture_output=True, check=True, timeout=50)
        listener.settimeout(0.1)
        if how == "confined":
            with pytest.raises(TimeoutError):
                listener.accept()
    outcomes: dict[str, str | None] = json.loads(done.stdout)
    return outcomes


def test_a_confined_child_can_do_its_work_and_nothing_else(tmp_path: Path) -> None:
    outcomes = outcomes_of("confined", tmp_path)

    has_landlock = ctypes.CDLL(None).syscall(*LANDLOCK_VERSION) > 0
    possible = NEEDED if has_landlock else NEEDED | HIDDEN_BY_LANDLOCK
    assert {name for name, error in outcomes.items() if error is None} == possible
    refused = {name for name, error in outcomes.items() if error == REFUSED_BY_SECCOMP}
    assert refused == outcomes.keys() - NEEDED - HIDDEN_BY_LANDLOCK
    assert len(refused) >= 25


def test_a_free_process_could_do_all_of_it(tmp_path: Path) -> None:
    """Or the test above would show nothing."""
    outcomes = outcomes_of("free", tmp_path)

    assert {name: error for name, error in outcomes.items() if error is not None} == {}


@pytest.mark.asyncio
async def test_every_child_is_confined_while_it_decodes(tmp_path: Path) -> None:
    endless = tmp_path / "endless.jpg"
    os.mkfifo(endless)
    async with ImageSandbox(child_limits=ChildLimits(must_be_confined=True)) as sandbox:
        task = asyncio.ensure_future(sandbox.prepare_upload(endless, tmp_path))
        while ("2", "1") not in {_status(child.pid) for child in sandbox_children()}:
            assert not task.done()
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])


def _status(pid: int) -> tuple[str, str]:
    """Return the mode of seccomp and whether privileges may not grow, as the kernel writes them."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return "", ""
    fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return fields["Seccomp"], fields["NoNewPrivs"]


START_WITHOUT_SECCOMP = """
import asyncio, ctypes, struct, sys
from shared.images.sandbox import ImageSandbox
from shared.images.tasks import ChildLimits

def forbid_seccomp(machine):
    # prctl(PR_SET_SECCOMP) fails with EINVAL, as in a kernel without it; all else is allowed.
    prctl = {"x86_64": 157, "aarch64": 167}[machine]
    program = struct.pack("=" + "HBBI" * 7,
        0x20, 0, 0, 0, 0x15, 0, 4, prctl, 0x20, 0, 0, 16, 0x15, 0, 2, 22,
        0x06, 0, 0, 0x50016, 0x06, 0, 0, 0x7FFF0000, 0x06, 0, 0, 0x7FFF0000)
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint16), ("filters", ctypes.c_char_p)]
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.byref(Program(7, program)), 0, 0) == 0

async def main():
    limits = ChildLimits(must_be_confined=sys.argv[2] == "must")
    async with ImageSandbox(child_limits=limits):
        print("started")

if __name__ == "__main__":
    forbid_seccomp(sys.argv[1])
    asyncio.run(main())
"""


def test_where_the_kernel_cannot_confine_it_is_told_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "start.py"
    file.write_text(START_WITHOUT_SECCOMP)

    def start(how: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(file), os.uname().machine, how]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)

    may, must = start("may"), start("must")

    assert may.returncode == 0, may.stderr
    assert "started" in may.stdout
    assert (may.stdout + may.stderr).count("decoders are not confined") == 1
    assert must.returncode != 0
    assert "the image sandbox does not start: unconfined" in must.stderr
