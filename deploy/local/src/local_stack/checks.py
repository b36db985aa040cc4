"""Every check of the project: `python -m local_stack.checks all|lint`.

One after the other, but for the tests that mostly wait, which run beside the rest. The last line
carries the counts, whatever runner counted.
"""

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local_stack.browsers import QUICK
from local_stack.errors import StackError
from local_stack.places import repository

BIN = Path(sys.executable).parent
SOURCES = ("shared", "services", "simulators", "deploy", "tests", "bench")


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

PYTEST = (sys.executable, "-m", "pytest")
IN_PARALLEL = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
WAITING = ("tests/liveness", "tests/rolling")
TESTS = (
    Check("studio units", ("npm", "test", "--", "--run"), "frontend", runner="vitest"),
    Check(
        "tests",
        (*PYTEST, *IN_PARALLEL, "tests", *(f"--ignore={folder}" for folder in WAITING)),
        runner="pytest",
    ),
)
TESTS_THAT_WAIT = Check("tests that wait", (*PYTEST, *WAITING), runner="pytest")

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


def run(check: Check, *, beside: bool = False) -> Counts:
    """Run a check, show its output while it runs or, `beside` others, at its end, and count."""
    if not beside:
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
        lines.append(line)
        if not beside:
            print(line, end="", flush=True)
    counts = count(check.runner, "".join(lines), process.wait())
    verdict = "ok" if not counts.failed else "FAILED"
    if beside:
        print("\n".join(["", f"== {check.name}", *map(str.rstrip, lines)]), flush=True)
    print(f"-- {check.name}: {verdict} in {time.monotonic() - began:.1f} s", flush=True)
    return counts


def main(which: str) -> int:
    """Run the checks, print the counts, and return the exit code."""
    if which == "all":
        try:
            QUICK.ensure()
        except StackError as error:
            print(f"{error}\n{error.details}", file=sys.stderr)
            return 1
    counts = {check.name: run(check) for check in LINT}
    if which == "all":
        with ThreadPoolExecutor(1) as aside:
            waiting = aside.submit(run, TESTS_THAT_WAIT, beside=True)
            counts |= {check.name: run(check) for check in TESTS}
            counts[TESTS_THAT_WAIT.name] = waiting.result()
    total = sum(counts.values(), Counts())
    failed = [name for name, one in counts.items() if one.failed]
    print()
    if failed:
        print(f"failed: {', '.join(failed)}")
    print(total, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "all"))
