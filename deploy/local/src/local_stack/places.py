"""Where the stack keeps what on the disk."""

import hashlib
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

LOCAL_FOLDER = ".local"
REACHABLE_BY_ALL = Path("/var/tmp")  # noqa: S108 - everyone may enter it, no reboot empties it


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one installation.

    Args:
        home: Everything of this installation that may be deleted lies below it.
        cache: What was fetched once and serves every installation of this repository.
        store: Where the servers keep their data, if not below `home`.
    """

    home: Path
    cache: Path
    store: Path | None = None

    @property
    def data(self) -> Path:
        """What the servers store."""
        return self.store or self.home / "data"

    @property
    def run(self) -> Path:
        """Who runs: a file for each process."""
        return self.home / "run"

    @property
    def logs(self) -> Path:
        """What the processes say."""
        return self.home / "logs"

    @property
    def secrets(self) -> Path:
        """Generated passwords and keys."""
        return self.home / "secrets"

    def reachable(self, folder: Path, user: pwd.struct_passwd) -> Path:
        """Return the folder, or a stand-in below /var/tmp when the user cannot get to it.

        A repository below /root is closed to everyone else, and Postgres refuses to be root.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if can_enter(folder, user):
            return folder
        mark = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        return REACHABLE_BY_ALL / f"ob-ai-studio-{mark}"


def repository() -> Path:
    """Return the folder of the repository that this package was installed from."""
    return Path(__file__).resolve().parents[4]


def installation() -> Places:
    """Return the places of `make up`."""
    local = repository() / LOCAL_FOLDER
    return Places(home=local, cache=local / "cache")


def can_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    """Tell whether the user can get to the folder."""
    if os.getuid() == user.pw_uid:
        return os.access(folder, os.X_OK)
    done = subprocess.run(
        ["/usr/bin/test", "-x", folder],
        cwd="/",
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        check=False,
    )
    return done.returncode == 0
