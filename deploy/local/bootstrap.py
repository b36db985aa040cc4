"""Makes the repository ready to run: `python3 deploy/local/bootstrap.py`.

Needs nothing but Python's standard library. Installs the locked Python packages into `.venv` and
the locked npm packages into `frontend/node_modules`, and builds the studio; each only when what it
comes from has changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCAL = ROOT / ".local"
LOGS = LOCAL / "logs"
FRONTEND = ROOT / "frontend"
PYTHON_NEEDED = (3, 11)
NODE_NEEDED = (20, 19)
TAIL_LINES = 25
PROJECTS = ("shared", "services/*", "simulators/*", "deploy/local")
BUILT_FOLDERS = {"node_modules", "dist", "dist-react", ".prerender"}


class CannotGoOnError(Exception):
    """What is missing, and what to do about it, in one line."""


class Lane:
    """One of the two things that are made ready at the same time; its output goes to a log."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.log = LOGS / f"bootstrap-{name}.log"
        self.failure: CannotGoOnError | None = None

    def step(self, what: str, *commands: list[str | Path], folder: Path = ROOT) -> None:
        """Run commands one after the other, and say how long they took."""
        print(f"            {self.name}: {what} ...", flush=True)
        began = time.monotonic()
        for command in commands:
            self._run(command, folder)
        print(f"{time.monotonic() - began:7.1f} s   {self.name}: {what}: done", flush=True)

    def _run(self, command: list[str | Path], folder: Path) -> None:
        with self.log.open("a+") as log:
            log.write(f"$ {' '.join(map(str, command))}\n")
            log.flush()
            began_at = log.tell()
            done = subprocess.run(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
            if done.returncode:
                log.seek(began_at)
                print("".join(log.readlines()[-TAIL_LINES:]), file=sys.stderr)
                message = f"{command[0]} failed with {done.returncode}; all of it is in {self.log}"
                raise CannotGoOnError(message)


class Stamp:
    """Remembers what something was made from, to make it again only when that has changed."""

    def __init__(self, file: Path, sources: Iterable[Path], *facts: str) -> None:
        self._file = file
        digest = hashlib.sha256("\n".join(facts).encode())
        for source in sorted(sources):
            digest.update(f"{source.relative_to(ROOT)}\0".encode())
            digest.update(hashlib.sha256(source.read_bytes()).digest())
        self._wanted = digest.hexdigest()

    @property
    def fresh(self) -> bool:
        """Whether nothing has changed."""
        return self._file.exists() and self._file.read_text() == self._wanted

    def write(self) -> None:
        """Remember that it has been made."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(self._wanted)


def prepare_python(lane: Lane) -> None:
    """Make `.venv` hold the locked packages and our own, linked to their sources."""
    projects = [
        file.parent
        for pattern in PROJECTS
        for file in sorted(ROOT.glob(f"{pattern}/pyproject.toml"))
    ]
    sources = [project / "pyproject.toml" for project in projects]
    sources += [ROOT / "locks" / "build.txt", ROOT / "locks" / "dev.txt"]
    stamp = Stamp(VENV / "bootstrap.stamp", sources, str(ROOT), sys.version)
    if stamp.fresh:
        return
    python, uv = VENV / "bin" / "python", VENV / "bin" / "uv"
    if not _works(python):
        _make_venv(lane)
    if not uv.exists():
        pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--require-hashes"]
        lane.step("installing the installer", [*pip, "-r", "locks/build.txt"])
    install: list[str | Path] = [uv, "pip", "install", "--python", python]
    locked = ["--require-hashes", "-r", "locks/dev.txt"]
    try:
        # Compiled once: where Python may keep no bytecode, a service takes 5 s to start, not 2.
        quicker = [*install, "--compile-bytecode", *locked]
        lane.step("installing the locked packages", quicker)
    except CannotGoOnError:  # pip reads settings, of a mirror say, that uv does not
        slower: list[str | Path] = [python, "-m", "pip", "install", "--quiet", *locked]
        lane.step("installing the locked packages with pip", slower)
    linked = [part for project in projects for part in ("-e", project)]
    how = ["--no-deps", "--no-build-isolation"]
    lane.step("linking our own packages", [*install, *how, *linked])
    stamp.write()


def prepare_studio(lane: Lane) -> None:
    """Install the studio's locked packages and build it."""
    npm = _npm()
    lock = FRONTEND / "package-lock.json"
    packages = Stamp(FRONTEND / "node_modules" / "bootstrap.stamp", [lock], str(ROOT))
    if not packages.fresh:
        lane.step("installing the locked packages", [npm, "ci", "--no-fund"], folder=FRONTEND)
        packages.write()
    sources = [
        Path(folder) / name
        for folder, subfolders, names in os.walk(FRONTEND)
        for name in _without_built(subfolders, names)
    ]
    built = Stamp(LOCAL / "studio.stamp", sources)
    if not (built.fresh and (FRONTEND / "dist" / "index.html").exists()):
        lane.step("building", [npm, "run", "build"], folder=FRONTEND)
        built.write()


def _without_built(subfolders: list[str], names: list[str]) -> list[str]:
    """Keep `os.walk` out of what is made from the sources."""
    subfolders[:] = [name for name in subfolders if name not in BUILT_FOLDERS]
    return names


def _works(python: Path) -> bool:
    """Tell whether this is a Python of the version that runs us, and in its place."""
    ask = "import sys; print(sys.prefix, *sys.version_info[:3])"
    try:
        done = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.stdout.split() == [str(VENV), *map(str, sys.version_info[:3])]


def _make_venv(lane: Lane) -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian packs it apart from Python
    except ImportError:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if os.getuid() != 0 or not shutil.which("apt-get"):
            message = f"this Python makes no virtual environments: sudo apt-get install {package}"
            raise CannotGoOnError(message) from None
        install: list[str | Path] = ["apt-get", "install", "-y", "-q", package]
        lane.step(f"installing {package}", ["apt-get", "update", "-q"], install)
    lane.step("making .venv", [sys.executable, "-m", "venv", "--clear", VENV])


def _npm() -> str:
    node, npm = shutil.which("node"), shutil.which("npm")
    needed = ".".join(map(str, NODE_NEEDED))
    if not node or not npm:
        message = f"no Node.js on PATH: install Node {needed} or newer with npm, then run it again"
        raise CannotGoOnError(message)
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = done.stdout.strip()
    if tuple(int(part) for part in version.lstrip("v").split(".")[:2]) < NODE_NEEDED:
        message = f"Node {version} is too old: install Node {needed} or newer, then run it again"
        raise CannotGoOnError(message)
    return npm


def _in_thread(lane: Lane, prepare: Callable[[Lane], None]) -> threading.Thread:
    def work() -> None:
        try:
            prepare(lane)
        except CannotGoOnError as error:
            lane.failure = error

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _newer_python() -> str | None:
    """Return another Python of this machine that is new enough."""
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found and subprocess.run([found, "-c", ""], check=False).returncode == 0:
            return found
    return None


def main() -> int:
    """Make both ready at the same time; 0 when they are."""
    if sys.version_info < PYTHON_NEEDED:
        newer = _newer_python()
        if newer:
            return subprocess.run([newer, __file__], check=False).returncode
        needed = ".".join(map(str, PYTHON_NEEDED))
        print(f"error: python3 is {sys.version.split()[0]}: install Python {needed} or newer")
        return 1
    LOGS.mkdir(parents=True, exist_ok=True)
    lanes = {Lane("python"): prepare_python, Lane("studio"): prepare_studio}
    threads = [_in_thread(lane, prepare) for lane, prepare in lanes.items()]
    for thread in threads:
        thread.join()
    failures = [lane.failure for lane in lanes if lane.failure]
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
