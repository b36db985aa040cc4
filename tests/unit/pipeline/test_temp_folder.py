"""What a killed process leaves on the disk is deleted by the next one, and nobody else's is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

HOLD = """
from shared.temp_folder import own_temp_folder, workspace
with own_temp_folder() as own:
    (workspace("ob-upload-") / "source").write_text("a photo")
    print(own, flush=True)
    input()
"""


def holder(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env=os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def photos(folder: Path) -> set[Path]:
    return set(folder.rglob("source"))


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate("\n")
    assert process.returncode == 0


def test_the_next_process_deletes_what_a_killed_one_left(tmp_path: Path) -> None:
    killed, left = holder(tmp_path)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert photos(left)
    living, of_living = holder(tmp_path)
    assert not left.exists()
    another, of_another = holder(tmp_path)
    assert photos(of_living)
    assert photos(of_another)
    leave(living)
    leave(another)
    assert photos(tmp_path) == set()
