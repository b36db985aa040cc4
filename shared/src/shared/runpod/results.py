"""Bringing a finished picture into a file: decoded from the answer, or fetched from a known origin.

A worker names the address of an ``s3_url``, so only exact origins out of the settings are asked,
with a client that checks where they lead.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import httpx

from shared.egress.targets import Target, TargetRefused, read_target
from shared.errors import NotFound, PermanentError, RunPodUnavailable
from shared.runpod.answers import OutputImage, OutputKind

RESULT_LIMIT_BYTES: Final = 25 * 1024 * 1024
"""A 1328 x 1328 PNG of noise has 5.3 MB; nothing that our workflows draw comes near this."""

FETCH_TIMEOUT_SECONDS: Final = 60.0

_OK: Final = 200
_GONE: Final = frozenset({403, 404, 410})
"""What a signed link answers when it has expired or its object is gone."""


class ResultFetcher:
    """Writes the picture of an answer to a file.

    Args:
        http: from ``open_public_http``.
        allowed_origins: the only ones that are asked.
        limit_bytes: the largest picture, counted while it arrives.
        timeout_seconds: for the whole of one fetch.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        allowed_origins: Iterable[Target] = (),
        *,
        limit_bytes: int = RESULT_LIMIT_BYTES,
        timeout_seconds: float = FETCH_TIMEOUT_SECONDS,
    ) -> None:
        self._http = http
        self._origins = frozenset(allowed_origins)
        self._limit_bytes = limit_bytes
        self._timeout_seconds = timeout_seconds

    async def fetch(self, image: OutputImage, path: Path) -> int:
        """Write the picture to ``path`` and return its size in bytes.

        Raises:
            PermanentError: ``provider_result_invalid`` when it is no base64, too large, elsewhere
                than allowed or than public, or refused.
            NotFound: ``result_lost`` when the link has expired or its object is gone.
            RunPodUnavailable: its store does not answer now.
        """
        if image.kind is OutputKind.BASE64:
            return await asyncio.to_thread(self._decode, image, path)
        try:
            if read_target(image.data) not in self._origins:
                raise _invalid("origin_not_allowed")
            async with asyncio.timeout(self._timeout_seconds):
                return await self._download(image.data, path)
        except TargetRefused as refused:
            raise _invalid(str(refused)) from None
        except httpx.InvalidURL:
            raise _invalid("not_a_url") from None
        except (httpx.HTTPError, TimeoutError) as error:
            # The text of the error may hold the signed link; its type is enough.
            raise RunPodUnavailable(reason=type(error).__name__) from None

    def _decode(self, image: OutputImage, path: Path) -> int:
        if len(image.data) * 3 // 4 > self._limit_bytes:
            raise _invalid("too_large")
        return path.write_bytes(image.decode())

    async def _download(self, url: str, path: Path) -> int:
        received = 0
        async with self._http.stream("GET", url) as response:
            _check_status(response.status_code)
            with path.open("wb") as file:
                async for chunk in response.aiter_raw(256 * 1024):
                    received += len(chunk)
                    if received > self._limit_bytes:
                        raise _invalid("too_large")
                    await asyncio.to_thread(file.write, chunk)
        return received


def _check_status(http_status: int) -> None:
    if http_status in _GONE:
        raise NotFound("result_lost", http_status=http_status)
    if http_status >= 500 or http_status == 429:  # noqa: PLR2004 - HTTP's own numbers
        raise RunPodUnavailable(http_status=http_status)
    if http_status != _OK:
        raise _invalid("refused")


def _invalid(reason: str) -> PermanentError:
    return PermanentError("provider_result_invalid", reason=reason)
