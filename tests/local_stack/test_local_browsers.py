"""Which browser looks at the studio."""

import os
import shutil
import subprocess
import sys

import pytest

from local_stack.browsers import QUICK, WHOLE

ASK = (
    "from local_stack.browsers import Browser; "
    "print(Browser(('not-there', 'sh', 'ls'), ()).find(), Browser(('not-there',), ()).find())"
)


@pytest.mark.parametrize(
    ("told", "found"),
    [({}, f"{shutil.which('sh')} None"), ({"CHROMIUM": "/its/own"}, "/its/own /its/own")],
    ids=["the first that is there", "what the environment says"],
)
def test_it_is_found(told: dict[str, str], found: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CHROMIUM"}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env=environment | told,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == found


def test_figures_are_taken_in_what_people_have() -> None:
    assert set(QUICK.programs) - set(WHOLE.programs) == {"chromium-headless-shell"}
