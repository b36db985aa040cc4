"""Puts the stacks that are compared beside our own packages, as they are locked."""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Final

from local_stack.places import repository

LOCK: Final = Path(__file__).with_name("packages.txt")
"""Its versions are those of `locks/dev.txt` where that has them, so nothing of ours moves."""

_PYTHON: Final = Path(sys.executable)
_INSTALLERS: Final = (
    (_PYTHON.with_name("uv"), "pip", "install", "--python", _PYTHON),
    (_PYTHON, "-m", "pip", "install"),
)
"""The second is slower, but reads settings, of a mirror say, that the first does not."""

_SHOWN_CHARACTERS: Final = 2000


class CannotInstall(Exception):
    """The packages could not be installed; the message is the end of what was said."""


def install_packages() -> bool:
    """Install what is locked unless it is there; return whether that was needed.

    Raises:
        CannotInstall: Neither uv nor pip could.
    """
    stamp = Path(sys.prefix) / "bench.stamp"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    said = ""
    for installer in _INSTALLERS:
        done = subprocess.run(
            [*installer, "--quiet", "--require-hashes", "-r", LOCK],
            cwd=repository(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            stamp.write_text(wanted)
            return True
        said = done.stdout + done.stderr
    raise CannotInstall(said[-_SHOWN_CHARACTERS:])
