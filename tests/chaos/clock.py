"""A wrong clock for one process: libfaketime, installed or unpacked from Debian's package."""

import fcntl
import os
import shutil
from pathlib import Path

from local_stack.errors import StackError
from local_stack.processes import run
from local_stack.rabbitmq_files import AS_ROOT

PACKAGE = "libfaketime"
LIBRARY = "libfaketime.so.1"


def faked_clock(cache: Path, hours: int) -> dict[str, str]:
    """Return the variables with which a process starts whose wall clock is off.

    Its monotonic clock stays right, as on a machine whose clock was set wrongly.

    Raises:
        StackError: there is no libfaketime and none to be had.
    """
    return {
        "LD_PRELOAD": str(_library(cache)),
        "FAKETIME": f"{hours:+d}h",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_RESET": "1",
    }


def _library(cache: Path) -> Path:
    installed = next(Path("/usr/lib").glob(f"*/faketime/{LIBRARY}"), None)
    if installed is not None:
        return installed
    root = cache / "faketime"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "faketime.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not any(root.rglob(LIBRARY)):
            _unpack(root)
    return next(root.rglob(LIBRARY))


def _unpack(root: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise StackError("no libfaketime and no apt-get on this machine")
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    run("apt-get", "download", "-q", *(AS_ROOT if os.getuid() == 0 else ()), PACKAGE, folder=root)
    for package in root.glob("*.deb"):
        run("dpkg", "-x", package, root)
        package.unlink()
