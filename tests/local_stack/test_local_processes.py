"""Processes that outlive their command: known by more than a pid, stopped by nothing else."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.errors import StackError
from local_stack.processes import Identity, Process, run
from local_stack.waiting import holds_within

SLEEP = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); " + SLEEP


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    made = Process("sleeper", tmp_path / "run", tmp_path / "logs")
    yield made
    made.stop(by=signal.SIGKILL)


def start(process: Process, source: str) -> None:
    process.start([sys.executable, "-c", source], environment=os.environ, folder=Path("/"))


def test_a_started_process_is_alive_until_it_is_stopped(process: Process) -> None:
    start(process, SLEEP)
    assert process.alive
    assert process.stop()
    assert not process.alive


def test_another_command_knows_it_by_its_pid_file(process: Process, tmp_path: Path) -> None:
    start(process, SLEEP)
    assert Process("sleeper", tmp_path / "run", tmp_path / "logs").identity == process.identity


def test_stopping_what_does_not_run_does_nothing(process: Process) -> None:
    assert not process.stop()


def test_a_process_that_ignores_the_request_is_ended_by_force(process: Process) -> None:
    start(process, DEAF)
    process.wait_until(lambda: "deaf" in process.log_tail(), seconds=20)
    assert process.stop(grace_seconds=0.2)
    assert not process.alive


def test_a_pid_that_was_given_to_somebody_else_is_left_alone(
    process: Process, tmp_path: Path
) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as stranger:
        now = Identity.of(stranger.pid)
        assert now is not None
        earlier = Identity(now.pid, now.started_ticks - 1, now.boot)
        (tmp_path / "run").mkdir()
        earlier.write(tmp_path / "run" / "sleeper.json")
        assert not process.alive
        assert not process.stop()
        assert stranger.poll() is None
        stranger.kill()


def test_a_pid_file_of_an_earlier_boot_names_nobody(process: Process, tmp_path: Path) -> None:
    me = Identity.of(os.getpid())
    assert me is not None
    (tmp_path / "run").mkdir()
    Identity(me.pid, me.started_ticks, "an earlier boot").write(tmp_path / "run" / "sleeper.json")
    assert not process.alive


def test_a_broken_pid_file_names_nobody(process: Process, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "sleeper.json").write_text(json.dumps({"pid": 1}))
    assert process.identity is None


def test_a_zombie_is_not_alive() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        assert holds_within(20, lambda: Identity.of(child.pid) is None)


def test_a_process_that_ends_while_starting_shows_its_log(process: Process, tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    start(process, f"open({str(started)!r}).close(); raise SystemExit('no licence')")
    started.write_text("")
    with pytest.raises(StackError, match="ended while it was starting") as error:
        process.wait_until(lambda: False, seconds=20)
    assert "no licence" in error.value.details


def test_a_command_that_fails_shows_what_it_said() -> None:
    with pytest.raises(StackError, match="failed with 3") as error:
        run(sys.executable, "-c", "print('why'); raise SystemExit(3)")
    assert "why" in error.value.details
