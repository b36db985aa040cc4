"""No process outlives its run, and no other one is touched."""

import os
import signal
import sys
import time
from pathlib import Path

from bench.ending import end
from bench.leftovers import end_leftovers
from bench.measures.cpu import family_of

from local_stack.processes import Identity, Process
from local_stack.waiting import holds_within

PARENT = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
time.sleep(60)
"""


def a_family(folder: Path) -> tuple[Process, list[Identity]]:
    """Start a process with a child, deaf to SIGTERM."""
    folder.mkdir(parents=True, exist_ok=True)
    process = Process("parent", folder / "run", folder / "logs")
    process.start([sys.executable, "-c", PARENT], environment=os.environ, folder=folder)
    assert process.identity is not None
    pid = process.identity.pid
    assert holds_within(20, lambda: len(family_of(pid)) > 1)
    return process, [found for member in family_of(pid) if (found := Identity.of(member))]


def test_a_child_does_not_outlive_a_parent_that_had_to_be_killed(tmp_path: Path) -> None:
    process, family = a_family(tmp_path)
    assert end(process, by=signal.SIGTERM, grace_seconds=0.1)
    assert holds_within(5, lambda: not any(member.alive for member in family))
    assert not end(process, by=signal.SIGTERM, grace_seconds=0.1)


def test_what_a_killed_run_left_is_ended_and_its_folder_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "bench-abc"
    process, family = a_family(folder / "raw-1")
    process.detach()
    Identity(os.getpid(), started_ticks=0, boot="another").write(folder / "owner.json")
    assert end_leftovers(tmp_path) == 1
    assert holds_within(5, lambda: not any(member.alive for member in family))
    assert not folder.exists()


def test_a_run_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "bench-abc"
    process, family = a_family(folder)
    owner = Identity.of(os.getpid())
    assert owner is not None
    owner.write(folder / "owner.json")
    try:
        assert end_leftovers(tmp_path) == 0
        time.sleep(0.1)
        assert all(member.alive for member in family)
    finally:
        end(process, by=signal.SIGKILL, grace_seconds=5)
