"""The proxy that the other tests break the network with does what it says."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from proxy import ProxyThread

SHORT_SECONDS = 0.3


class Echo:
    """A server that sends everything back."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def proxy() -> Iterator[ProxyThread]:
    echo = Echo()
    with ProxyThread("127.0.0.1", echo.port) as running:
        yield running
    echo.close()


def dial(proxy: ProxyThread, seconds: float = 5.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=seconds)


def said(connection: socket.socket, words: bytes) -> bytes:
    connection.sendall(words)
    answer = b""
    while len(answer) < len(words) and (more := connection.recv(65536)):
        answer += more
    return answer


def test_everything_passes_in_order_on_many_connections(proxy: ProxyThread) -> None:
    connections = [dial(proxy) for _ in range(20)]
    for number, connection in enumerate(connections):
        words = bytes([number]) * 300_000
        assert said(connection, words) == words
    for connection in connections:
        connection.close()
    deadline = time.monotonic() + 5
    while proxy.open_connections and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (proxy.accepted, proxy.open_connections) == (20, 0)


def test_a_black_hole_answers_nothing_and_what_lost_bytes_stays_dead(proxy: ProxyThread) -> None:
    with dial(proxy) as busy, dial(proxy) as idle:
        said(busy, b"hello")
        said(idle, b"hello")
        proxy.black_hole()
        with dial(proxy) as late:
            for connection in (busy, late):
                connection.settimeout(SHORT_SECONDS)
                with pytest.raises(TimeoutError):
                    said(connection, b"anybody?")
            proxy.heal()
            for connection in (busy, late):
                with pytest.raises(TimeoutError):
                    said(connection, b"now?")
        assert said(idle, b"still here") == b"still here"
        with dial(proxy) as fresh:
            assert said(fresh, b"hello") == b"hello"


def test_a_reset_ends_what_is_and_lets_in_what_comes(proxy: ProxyThread) -> None:
    with dial(proxy) as old:
        said(old, b"hello")
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            old.recv(1)
    with dial(proxy) as fresh:
        assert said(fresh, b"hello") == b"hello"


def test_refusing_keeps_the_port(proxy: ProxyThread) -> None:
    for _ in range(3):
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            dial(proxy)
        proxy.heal()
        deadline = time.monotonic() + 5
        while True:
            try:
                with dial(proxy) as fresh:
                    assert said(fresh, b"hello") == b"hello"
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline


def test_latency_delays_and_slicing_cuts_without_changing_a_byte(proxy: ProxyThread) -> None:
    words = bytes(range(256)) * 8
    with dial(proxy) as connection:
        proxy.latency(0.1, 0.05)
        begun = time.monotonic()
        assert said(connection, words) == words
        assert time.monotonic() - begun >= 0.2
        proxy.heal()
        proxy.slice(100, 0.001)
        begun = time.monotonic()
        assert said(connection, words) == words
        assert time.monotonic() - begun >= 2 * (len(words) // 100) * 0.001


def test_a_half_closed_connection_still_carries_the_other_direction(proxy: ProxyThread) -> None:
    with dial(proxy) as connection:
        said(connection, b"hello")
        proxy.half_close()
        assert connection.recv(1) == b""
        connection.sendall(b"into the void")
