"""HTTP/1.1 as cheaply as Python can: a protocol on uvloop with the parser of httptools."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast

import httptools


@dataclass(frozen=True, slots=True)
class Request:
    """What came.

    Args:
        method: In capitals.
        target: Path and query, as sent.
        body: Of a POST; other bodies are only counted.
        body_bytes: How long the body was.
    """

    method: bytes
    target: bytes
    body: bytes
    body_bytes: int


Reply = Sequence[bytes]
"""An answer, head and body, in pieces that are ready to be sent."""

Serve = Callable[[Request], Reply]


def head(
    status: HTTPStatus, length: int, kind: str = "application/json", *more: tuple[str, object]
) -> bytes:
    """Return status line and headers of an answer."""
    fields = (("content-length", length), ("content-type", kind), *more)
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{lines}\r\n".encode("ascii")


def reply(status: HTTPStatus, body: bytes = b"", kind: str = "application/json") -> Reply:
    """Return an answer with a body."""
    return (head(status, len(body), kind), body)


_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class HttpConnection(asyncio.Protocol):
    """One connection; requests are answered in turn, at once."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._parser = httptools.HttpRequestParser(self)
        self._begin()

    def _begin(self) -> None:
        self._target = b""
        self._body: list[bytes] = []
        self._body_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's inherits nothing

    def data_received(self, data: bytes) -> None:
        """Feed the parser, which calls the methods below."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Let a client go on that asks before it sends a body, as S3's do."""
        if name.lower() == b"expect" and value.lower() == b"100-continue":
            self._transport.write(_CONTINUE)

    def on_body(self, piece: bytes) -> None:
        """Count a piece of a body, and keep it when somebody reads it."""
        self._body_bytes += len(piece)
        if self._parser.get_method() == b"POST":
            self._body.append(piece)

    def on_message_complete(self) -> None:
        """Answer."""
        request = Request(
            self._parser.get_method(), self._target, b"".join(self._body), self._body_bytes
        )
        self._begin()
        self._transport.writelines(self._serve(request))
        if not self._parser.should_keep_alive():
            self._transport.close()
