"""The folder of a run, and the end of what an earlier run left when it was killed."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.ending import end
from local_stack.places import LOCAL_FOLDER, repository
from local_stack.processes import Identity, Process

_PREFIX: Final = "bench-"
_OWNER: Final = "owner.json"
END_SECONDS: Final = 10


@contextmanager
def run_folder() -> Iterator[Path]:
    """Make a folder that says whose it is, and delete it afterwards."""
    local = repository() / LOCAL_FOLDER
    local.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=local))
    folder.chmod(0o755)  # Postgres may run as another user
    owner = Identity.of(os.getpid())
    try:
        if owner is not None:
            owner.write(folder / _OWNER)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end_leftovers(local: Path) -> int:
    """End the processes of runs that are no more, each by its own identity; return how many."""
    ended = 0
    for folder in local.glob(f"{_PREFIX}*"):
        owner = Identity.read(folder / _OWNER)
        if owner is not None and not owner.alive:
            for pid_file in folder.glob("**/run/*.json"):
                process = Process(pid_file.stem, pid_file.parent, pid_file.parent)
                ended += end(process, by=signal.SIGKILL, grace_seconds=END_SECONDS)
            shutil.rmtree(folder, ignore_errors=True)
    return ended
