"""Every command of the bench starts, and refuses what it does not know."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["bench", "bench.load", "bench.growth", "bench.streams", "bench.vitals"]
)
def test_a_command_explains_itself(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"python -m {module}" in done.stdout
