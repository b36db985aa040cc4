"""Ports: free, taken, and by whom."""

import os
import socket

from local_stack.ports import free, holder, listening, random_free


def test_a_port_that_somebody_listens_on_is_not_free_and_has_a_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert listening(port)
        assert not free(port)
        assert f"pid {os.getpid()}" in holder(port)


def test_a_port_on_all_addresses_is_not_free_either() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:  # noqa: S104 - that is the case
        assert not free(server.getsockname()[1])


def test_random_ports_are_free_and_different() -> None:
    ports = random_free(6)
    assert len(set(ports)) == 6
    assert all(free(port) for port in ports)
