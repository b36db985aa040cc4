"""One folder for all that a process puts on the disk; who dies without a word is tidied up after.

A killed process leaves the photos that it was working on. Each process therefore has a folder of
its own and holds a lock in it for as long as it lives; the next one to start deletes every folder
whose lock nobody holds.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import IO, Final

PREFIX: Final = "ob-process-"
OWNER: Final = "owner"


class _Current:
    folder: Path | None = None


def workspace(prefix: str) -> Path:
    """Make a folder for one piece of work; the caller deletes it, or the next process does."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir=_Current.folder))


@asynccontextmanager
async def scratch(prefix: str) -> AsyncIterator[Path]:
    """Make a folder for one piece of work, and delete it in the end; off the loop."""
    folder = await asyncio.to_thread(workspace, prefix)
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@contextmanager
def own_temp_folder() -> Iterator[Path]:
    """Make this process's folder, delete it in the end, and those of dead processes now."""
    parent = Path(tempfile.gettempdir())
    with _alone(parent):
        for folder in parent.glob(f"{PREFIX}*"):
            _delete_if_abandoned(folder)
        own = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = (own / OWNER).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    _Current.folder = own
    try:
        yield own
    finally:
        _Current.folder = None
        shutil.rmtree(own, ignore_errors=True)
        lock.close()


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Keep other processes of this user from looking at a folder that has no lock yet."""
    flags = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(parent / f"{PREFIX}{os.getuid()}.lock", flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _delete_if_abandoned(folder: Path) -> None:
    with suppress(OSError), (folder / OWNER).open("r+") as owner:
        if _lock(owner):
            shutil.rmtree(folder, ignore_errors=True)


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
