"""Fuzzes the API against its own OpenAPI document: `python -m security.fuzz --cases 3000`.

schemathesis invents requests, good and bad, for every call of the document. Each answer has to be
one that the document names, in status, headers and body; a call that needs a session must refuse
one without. The verdict goes to the terminal, and with `--report PATH` as Markdown to a file.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import tomli_w

SCHEMATHESIS: Final = Path(sys.executable).with_name("schemathesis")
CASES_OF_MAKE_FUZZ: Final = 3000
CASES_OF_MAKE_TEST: Final = 300
SEED: Final = 1
ANSWER_SECONDS: Final = 60.0
KNOWN_JOB_PROBABILITY: Final = 0.6
"""How often an id is one of a job that is there; the other ids are invented."""

_ENVIRONMENT: Final = {"cases": "FUZZ_CASES", "seed": "FUZZ_SEED", "report": "FUZZ_REPORT"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How much is fuzzed.

    Attributes:
        cases: requests of the random phase, about; the systematic phase adds some hundreds.
        seed: the same seed, the same requests.
        report: where to write the verdict, or None.
    """

    cases: int
    seed: int
    report: Path | None

    @classmethod
    def of_environment(cls) -> "Wishes":
        """Return what `main` was asked for, or the share of every test run."""
        given = {name: os.environ.get(variable) for name, variable in _ENVIRONMENT.items()}
        return cls(
            int(given["cases"] or CASES_OF_MAKE_TEST),
            int(given["seed"] or SEED),
            Path(given["report"]) if given["report"] else None,
        )


@dataclass(frozen=True, slots=True)
class Target:
    """What is fuzzed: a running gateway, a session, and ids of jobs in every state.

    Of its `calls` only those that take something can be `varied`.
    """

    url: str
    cookie: str
    job_ids: list[str]
    calls: int
    varied: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run has shown; `failures` are the titles of the checks that failed, with counts."""

    cases: int
    calls: int
    failures: list[str]
    errors: int
    seed: int
    seconds: float
    output: str

    @property
    def is_clean(self) -> bool:
        """Whether every answer was as documented."""
        return not self.failures and not self.errors

    def markdown(self, statuses: dict[str, int]) -> str:
        """Return a section for people, with how many answers had each status."""
        answers = ", ".join(f"{count} of {status}" for status, count in sorted(statuses.items()))
        found = "; ".join(self.failures) or "none"
        return (
            "## API fuzzing\n\n"
            f"{self.cases} requests to {self.calls} calls in {self.seconds:.0f} s "
            f"(seed {self.seed}), a real gateway process on real Postgres and S3 servers.\n\n"
            f"- undocumented answers, wrong bodies or headers, ignored sessions: **{found}**\n"
            f"- requests that could not be judged: **{self.errors}**\n"
            f"- answers by status: {answers}\n"
        )


def fuzz(target: Target, wishes: Wishes, folder: Path) -> Verdict:
    """Run schemathesis to its end; the folder takes its settings and its report."""
    settings, report = folder / "schemathesis.toml", folder / "report.json"
    settings.write_text(tomli_w.dumps(_settings(target, wishes, report)), encoding="utf-8")
    examples = max(1, wishes.cases // target.varied)
    done = subprocess.run(
        [
            SCHEMATHESIS,
            "--config-file",
            settings,
            "run",
            f"{target.url}/openapi.json",
            f"-n{examples}",
        ],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert report.is_file(), done.stdout[-4000:]
    said: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    failures = [
        f"{one['title']} ({one['count']}): {', '.join(one['operations'])}"
        for one in said["failures"]
    ]
    if done.returncode and not failures and not said["errors"]:
        failures = [f"schemathesis ended with {done.returncode}"]
    return Verdict(
        cases=said["test_cases"]["generated"],
        calls=said["operations"]["tested"],
        failures=failures,
        errors=len(said["errors"]),
        seed=wishes.seed,
        seconds=said["running_time"],
        output=done.stdout,
    )


def _settings(target: Target, wishes: Wishes, report: Path) -> dict[str, Any]:
    known = {"dictionary": "jobs", "probability": KNOWN_JOB_PROBABILITY}
    # A file may be no picture and a key may be taken, which no schema can say.
    refusals_of_content = ["2xx", 401, 402, 404, 413, 415, 422]
    return {
        "seed": wishes.seed,
        "color": False,
        "max-redirects": 0,
        "max-stream-events": 1,
        "request-timeout": ANSWER_SECONDS,
        "continue-on-failure": True,
        "suppress-health-check": ["all"],
        "generation": {"database": "none", "with-security-parameters": False},
        "auth": {"openapi": {"session": {"api_key": target.cookie}}},
        "reports": {"json": {"path": str(report)}},
        "dictionaries": {"jobs": {"values": target.job_ids}},
        "parameters": {"path.job_id": known, "query.id": known},
        "operations": [
            {
                "include-name": ["POST /v1/jobs", "POST /api/queue/create"],
                "checks": {"positive_data_acceptance": {"expected-statuses": refusals_of_content}},
            }
        ],
    }


def main() -> int:
    """Fuzz as long as wished, and return the exit code."""
    parser = argparse.ArgumentParser(prog="security.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES_OF_MAKE_FUZZ)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--report", type=Path)
    for name, value in vars(parser.parse_args()).items():
        if value is not None:
            os.environ[_ENVIRONMENT[name]] = str(value)
    test = Path(__file__).with_name("test_security_fuzz.py")
    return pytest.main(["-q", "-s", "--timeout=0", str(test)])


if __name__ == "__main__":
    sys.exit(main())
