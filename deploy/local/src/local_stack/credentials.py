"""The secrets of one installation: made once, kept in files that only their owner may read."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from local_stack.errors import StackError

S3_KEY = "test"
"""The S3 server checks signed links only against its own fixed key pair.

Source: ministack 1.4.21 (it listens on the loopback interface only).
"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Passwords and keys of the servers and services."""

    database_password: str
    broker_password: str
    session_secret: str
    runpod_api_key: str
    s3_access_key: str = S3_KEY
    s3_secret_key: str = S3_KEY

    @classmethod
    def random(cls) -> "Credentials":
        """Return new ones."""
        return cls(*(secrets.token_hex(32) for _ in range(4)))

    @classmethod
    def kept_in(cls, folder: Path, *, data: Path) -> "Credentials":
        """Return the ones kept in the folder; make them when there is no data yet.

        Raises:
            StackError: There is data, but the passwords to it are gone.
        """
        names = ("database_password", "broker_password", "session_secret", "runpod_api_key")
        files = [folder / name for name in names]
        if not all(file.exists() for file in files):
            if data.exists():
                message = f"{folder} is gone and the data cannot be opened without it: make reset"
                raise StackError(message)
            _write(files)
        return cls(*(file.read_text() for file in files))


def _write(files: list[Path]) -> None:
    files[0].parent.mkdir(parents=True, exist_ok=True)
    files[0].parent.chmod(0o700)
    for file in files:
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
