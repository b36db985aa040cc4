"""Ports: free, taken, reserved, and by whom."""

import os
import socket
import subprocess
import sys

import pytest

from local_stack import ports
from local_stack.ports import free, holder, listening, reserve

FIRST = 32_000 + 6 * (os.getpid() % 128)
OUTSIDE = range(FIRST, FIRST + 6)
"""Neither reserved otherwise nor taken by outgoing connections, nor by a run beside this one."""
IN_ANOTHER_PROCESS = f"""
from local_stack import ports
ports.RANDOM_RANGE = {OUTSIDE}
print(*ports.reserve(3), flush=True)
input()
"""


def test_a_port_that_somebody_listens_on_is_not_free_and_has_a_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert listening(port)
        assert not free(port)
        assert f"pid {os.getpid()}" in holder(port)


def test_a_port_on_all_addresses_is_not_free_either() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:  # noqa: S104 - that is the case
        assert not free(server.getsockname()[1])


def test_what_one_process_has_reserved_no_other_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "RANDOM_RANGE", OUTSIDE)
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = [int(port) for port in other.stdout.readline().split()]
        ours = reserve(3)
        assert {*ours, *theirs} == {*OUTSIDE}
        with pytest.raises(OSError, match="fewer than 1"):
            reserve(1)
        other.communicate("\n")
    assert {*reserve(3)} == {*theirs}


def test_a_server_can_listen_on_a_reserved_port_again_and_again() -> None:
    (port,) = reserve(1)
    for _ in range(2):
        assert free(port)
        with socket.create_server(("127.0.0.1", port)):
            assert listening(port)
