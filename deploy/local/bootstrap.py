#!/usr/bin/env python3
"""Makes `.venv` and builds the studio, with nothing but Python's standard library.

    python3 deploy/local/bootstrap.py            what is missing or out of date
    python3 deploy/local/bootstrap.py --no-studio   only the Python side

Each step is skipped when its inputs have not changed since it last succeeded.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMPS = ROOT / ".local" / "stamps"
LOG = ROOT / ".local" / "logs" / "bootstrap.log"
STUDIO = ROOT / "frontend"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
LOG_TAIL_LINES = 25
PACKAGES = (
    "shared",
    "services/gateway",
    "services/submitter",
    "services/poller",
    "services/storer",
    "simulators/runpod",
    "deploy/local",
)


def stop(message: str) -> None:
    """End with one line that says what to do."""
    sys.exit(f"\n{message}")


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command with its output in the log; show the log's end when it fails."""
    with LOG.open("a", encoding="utf-8") as log:
        print(f"\n$ {' '.join(map(str, command))}", file=log, flush=True)
        done = subprocess.run(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
        )
    if done.returncode:
        tail = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:]
        print("\n".join(["", *tail]), file=sys.stderr)
        stop(f"{Path(command[0]).name} failed (exit {done.returncode}); all of it is in {LOG}")


def files_below(*places: Path) -> Iterable[Path]:
    """Yield the files of some places in a fixed order."""
    for place in places:
        yield from sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]


def step(name: str, inputs: Iterable[Path], result: Path, action: Callable[[], None]) -> None:
    """Run a step unless its inputs are those of its last success and its result is still there."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {VENV}".encode())
    for path in inputs:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    stamp = STAMPS / name.replace(" ", "-")
    if result.exists() and stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    stamp.unlink(missing_ok=True)
    print(f"  {name} ...", end="", flush=True)
    began = time.monotonic()
    action()
    stamp.write_text(digest.hexdigest())
    print(f" {time.monotonic() - began:.1f} s", flush=True)


def make_venv() -> None:
    """Make an empty virtual environment with uv in it."""
    shutil.rmtree(VENV, ignore_errors=True)
    run(sys.executable, "-m", "venv", VENV)
    pip = (VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--require-hashes", "-r", "locks/build.txt")


def install_packages() -> None:
    """Install the locked dependencies, then our own packages as they lie here."""
    uv = (VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", VENV / "bin" / "python")
    run(*uv, "--require-hashes", "-r", "locks/dev.txt")
    ours = [word for package in PACKAGES for word in ("-e", f"./{package}")]
    run(*uv, "--no-deps", "--no-build-isolation", *ours)


def check_node() -> None:
    """Stop when there is no Node that can build the studio."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        stop("Node 20 or newer is needed for the studio: install nodejs and npm, then try again.")
        return
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    if int(said.strip().lstrip("v").split(".")[0] or 0) < OLDEST_NODE:
        stop(f"Node {said.strip()} is too old for the studio: install Node 20 or newer.")


def build_studio() -> None:
    """Build the static pages into frontend/dist."""
    run("npm", "run", "build", cwd=STUDIO)


def main() -> None:
    """Run every step that is due."""
    if sys.version_info < OLDEST_PYTHON:
        stop("Python 3.11 or newer is needed: install it, or say make PYTHON=/path/to/python3.11")
    if sys.platform != "linux":
        stop("The native stack runs on Debian and Ubuntu. Elsewhere: docker compose up")
    STAMPS.mkdir(parents=True, exist_ok=True)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    os.environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    locks, python = ROOT / "locks", VENV / "bin" / "python"
    projects = [ROOT / package / "pyproject.toml" for package in PACKAGES]
    step("Python environment", [locks / "build.txt"], VENV / "bin" / "uv", make_venv)
    step("Python packages", [locks / "dev.txt", *projects], python, install_packages)
    if "--no-studio" in sys.argv[1:]:
        return
    check_node()
    locked = [STUDIO / "package.json", STUDIO / "package-lock.json"]
    modules = STUDIO / "node_modules"
    step(
        "studio packages",
        locked,
        modules / ".package-lock.json",
        lambda: run("npm", "ci", "--no-audit", "--no-fund", cwd=STUDIO),
    )
    sources = [STUDIO / name for name in ("src", "public", "scripts", "index.html")]
    configs = [*STUDIO.glob("*.ts"), *STUDIO.glob("*.json")]
    step(
        "studio pages",
        [*locked, *sorted(configs), *files_below(*(p for p in sources if p.exists()))],
        STUDIO / "dist" / "index.html",
        build_studio,
    )


if __name__ == "__main__":
    main()
