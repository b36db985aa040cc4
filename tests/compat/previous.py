"""Checks the previous release out, gives it our migrations, and runs its own tests on them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backends import Backends

from local_stack.places import repository

RELEASE_FILE = Path("deploy/previous_release")
MIGRATIONS = Path("shared/src/shared/db/migrations")
SOURCES = (
    "tests",
    "shared/src",
    "services/gateway/src",
    "services/submitter/src",
    "services/poller/src",
    "services/storer/src",
    "simulators/runpod/src",
    "deploy/local/src",
)
WHOLE = (
    "tests/integration/test_db_jobs.py",
    "tests/integration/pipeline",
    "tests/integration/test_gateway",
)
QUICK = (
    "tests/integration/test_db_jobs.py",
    "tests/integration/pipeline/test_life_of_a_job.py",
)
ORIGINS = """
import pathlib, sys, gateway, poller, shared, storer, submitter
root = pathlib.Path(sys.argv[1])
sys.exit(not all(root in pathlib.Path(m.__file__).parents
                 for m in (gateway, poller, shared, storer, submitter)))
"""


class NotThereError(Exception):
    """The previous release cannot be checked out here."""


@dataclass(frozen=True)
class PreviousRelease:
    """The sources of the previous release in a folder of their own."""

    commit: str
    folder: Path

    @classmethod
    def check_out(cls, folder: Path, migrations: Path | None = None) -> "PreviousRelease":
        """Write its sources into a folder, with the migrations of this release.

        Args:
            folder: an empty one.
            migrations: whose migrations it gets; without it those of this repository.

        Raises:
            NotThereError: the commit is not in this clone.
        """
        root = repository()
        commit = (root / RELEASE_FILE).read_text(encoding="utf-8").strip()
        git = ("git", "-C", str(root))
        known = subprocess.run([*git, "cat-file", "-e", f"{commit}^{{commit}}"], check=False)
        if known.returncode:
            message = f"{commit} is not in this clone: git fetch --unshallow, then again"
            raise NotThereError(message)
        archive = folder / "release.tar"
        subprocess.run([*git, "archive", "--output", str(archive), commit], check=True)
        shutil.unpack_archive(archive, folder, filter="data")
        archive.unlink()
        shutil.rmtree(folder / MIGRATIONS)
        shutil.copytree(migrations or root / MIGRATIONS, folder / MIGRATIONS)
        return cls(commit, folder)

    def test(self, paths: Sequence[str], backends: Backends) -> subprocess.CompletedProcess[str]:
        """Run some of its tests, with its own code, on these servers."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTEST")
        } | {
            "PYTHONPATH": os.pathsep.join(str(self.folder / source) for source in SOURCES),
            "TEST_BACKEND": "env",
            "TEST_DATABASE_URL": backends.database_url,
            "TEST_AMQP_URL": backends.rabbitmq_url,
            "TEST_RABBITMQ_MANAGEMENT_URL": backends.rabbitmq_management_url,
            "TEST_S3_URL": backends.s3_url,
            "TEST_S3_ACCESS_KEY": backends.s3_access_key,
            "TEST_S3_SECRET_KEY": backends.s3_secret_key,
        }
        python = sys.executable
        own = [python, "-c", ORIGINS, str(self.folder)]
        subprocess.run(own, env=environment, cwd=self.folder, check=True)
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *paths]
        return subprocess.run(
            command, env=environment, cwd=self.folder, capture_output=True, text=True, check=False
        )
