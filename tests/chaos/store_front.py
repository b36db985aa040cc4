"""A front of the object store that misbehaves when told to and keeps a ledger of what was written.

Everything is passed on to the real store, signatures and all; the ledger says what the store
was made to hold, whatever its clients were told.
"""

import asyncio
import hashlib
import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any, Final, Self

from aiohttp import ClientSession, ClientTimeout, TCPConnector, web
from yarl import URL

HOP_BY_HOP: Final = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "date",
    "server",
    "expect",
}
CHANGING: Final = frozenset({"PUT", "POST", "DELETE"})


@dataclass(slots=True)
class StoreFault:
    """What goes wrong with the next requests.

    Attributes:
        fault: `error` before anything was done, `applied_then_error`, `slow`, `truncated` bodies of
            reads, `precondition_failed` for a conditional write that was not tried, `reset`.
        count: how many requests it still strikes.
    """

    fault: str
    count: int
    probability: float = 1.0
    status: int = 500
    delay_seconds: float = 0.0
    method: str | None = None
    """Only requests with this method; None for all."""


class StoreFront:
    """An HTTP server on a free port of the loopback in front of the store at `target`."""

    def __init__(self, target: str, ledger: Path, *, seed: int = 0) -> None:
        self._target = target
        self._ledger = ledger
        self._faults: list[StoreFault] = []
        self._chance = random.Random(seed)
        self.struck: Counter[str] = Counter()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._client = ClientSession(
            connector=TCPConnector(limit=0), timeout=ClientTimeout(total=120), auto_decompress=False
        )
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None))
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, shutdown_timeout=1)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._client.close()

    def misbehave(self, fault: StoreFault) -> None:
        """Let one more thing go wrong until its count is spent."""
        self._faults.append(fault)

    def behave(self) -> None:
        """Let nothing go wrong any more."""
        self._faults.clear()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body = await request.read()
        except ConnectionError:
            return _cut(request)
        fault = self._striking(request)
        if fault is not None:
            refusal = await _instead(fault, request)
            if refusal is not None:
                return refusal
        status, headers, content = await self._pass_on(request, body)
        match fault:
            case StoreFault(fault="applied_then_error"):
                return _refusal(fault.status)
            case StoreFault(fault="truncated"):
                return await _truncated(request, status, headers, content)
        return web.Response(status=status, headers=headers, body=content)

    async def _pass_on(
        self, request: web.BaseRequest, body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        headers = {
            n: v for n, v in request.headers.items() if n.lower() not in HOP_BY_HOP - {"date"}
        }
        async with self._client.request(
            request.method,
            URL(f"{self._target}{request.raw_path}", encoded=True),
            headers=headers,
            data=body or None,
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
            if request.method in CHANGING:
                self._note(request, body, answer.status)
            kept = {n: v for n, v in answer.headers.items() if n.lower() not in HOP_BY_HOP}
            if request.method == "HEAD":
                kept["Content-Length"] = answer.headers.get("Content-Length", "0")
            return answer.status, kept, content

    def _note(self, request: web.BaseRequest, body: bytes, status: int) -> None:
        entry: dict[str, Any] = {
            "at": time(),
            "method": request.method,
            "key": request.path.lstrip("/").partition("/")[2],
            "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest() if body else None,
            "status": status,
        }
        with self._ledger.open("a", encoding="utf-8") as ledger:
            ledger.write(json.dumps(entry) + "\n")

    def _striking(self, request: web.BaseRequest) -> StoreFault | None:
        for fault in self._faults:
            if not _concerns(fault, request) or self._chance.random() >= fault.probability:
                continue
            fault.count -= 1
            if fault.count <= 0:
                self._faults.remove(fault)
            self.struck[fault.fault] += 1
            return fault
        return None


def _concerns(fault: StoreFault, request: web.BaseRequest) -> bool:
    if fault.method not in {None, request.method}:
        return False
    match fault.fault:
        case "truncated":
            return request.method == "GET" and "list-type" not in request.query_string
        case "precondition_failed":
            return request.method == "PUT" and "If-None-Match" in request.headers
        case "applied_then_error":
            return request.method in CHANGING
        case _:
            return True


async def _instead(fault: StoreFault, request: web.BaseRequest) -> web.Response | None:
    """Return what is answered without asking the store, if this fault does so."""
    match fault.fault:
        case "error":
            return _refusal(fault.status)
        case "precondition_failed":
            return _refusal(412)
        case "reset":
            return _cut(request)
        case "slow":
            await asyncio.sleep(fault.delay_seconds)
    return None


def _refusal(status: int) -> web.Response:
    code = {412: "PreconditionFailed", 429: "TooManyRequests", 503: "SlowDown"}.get(
        status, "InternalError"
    )
    return web.Response(
        status=status,
        content_type="application/xml",
        text=f"<Error><Code>{code}</Code><Message>chaos</Message></Error>",
    )


def _cut(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _truncated(
    request: web.BaseRequest, status: int, headers: Mapping[str, str], content: bytes
) -> web.StreamResponse:
    """Promise the whole length and send half of it."""
    answer = web.StreamResponse(status=status, headers=headers)
    answer.content_length = len(content)
    await answer.prepare(request)
    await answer.write(content[: len(content) // 2])
    _cut(request)
    return answer
