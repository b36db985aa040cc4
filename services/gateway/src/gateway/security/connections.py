"""HTTP connections that may not wait or grow without end, and are refused in our words.

uvicorn limits neither the time nor the size of a request's headers, nor what stands around a body's
chunks, and answers what is no HTTP with a plain sentence.
"""

import asyncio
import re
import socket
from typing import Final, cast

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from gateway.errors import problem_response
from gateway.security.headers import UNLESS_SET, always
from shared.errors import InvalidInput
from shared.ids import new_id

HEAD_SECONDS: Final = 10.0
"""From the start of a connection, or of a further request, to the end of its headers."""

UNREAD_SECONDS: Final = 10.0
"""For the rest of a body whose request has been answered already."""

AROUND_THE_BODY_BYTES: Final = 64 * 1024
"""For all headers, trailers and chunk lines; a body may have its own size of them on top."""

RECEIVE_BYTES: Final = 64 * 1024
"""What the kernel keeps of a connection until it is read, twice that by its own count: or each of
many uploads would be read, and held, in pieces of 256 KiB. Who is 50 ms away still sends 2 MB/s."""

_VERSIONS: Final = frozenset({"1.0", "1.1"})
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


class GuardedConnection(HttpToolsProtocol):
    """uvicorn's connection with limits."""

    https_only = False
    head_seconds = HEAD_SECONDS
    unread_seconds = UNREAD_SECONDS

    _deadline: asyncio.TimerHandle | None = None
    _received_bytes = 0
    _body_bytes = 0
    _is_whole = True
    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for a request."""
        super().connection_made(transport)
        link: socket.socket = transport.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        self._close_in(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._close_in(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count, and refuse a request that has too much around its body."""
        if self._is_refused:
            return
        self._received_bytes += len(data)
        super().data_received(data)
        if self._is_idle and self._deadline is None:
            self._close_in(self.head_seconds)
        around_bytes = self._received_bytes - self._body_bytes
        if around_bytes > AROUND_THE_BODY_BYTES + self._body_bytes and not self._is_whole:
            self.send_400_response("too much around the body")

    def on_message_begin(self) -> None:
        """Begin to read headers."""
        self._received_bytes = self._body_bytes = 0
        self._is_whole = False
        self._close_in(self.head_seconds)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop the clock; the request has limits of its own.

        Raises:
            ValueError: it is no request that everybody reads in the same way; the parser makes
                a refusal of that.
        """
        self._close_in(None)
        check_head(self.parser.get_http_version(), self.url, self.headers)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count what is really content."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that nothing is missing."""
        self._is_whole = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Do not read for ever what nobody wants any more."""
        super().on_response_complete()
        if not self._is_whole:
            self._close_in(self.unread_seconds)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or too much of it, with a problem of ours, and hang up.

        What still comes is dropped for a while: closing at once would reset the connection, and
        the answer would be lost.
        """
        _ = msg
        if self.transport.is_closing() or self._is_refused:
            return
        self._is_refused = True
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_refusal(https_only=self.https_only))
        self.transport.write_eof()
        self.flow.resume_reading()
        self._close_in(self.unread_seconds)

    @property
    def _is_idle(self) -> bool:
        """Whether no request runs or has begun: line ends between two begin none.

        uvicorn forgets its own limit for a connection that is kept as soon as anything comes.
        """
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return self._is_whole and (cycle is None or cycle.response_complete)

    def _close_in(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self.timeout_keep_alive_handler)


def check_head(version: str, target: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    """Refuse what the parser lets through although others would read it in another way; pure.

    Source: RFC 9112, sections 3.2 (exactly one Host, and a valid one) and 6.1 (a coding that is not
    only ``chunked``, or one in HTTP/1.0, is to be refused).

    Raises:
        ValueError: with the reason.
    """
    if version not in _VERSIONS:
        raise ValueError("not HTTP/1")
    if not target.startswith(b"/"):
        raise ValueError("not a path")
    size_bytes = len(target) + sum(len(name) + len(value) + 4 for name, value in headers)
    if size_bytes > AROUND_THE_BODY_BYTES:
        raise ValueError("too many headers")
    hosts = [value for name, value in headers if name == b"host"]
    if (hosts or version == "1.1") and (len(hosts) != 1 or _HOST.fullmatch(hosts[0]) is None):
        raise ValueError("not one host")
    codings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
    if codings and (codings != [b"chunked"] or version == "1.0"):
        raise ValueError("not a coding of ours")


class GuardedHttpsConnection(GuardedConnection):
    """The same where a proxy in front speaks https: browsers are told never to use less."""

    https_only = True


def _refusal(*, https_only: bool) -> bytes:
    response = problem_response(InvalidInput("request_malformed"), new_id().hex)
    headers = always(https_only=https_only) | UNLESS_SET | {"connection": "close"}
    response.headers.update(headers)
    lines = [b"%b: %b\r\n" % header for header in response.raw_headers]
    return b"".join([STATUS_LINE[response.status_code], *lines, b"\r\n", bytes(response.body)])
