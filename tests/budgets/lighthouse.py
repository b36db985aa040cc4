"""Lighthouse on a real Chromium, with the phone and the network that the budgets speak of."""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
from e2e.stack import free_port

from budgets.limits import (
    ACCESSIBILITY,
    BEST_PRACTICES,
    CLS,
    LCP_SECONDS,
    PERFORMANCE,
    TBT_MS,
    Measured,
)
from local_stack.browsers import WHOLE

FOLDER: Final = Path(__file__).parents[2] / "bench" / "web"
_FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_START_SECONDS: Final = 30.0


def install() -> None:
    """Install the locked Lighthouse beside its lock, unless just that is there."""
    npm = shutil.which("npm") or "npm"
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        command = [npm, "ci", "--silent", "--ignore-scripts"]
        subprocess.run(command, cwd=FOLDER, check=True, stdin=subprocess.DEVNULL)


@contextmanager
def _chromium() -> Iterator[int]:
    """Run a browser; yields the port at which it is steered."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ob-chromium-", ignore_cleanup_errors=True) as profile:
        command = [str(WHOLE.find()), *_FLAGS, f"--user-data-dir={profile}"]
        browser = subprocess.Popen(
            [*command, f"--remote-debugging-port={port}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/json/version")
            yield port
        finally:
            browser.terminate()
            browser.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            httpx.get(url, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def ask_lighthouse(url: str, runs: int) -> list[Measured]:
    """Return the medians of some runs beside their budgets."""
    with _chromium() as port:
        command = ["node", "measure.mjs", url, str(port), str(runs)]
        done = subprocess.run(command, cwd=FOLDER, check=True, stdout=subprocess.PIPE, text=True)
    seen: list[dict[str, Any]] = json.loads(done.stdout)

    def usual(name: str) -> float:
        return median(float(run[name]) for run in seen)

    unmet = sorted({audit for run in seen for audit in run["unmet"]})
    named = f" ({', '.join(unmet)})" if unmet else ""
    return [
        Measured("Lighthouse performance", usual("performance"), PERFORMANCE, at_least=True),
        Measured("Lighthouse accessibility", usual("accessibility"), ACCESSIBILITY, at_least=True),
        Measured(
            f"Lighthouse best practices{named}",
            usual("best_practices"),
            BEST_PRACTICES,
            at_least=True,
        ),
        Measured("largest contentful paint", usual("lcp_ms") / 1000, LCP_SECONDS, "s"),
        Measured("total blocking time", usual("tbt_ms"), TBT_MS, "ms"),
        Measured("layout shift", usual("cls"), CLS),
        Measured("requests to other hosts", usual("elsewhere"), 0),
    ]
