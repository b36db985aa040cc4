"""The main roads once more on the other build of the same sources: React in place of Preact."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from backends import TestRun
from e2e.stack import Stack, free_port

from studio import test_keeping, test_making

pytestmark = pytest.mark.usefixtures("stack")

FRONTEND: Final = Path(__file__).parents[2] / "frontend"


@pytest.fixture(scope="module")
def react_gateway(running_stack: Stack) -> Iterator[str]:
    """The address of a gateway that serves the build on React."""
    with TestRun.current().alone("react") as done:
        if not done.exists():
            build = ["npm", "run", "--silent", "build:react"]
            subprocess.run(build, cwd=FRONTEND, check=True, stdout=subprocess.DEVNULL)
            done.touch()
    port = free_port()
    settings = {"PORT": str(port), "STUDIO_DIR": str(FRONTEND / "dist-react")}
    process = running_stack.spawn("gateway", settings)
    process.wait_ready()
    yield f"http://127.0.0.1:{port}"
    process.stop()


@pytest.fixture
def address(react_gateway: str) -> str:
    return react_gateway


test_a_photo_becomes_a_picture = test_making.test_a_photo_becomes_a_picture
test_a_job_can_be_stopped = test_making.test_a_job_can_be_stopped
test_the_language_changes = test_keeping.test_the_language_changes_without_losing_anything
test_the_draft_survives_a_reload = test_keeping.test_the_draft_survives_a_reload
