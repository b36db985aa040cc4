"""Weaves the layer into the drivers: asyncpg, aiohttp, httpcore, aiobotocore and aio-pika.

Below our adapters, not around them: so no adapter can make a call that has no point, and what the
adapters make of a driver's error is tried too.
"""

import functools
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aio_pika
import aiohttp
import asyncpg
import httpcore
from aiobotocore.client import (  # type: ignore[import-untyped]  # has no types
    AioBaseClient,
)
from aiohttp.client_reqrep import ConnectionKey
from aiormq.exceptions import ChannelInvalidStateError
from botocore.exceptions import (  # type: ignore[import-untyped]  # has no types
    EndpointConnectionError,
    ReadTimeoutError,
)
from yarl import URL

from failpoints.layer import Failure, Layer
from failpoints.points import COPIES, UNNAMED, statements
from shared.broker.publisher import CANARY
from shared.broker.topology import EVENTS_EXCHANGE, work_queue_of

_Call = Callable[..., Awaitable[Any]]

_NOWHERE: Final = ConnectionKey("failpoint", 0, False, True, None, None, None)  # noqa: FBT003 - a tuple
_DATABASE: Final = Failure(
    lambda: asyncpg.ConnectionDoesNotExistError("failpoint"), lambda: TimeoutError("failpoint")
)
_RUNPOD: Final = Failure(
    lambda: aiohttp.ClientConnectorError(_NOWHERE, OSError("failpoint")),
    lambda: aiohttp.SocketTimeoutError("failpoint"),
)
_RESULT: Final = Failure(
    lambda: httpcore.ConnectError("failpoint"), lambda: httpcore.ReadTimeout("failpoint")
)
_S3: Final = Failure(
    lambda: EndpointConnectionError(endpoint_url="failpoint"),
    lambda: ReadTimeoutError(endpoint_url="failpoint"),
)
_BROKER: Final = Failure(
    lambda: ChannelInvalidStateError("failpoint"), lambda: TimeoutError("failpoint")
)


def weave(layer: Layer, *, runpod_base_url: str) -> None:
    """Let every call of this process pass its points."""
    _weave_database(layer)
    _weave_runpod(layer, f"{runpod_base_url.rstrip('/')}/")
    _weave_results(layer)
    _weave_store(layer)
    _weave_broker(layer)


def _replace(owner: type, name: str, woven: Callable[[_Call], _Call]) -> None:
    original = getattr(owner, name)
    setattr(owner, name, functools.wraps(original)(woven(original)))


def _weave_database(layer: Layer) -> None:
    named = statements()

    def woven(original: _Call) -> _Call:
        async def run(pool: object, sql: str, *values: object, **options: object) -> object:
            return await layer.around(
                f"db.{named.get(sql, UNNAMED)}",
                lambda: original(pool, sql, *values, **options),
                _DATABASE,
                has_effect=bool,
            )

        return run

    for name in ("fetch", "fetchrow", "fetchval", "fetchmany", "execute", "executemany"):
        _replace(asyncpg.Pool, name, woven)


def _weave_runpod(layer: Layer, runpod: str) -> None:
    def woven(original: _Call) -> _Call:
        async def request(
            session: aiohttp.ClientSession, method: str, url: URL, **options: object
        ) -> object:
            if not str(url).startswith(runpod):
                return await original(session, method, url, **options)  # the store's, below boto
            responses: list[aiohttp.ClientResponse] = []
            _, _, path = str(url).removeprefix(runpod).partition("/")

            async def call() -> aiohttp.ClientResponse:
                responses.append(await original(session, method, url, **options))
                return responses[0]

            try:
                return await layer.around(
                    f"http.{path.replace('?', '/').split('/')[0]}", call, _RUNPOD
                )
            except aiohttp.SocketTimeoutError:
                for response in responses:
                    response.close()
                raise

        return request

    _replace(aiohttp.ClientSession, "_request", woven)


def _weave_results(layer: Layer) -> None:
    def woven(original: _Call) -> _Call:
        async def send(pool: object, request: httpcore.Request) -> httpcore.Response:
            responses: list[httpcore.Response] = []

            async def call() -> httpcore.Response:
                responses.append(await original(pool, request))
                return responses[0]

            try:
                return await layer.around("http.result", call, _RESULT)
            except httpcore.ReadTimeout:
                for response in responses:
                    await response.aclose()
                raise

        return send

    _replace(httpcore.AsyncConnectionPool, "handle_async_request", woven)


def _weave_store(layer: Layer) -> None:
    def woven(original: _Call) -> _Call:
        async def call_api(client: object, operation: str, params: object) -> object:
            answers: list[dict[str, Any]] = []

            async def call() -> dict[str, Any]:
                answers.append(await original(client, operation, params))
                return answers[0]

            try:
                return await layer.around(f"s3.{operation}", call, _S3)
            except ReadTimeoutError:
                for answer in answers:
                    if "Body" in answer:
                        answer["Body"].close()
                raise

        return call_api

    _replace(AioBaseClient, "_make_api_call", woven)


def _weave_broker(layer: Layer) -> None:
    def publishing(original: _Call) -> _Call:
        async def publish(
            exchange: aio_pika.Exchange, message: aio_pika.Message, key: str, **options: object
        ) -> object:
            return await layer.around(
                f"publish.{key if exchange.name == EVENTS_EXCHANGE else _kind(key, message)}",
                lambda: original(exchange, message, key, **options),
                _BROKER,
            )

        return publish

    def acknowledging(original: _Call) -> _Call:
        async def ack(message: aio_pika.IncomingMessage, **options: object) -> object:
            channel = message.channel

            def lost() -> Exception:
                return ChannelInvalidStateError("failpoint")

            try:
                return await layer.around(
                    f"ack.{_settled(message)}",
                    lambda: original(message, **options),
                    Failure(lost, lost),
                )
            except ChannelInvalidStateError as error:
                # An acknowledgement has no answer: it fails only when its connection is lost.
                await channel.connection.close(ConnectionResetError(str(error)))
                raise

        return ack

    _replace(aio_pika.Exchange, "publish", publishing)
    _replace(aio_pika.IncomingMessage, "ack", acknowledging)


def _kind(queue: str, message: aio_pika.Message) -> str:
    """Return what goes straight into a queue: a canary, or a copy for a work queue's companion."""
    if message.type == CANARY:
        return CANARY
    return next((part for part in queue.split(".") if part in COPIES), UNNAMED)


def _settled(message: aio_pika.IncomingMessage) -> str:
    """Return from where a message comes: a work queue, or what there is beside them."""
    if message.type == CANARY:
        return CANARY
    queue = work_queue_of(message.routing_key)
    return "dead" if queue.endswith(".dead") else queue
