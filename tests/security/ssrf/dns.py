"""A small DNS server whose answers change with every question, and a resolver that asks it."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import count

_A, _CNAME, _IN = 1, 5, 1
_RESPONSE = 0x8180
_NAME_OF_THE_QUESTION = b"\xc0\x0c"
_HEAD = struct.Struct(">6H")
_RECORD = struct.Struct(">HHIH")

Zone = Callable[[int], tuple[str | None, list[str]]]
"""From the number of a question to the name that it leads to, if any, and the addresses."""


@dataclass
class DnsServer(asyncio.DatagramProtocol):
    """Answers every question about A records."""

    zone: Zone
    questions: int = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        number = int.from_bytes(data[:2])
        question = data[_HEAD.size : data.index(b"\0", _HEAD.size) + 5]
        alias, addresses = self.zone(self.questions)
        self.questions += 1
        owner, records = _NAME_OF_THE_QUESTION, []
        if alias is not None:
            # The alias stands right after the record's head, where the next record points to.
            at = _HEAD.size + len(question) + len(owner) + _RECORD.size
            records.append(_record(owner, _CNAME, _encoded(alias)))
            owner = struct.pack(">H", 0xC000 | at)
        records += [_record(owner, _A, IPv4Address(address).packed) for address in addresses]
        head = _HEAD.pack(number, _RESPONSE, 1, len(records), 0, 0)
        self._transport.sendto(head + question + b"".join(records), addr)


@asynccontextmanager
async def serving_dns(zone: Zone) -> AsyncIterator[tuple[DnsServer, int]]:
    """Serve a zone on loopback, and tell the port."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: DnsServer(zone), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


class _Question(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        _ = addr
        self.answer.set_result(data)


@dataclass
class Resolver:
    """Asks a server on loopback; in the place of the system's resolver."""

    server_port: int

    def __post_init__(self) -> None:
        self._numbers = count(1)

    async def __call__(self, host: str, port: int) -> list[str]:
        _ = port
        question = _encoded(host) + struct.pack(">HH", _A, _IN)
        loop = asyncio.get_running_loop()
        transport, asking = await loop.create_datagram_endpoint(
            _Question, remote_addr=("127.0.0.1", self.server_port)
        )
        try:
            transport.sendto(_HEAD.pack(next(self._numbers), 0x0100, 1, 0, 0, 0) + question)
            return _addresses(await asking.answer, _HEAD.size + len(question))
        finally:
            transport.close()


def _addresses(answer: bytes, at: int) -> list[str]:
    addresses = []
    while at < len(answer):
        kind, _, _, length = _RECORD.unpack_from(answer, at + 2)
        data = answer[at + 2 + _RECORD.size :][:length]
        if kind == _A:
            addresses.append(str(IPv4Address(data)))
        at += 2 + _RECORD.size + length
    return addresses


def _record(owner: bytes, kind: int, data: bytes) -> bytes:
    return owner + _RECORD.pack(kind, _IN, 0, len(data)) + data


def _encoded(name: str) -> bytes:
    labels = (bytes([len(label)]) + label.encode() for label in name.split("."))
    return b"".join(labels) + b"\0"
