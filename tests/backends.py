"""Postgres, RabbitMQ and S3 for tests: one set a run, shared by its workers, started when needed.

Whichever worker needs them first starts a keeper (`backend_keeper.py`), a process that holds the
servers until the test run ends, however it ends. `TEST_BACKEND` (env, docker or native) decides
which servers; without it the first that is possible of: the `TEST_*_URL` variables, a Docker
engine that has every image, native servers.
"""

import fcntl
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from local_stack.places import LOCAL_FOLDER, repository
from local_stack.processes import Identity, Process

RUN_FOLDER = "OB_TEST_RUN"
START_SECONDS = 180
KEEPER = Path(__file__).with_name("backend_keeper.py")
MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps files that need no disk
ROOM_BYTES = 4 << 30


@dataclass(frozen=True, slots=True)
class Backends:
    """Where the servers of this test run answer; every URL carries its user and password."""

    database_url: str
    rabbitmq_url: str
    rabbitmq_management_url: str
    s3_url: str
    s3_access_key: str
    s3_secret_key: str

    @classmethod
    def read(cls, file: Path) -> "Backends":
        return cls(**json.loads(file.read_text()))

    def write(self, file: Path) -> None:
        part = file.with_suffix(".part")
        part.write_text(json.dumps(asdict(self)))
        part.replace(file)


@dataclass(frozen=True, slots=True)
class TestRun:
    """The folder that the workers of one run share."""

    __test__ = False

    folder: Path

    @classmethod
    def begin(cls) -> "TestRun":
        """Make the folder; the workers, started later, inherit its name."""
        local = repository() / LOCAL_FOLDER
        local.mkdir(exist_ok=True)
        run = cls(Path(tempfile.mkdtemp(prefix="test-", dir=local)))
        run.folder.chmod(0o755)  # Postgres may run as another user
        owner = Identity.of(os.getpid())
        assert owner is not None
        owner.write(run.owner_file)
        os.environ[RUN_FOLDER] = str(run.folder)
        return run

    @classmethod
    def current(cls) -> "TestRun":
        return cls(Path(os.environ[RUN_FOLDER]))

    @property
    def template(self) -> str:
        """The name of the migrated database that each test's own is copied from."""
        return f"ob_template_{self.folder.name.removeprefix('test-')}"

    @property
    def owner_file(self) -> Path:
        return self.folder / "owner.json"

    @property
    def backends_file(self) -> Path:
        return self.folder / "backends.json"

    @property
    def memory(self) -> Path:
        """A folder that needs no disk."""
        return MEMORY / f"ob-ai-studio-{self.folder.name}"

    def store(self) -> Path:
        """Return where the servers are to keep their data: in memory if there is room.

        A test's database is some 300 files: made and deleted in 0.06 s there, in 0.4 s on a disk.
        """
        there = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
        roomy = there and shutil.disk_usage(MEMORY).free > ROOM_BYTES
        store = self.memory if roomy else self.folder / "data"
        store.mkdir(exist_ok=True)
        store.chmod(0o755)  # Postgres may run as another user
        return store

    @property
    def keeper(self) -> Process:
        return Process("keeper", self.folder, self.folder)

    @contextmanager
    def alone(self, what: str) -> Iterator[Path]:
        """Let one worker at a time in; the path is a mark for it to leave when it is done."""
        with (self.folder / f"{what}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.folder / f"{what}.done"

    def backends(self) -> Backends:
        """Return the servers of this run; start them if nobody has."""
        with self.alone("backends"):
            if not self.backends_file.exists():
                keeper = self.keeper
                command: list[str | Path] = [sys.executable, KEEPER, self.folder]
                keeper.start(command, environment=os.environ, folder=repository())
                keeper.wait_until(self.backends_file.exists, seconds=START_SECONDS)
                keeper.detach()
        return Backends.read(self.backends_file)

    def end(self) -> None:
        """Stop what was started and delete the folder."""
        os.environ.pop(RUN_FOLDER, None)
        self.keeper.stop(grace_seconds=60)
        self.delete()

    def delete(self) -> None:
        """Delete what is left of it."""
        shutil.rmtree(self.memory, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
