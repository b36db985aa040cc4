"""An HTTP client for addresses that others named."""

from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from ssl import SSLContext
from typing import Final, cast

import httpcore
import httpx

from shared.egress.dialing import PublicBackend, Resolve, resolve
from shared.egress.targets import Target, check_target, read_target

CONNECT_TIMEOUT_SECONDS: Final = 3.0
TIMEOUT_SECONDS: Final = 10.0
"""For each wait; whoever asks sets the limit for the whole."""

_MAX_CONNECTIONS: Final = 20


def open_public_http(
    trusted: Collection[Target] = (),
    *,
    tls: SSLContext | None = None,
    resolve: Resolve = resolve,
    network: httpcore.AsyncNetworkBackend | None = None,
) -> httpx.AsyncClient:
    """Return a client that reaches nothing but https on port 443 of public addresses.

    A request elsewhere raises ``TargetRefused``, and nothing is sent. It follows no redirects,
    uses no proxy and nothing else from the environment, and asks for no compression. Read bodies
    with ``aiter_raw`` and count. The caller closes it.

    Args:
        trusted: exact origins that may be anything, such as a store on this machine. Only for
            development.
        tls: other than with the usual certificates.
        resolve: other than with the system's resolver.
        network: what really dials.
    """
    backend = PublicBackend(
        [(target.host, target.port) for target in trusted], resolve=resolve, network=network
    )
    return httpx.AsyncClient(
        transport=_PublicTransport(frozenset(trusted), backend, tls),
        timeout=httpx.Timeout(TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
        headers={"Accept-Encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
    )


class _PublicTransport(httpx.AsyncBaseTransport):
    """httpcore's pool on our network; httpx's own transport has no place for one."""

    def __init__(
        self, trusted: frozenset[Target], backend: PublicBackend, tls: SSLContext | None
    ) -> None:
        self._trusted = trusted
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(trust_env=False),
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=0,
            retries=0,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Check where it leads, and send it."""
        target = read_target(str(request.url))
        if target not in self._trusted:
            check_target(target)
        with _as_httpx():
            response = await self._pool.handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions={"timeout": request.extensions.get("timeout", {})},
                )
            )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(cast("AsyncIterable[bytes]", response.stream)),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for chunk in self._stream:
                yield chunk

    async def aclose(self) -> None:
        aclose = getattr(self._stream, "aclose", None)
        if aclose is not None:
            await aclose()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Let httpcore's errors be httpx's of the same name."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise getattr(httpx, type(error).__name__, httpx.TransportError)(str(error)) from error
