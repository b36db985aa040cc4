"""Every check of the project, one after the other: `python -m local_stack.checks all|lint`.

The last line carries the counts, whatever runner counted.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from local_stack.errors import StackError
from local_stack.places import repository

BIN = Path(sys.executable).parent
SOURCES = ("shared", "services", "simulators", "deploy", "tests", "bench")
APT_PACKAGES = ("chromium", "fonts-thai-tlwg")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tests did what; a linter counts as one test."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Return both together."""
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        """Return the closing line."""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


@dataclass(frozen=True, slots=True)
class Check:
    """A command; `runner` names the one whose closing line is counted."""

    name: str
    command: tuple[str, ...]
    folder: str = "."
    runner: str | None = None


LINT = (
    Check("ruff", (str(BIN / "ruff"), "check", "--quiet", ".")),
    Check("format", (str(BIN / "ruff"), "format", "--check", "--quiet", ".")),
    Check("mypy", (str(BIN / "mypy"), "--no-error-summary", *SOURCES)),
    Check("imports", (str(BIN / "lint-imports"), "--no-logo")),
    Check("studio lint and types", ("npm", "run", "--silent", "check"), "frontend"),
)

TESTS = (
    Check("studio units", ("npm", "test", "--", "--run"), "frontend", runner="vitest"),
    Check(
        "tests",
        (sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "tests"),
        runner="pytest",
    ),
)

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def count(runner: str | None, output: str, exit_code: int) -> Counts:
    """Read a runner's closing line; a command without one counts as a single test."""
    plain = _ANSI.sub("", output)
    lines = {"pytest": r"^=+ .*\bin [\d.]+s.*=+$", "vitest": r"^\s*Tests\s.*$"}
    closing = re.findall(lines[runner], plain, re.MULTILINE) if runner else []
    if not closing:
        return Counts(failed=1) if exit_code else Counts(passed=1)
    found = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", closing[-1])}
    failed = found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0)
    if exit_code and not failed:
        failed = 1
    return Counts(found.get("passed", 0), failed, found.get("skipped", 0))


def run(check: Check) -> Counts:
    """Run a check, show its output while it runs, and count."""
    print(f"\n== {check.name}", flush=True)
    began = time.monotonic()
    process = subprocess.Popen(
        check.command,
        cwd=repository() / check.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    lines: list[str] = []
    for line in process.stdout or ():
        print(line, end="", flush=True)
        lines.append(line)
    counts = count(check.runner, "".join(lines), process.wait())
    verdict = "ok" if not counts.failed else "FAILED"
    print(f"-- {check.name}: {verdict} in {time.monotonic() - began:.1f} s", flush=True)
    return counts


def find_chromium() -> str | None:
    """Return the browser's path."""
    names = ("chromium", "google-chrome", "chromium-browser")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def ensure_chromium() -> None:
    """Install a browser where that is allowed.

    Raises:
        StackError: there is none, and it cannot be installed here.
    """
    if find_chromium():
        return
    apt = shutil.which("apt-get")
    if apt is None or os.getuid() != 0:
        message = (
            f"The studio's tests need Chromium: sudo apt-get install {' '.join(APT_PACKAGES)}, "
            "or set CHROMIUM=/path/to/it."
        )
        raise StackError(message)
    print("== installing Chromium for the studio's tests", flush=True)
    update = [apt, "update"]
    subprocess.run(update, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    done = subprocess.run(
        [apt, "install", "-y", "--no-install-recommends", *APT_PACKAGES],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError("apt-get could not install Chromium.", done.stderr[-2000:])


def main(which: str) -> int:
    """Run the checks, print the counts, and return the exit code."""
    checks = LINT if which == "lint" else (*LINT, *TESTS)
    if which == "all":
        try:
            ensure_chromium()
        except StackError as error:
            print(f"{error}\n{error.details}", file=sys.stderr)
            return 1
    total = Counts()
    failed: list[str] = []
    for check in checks:
        counts = run(check)
        total += counts
        if counts.failed:
            failed.append(check.name)
    print()
    if failed:
        print(f"failed: {', '.join(failed)}")
    print(total, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "all"))
