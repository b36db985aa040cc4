"""Writes `locks/`: every version with its hashes, one file for each thing that is installed.

`dev.txt` decides; the files of the images are held to its versions, so that what is tested is what
runs. The files name no registry: they hold wherever packages come from.
"""

import os
import sys
from pathlib import Path

from local_stack.places import repository
from local_stack.processes import run

SERVICES = ("gateway", "submitter", "poller", "storer")
SHARED_EXTRAS = ("broker", "storage", "images", "runpod", "operator")
COMPILE = (
    *("pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--quiet", "--no-header", "--no-config", "--no-emit-package", "ob-shared"),
)


def lock() -> None:
    """Write every lock file anew, with the newest versions that pyproject.toml allows."""
    root = repository()
    projects = sorted(
        str(file.relative_to(root))
        for pattern in ("services/*", "simulators/*", "deploy/local")
        for file in root.glob(f"{pattern}/pyproject.toml")
    )
    extras = [part for extra in SHARED_EXTRAS for part in ("--extra", extra)]
    shared = "shared/pyproject.toml"
    _compile(root, "dev", *extras, shared, *projects, "--group", "pyproject.toml:dev")
    held = ("-c", "locks/dev.txt")
    _compile(root, "build", "--group", "pyproject.toml:build", *held)
    for service in SERVICES:
        _compile(root, service, f"services/{service}/pyproject.toml", *held)
    _compile(root, "runpod-simulator", "simulators/runpod/pyproject.toml", *held)
    _compile(root, "operator", "--extra", "operator", shared, *held)
    _compile(root, "s3", "deploy/docker/s3.in", *held)


def _compile(root: Path, name: str, *arguments: str) -> None:
    # Nothing of this machine's own package sources may find its way into the files.
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))
    }
    file = root / "locks" / f"{name}.txt"
    before = file.read_text() if file.exists() else ""
    uv = Path(sys.executable).with_name("uv")
    run(
        uv,
        *(*COMPILE, *arguments, "--upgrade", "-o", f"locks/{name}.txt"),
        environment=environment,
        folder=root,
    )
    changed = "" if file.read_text() == before else " (changed)"
    print(f"locks/{name}.txt{changed}")
