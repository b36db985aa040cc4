"""The browser that looks at the studio: found, or installed where that is allowed."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Final

from local_stack.errors import StackError

_WITH_WINDOWS: Final = ("chromium", "google-chrome", "chromium-browser")
_FONTS: Final = "fonts-thai-tlwg"


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that will do.

    Attributes:
        programs: its names, the best first.
        packages: what to install when there is none, the best first.
    """

    programs: tuple[str, ...]
    packages: tuple[str, ...]

    def find(self) -> str | None:
        """Return its path; `CHROMIUM` in the environment goes before all."""
        return os.environ.get("CHROMIUM") or next(
            filter(None, map(shutil.which, self.programs)), None
        )

    def ensure(self) -> None:
        """Install one unless there is one.

        Raises:
            StackError: there is none, and it cannot be installed here.
        """
        if self.find():
            return
        apt = shutil.which("apt-get")
        if apt is None or os.getuid() != 0:
            message = (
                f"The studio needs Chromium to be looked at: sudo apt-get install {_FONTS} and "
                f"{' or '.join(self.packages)}, or set CHROMIUM=/path/to/it."
            )
            raise StackError(message)
        print("== installing Chromium", flush=True)
        _run(apt, "update")
        for package in self.packages:
            done = _run(apt, "install", "-y", "--no-install-recommends", package, _FONTS)
            if done.returncode == 0:
                return
        raise StackError("apt-get could not install Chromium.", done.stderr[-2000:])


QUICK: Final = Browser(
    ("chromium-headless-shell", *_WITH_WINDOWS), ("chromium-headless-shell", "chromium")
)
"""For the suite: without windows a page takes half the processor time (measured)."""

WHOLE: Final = Browser(_WITH_WINDOWS, ("chromium",))
"""What people have; for figures."""


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
