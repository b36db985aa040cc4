"""Known holes in what we depend on, and the bill of materials: `python -m security.audit`.

The bills (CycloneDX) go to `.local/sbom`, one for each lock and one for the studio. Then two
databases are asked: one for the locked Python packages, one for the locked npm packages. Each has
to prove first that it knows a package with famous holes: a database that cannot be reached, or
knows nothing, is no good news, and has an exit code of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from local_stack.places import LOCAL_FOLDER, repository

BIN: Final = Path(sys.executable).parent
FAMOUS_FOR_HOLES: Final = "jinja2==2.4.1\n"
PYTHON_DATABASES: Final = ("osv", "pypi")
ASK_SECONDS: Final = 300
CYCLONEDX_VERSION: Final = "1.6"


class Verdict(IntEnum):
    """The exit code."""

    CLEAN = 0
    HOLES = 1
    UNKNOWN = 3
    """A database was not reached, or could not tell of every package."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a database said.

    Attributes:
        holes: one line for each: the package, its version, the advisory.
        untold: packages of which it could not tell, or why it could not be asked.
    """

    holes: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    def __add__(self, other: "Findings") -> "Findings":
        return Findings(self.holes + other.holes, self.untold + other.untold)

    @property
    def verdict(self) -> Verdict:
        """Return the exit code; a hole weighs more than a gap."""
        if self.holes:
            return Verdict.HOLES
        return Verdict.UNKNOWN if self.untold else Verdict.CLEAN


def read_pip_audit(output: str) -> Findings:
    """Read pip-audit's JSON; a package that it has skipped is untold of."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Findings(untold=["pip-audit gave no answer"])
    findings = Findings()
    for package in packages:
        if "skip_reason" in package:
            findings.untold.append(package["name"])
        for hole in package.get("vulns", ()):
            names = " ".join([hole["id"], *hole.get("aliases", ())])
            findings.holes.append(f"{package['name']} {package['version']}: {names}")
    return findings


def read_npm_audit(output: str) -> Findings:
    """Read npm's JSON; an error in the place of an answer is untold."""
    try:
        said: dict[str, Any] = json.loads(output)
        holes = said["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        return Findings(untold=["npm audit gave no answer"])
    return Findings(
        holes=[
            f"{name}: {hole['severity']}, {hole['range']}" for name, hole in sorted(holes.items())
        ]
    )


def write_bills(folder: Path) -> list[Path]:
    """Write a bill of materials for each lock and for the studio.

    Raises:
        subprocess.CalledProcessError: a tool has failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bills = [write_bill(lock, folder) for lock in sorted((repository() / "locks").glob("*.txt"))]
    return [*bills, write_studio_bill(folder)]


def write_bill(lock: Path, folder: Path) -> Path:
    """Write the bill of materials of a lock."""
    bill = folder / f"{lock.stem}.cdx.json"
    tool: list[str | Path] = [BIN / "cyclonedx-py", "requirements", lock, "--output-reproducible"]
    _run([*tool, "--spec-version", CYCLONEDX_VERSION, "--output-file", bill], check=True)
    return bill


def write_studio_bill(folder: Path) -> Path:
    """Write the bill of materials of the studio's packages, those that only build it too."""
    bill = folder / "studio.cdx.json"
    command = ["npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only"]
    bill.write_text(_run(command, folder=repository() / "frontend", check=True), encoding="utf-8")
    return bill


def ask_about_python() -> Findings:
    """Ask the first database that knows a package with famous holes about every lock at once.

    The development lock holds what all others hold.
    """
    for database in PYTHON_DATABASES:
        with tempfile.TemporaryDirectory() as folder:
            probe = Path(folder) / "probe.txt"
            probe.write_text(FAMOUS_FOR_HOLES, encoding="utf-8")
            if read_pip_audit(_pip_audit(probe, database)).holes:
                return read_pip_audit(_pip_audit(repository() / "locks" / "dev.txt", database))
    tried = " and ".join(PYTHON_DATABASES)
    return Findings(untold=[f"no database of Python's packages can be reached (tried {tried})"])


def ask_about_npm() -> Findings:
    """Ask npm's registry about the studio's lock."""
    command = ["npm", "audit", "--json", "--package-lock-only"]
    return read_npm_audit(_run(command, folder=repository() / "frontend"))


def _pip_audit(requirements: Path, database: str) -> str:
    tool: list[str | Path] = [BIN / "pip-audit", "--requirement", requirements]
    how = ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    return _run([*tool, *how, "--vulnerability-service", database])


def _run(command: Sequence[str | Path], *, folder: Path | None = None, check: bool = False) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=folder or repository(),
            env=os.environ | {"NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=check,
            timeout=ASK_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def main() -> Verdict:
    """Write the bills, ask the databases, and say what they know."""
    say = sys.stdout.write
    bills = write_bills(repository() / LOCAL_FOLDER / "sbom")
    say(f"bills of materials: {len(bills)} in {LOCAL_FOLDER}/sbom\n")
    findings = Findings()
    for name, ask in (("Python", ask_about_python), ("npm", ask_about_npm)):
        found = ask()
        say(f"{name}: {len(found.holes)} known holes, {len(found.untold)} not told of\n")
        for line in (*found.holes, *found.untold):
            say(f"  {line}\n")
        findings += found
    meanings = {
        Verdict.CLEAN: "no known holes",
        Verdict.HOLES: "KNOWN HOLES",
        Verdict.UNKNOWN: "NOT KNOWN: a database could not be asked; this is no clean bill",
    }
    say(f"audit: {meanings[findings.verdict]}\n")
    return findings.verdict


if __name__ == "__main__":
    sys.exit(main())
