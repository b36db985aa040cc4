"""Connecting: the name is resolved here, every answer is checked, and what was checked is dialled.

Checking and dialling are one step, so a name that changes its mind in between gains nothing.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final

import httpcore

from shared.egress.addresses import is_public
from shared.egress.targets import TargetRefused

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Returns the numeric addresses of a host; ``OSError`` when it has none or nobody knows."""

_ADDRESSES_TRIED: Final = 4


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


class PublicBackend(httpcore.AsyncNetworkBackend):
    """httpcore's network, as far as it is public.

    Args:
        trusted: hosts and ports out of the settings that are dialled as they are.
        resolve: see ``Resolve``.
        network: what really dials.
    """

    def __init__(
        self,
        trusted: Collection[tuple[str, int]] = (),
        *,
        resolve: Resolve = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._trusted = frozenset(trusted)
        self._resolve = resolve
        self._network = network or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Dial a host's public addresses one after the other, until one answers.

        Raises:
            TargetRefused: ``address`` when any of its addresses is not public.
            httpcore.ConnectError: it has none, or none answers.
            httpcore.ConnectTimeout: it took longer than allowed, all together.
        """
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._vetted(host, port)
                return await self._dial(addresses, port, local_address, socket_options)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse."""
        _ = path, timeout, socket_options
        raise TargetRefused("address")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def _vetted(self, host: str, port: int) -> list[str]:
        if (host, port) in self._trusted:
            return [host]
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(type(error).__name__) from None
        if not addresses:
            raise httpcore.ConnectError("no address")
        if not all(map(is_public, addresses)):
            raise TargetRefused("address")
        return addresses[:_ADDRESSES_TRIED]

    async def _dial(
        self,
        addresses: list[str],
        port: int,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        last = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(
                    address, port, None, local_address, socket_options
                )
            except httpcore.ConnectError as error:
                last = error
        raise last
