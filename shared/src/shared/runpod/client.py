"""The RunPod job API over HTTP: one call per method, each answer as one of our types.

A POST is never repeated here: RunPod has no idempotency key, so a repeated POST can pay twice.

Not offered: ``/stream`` (the worker has no generator handler), ``/requests`` (undocumented shape),
``/batch`` (hours of latency).
Source for paths, answers and limits: RunPod's "send requests" and "operation reference" pages.
"""

import asyncio
from io import BytesIO
from typing import Final, Self
from urllib.parse import quote

import aiohttp
from yarl import URL

from shared.errors import RunPodUnavailable
from shared.runpod.answers import (
    Failed,
    FailureKind,
    Gone,
    Health,
    NotAccepted,
    RunSyncOutcome,
    StatusOutcome,
    SubmitOutcome,
    Unknown,
)
from shared.runpod.parse import (
    RawAnswer,
    parse_health,
    parse_purge,
    parse_retry_after,
    parse_runsync,
    parse_status,
    parse_submit,
)
from shared.runpod.parse_job import is_runpod_id
from shared.runpod.safe_text import safe_text
from shared.settings import RunPodSettings

CONNECT_TIMEOUT_SECONDS: Final = 3.0
TOTAL_TIMEOUT_SECONDS: Final = 15.0
STATUS_TIMEOUT_SECONDS: Final = 60.0
"""A finished job's answer carries its picture, and may echo its photo too."""

ANSWER_LIMIT_BYTES: Final = 32 * 1024 * 1024
SMALL_ANSWER_LIMIT_BYTES: Final = 1024 * 1024

_NOT_CONNECTED: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_NOT_SENT: Final = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError)
"""What cannot be put on the wire: an address that is none, a line break in a header."""


class _AnswerTooLargeError(Exception):
    """The body went on after its limit."""


def open_http(*, max_connections: int = 100) -> aiohttp.ClientSession:
    """Return an HTTP session for RunPod: no cookies, nothing from the environment.

    The caller closes it. It holds no key.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=max_connections),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(
            total=None, connect=CONNECT_TIMEOUT_SECONDS, sock_connect=CONNECT_TIMEOUT_SECONDS
        ),
        trust_env=False,
    )


class RunPodClient:
    """One endpoint of RunPod.

    Args:
        http: from ``open_http``.
        base_url: with the version, ``https://api.runpod.ai/v2``; the simulator has its own.
        endpoint_id: which endpoint.
        api_key: sent as a bearer token and kept out of every text.
        submit_timeout_seconds: for the whole of one submission.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        endpoint_id: str,
        api_key: str,
        *,
        submit_timeout_seconds: float = TOTAL_TIMEOUT_SECONDS,
    ) -> None:
        self._http = http
        self._submit_timeout_seconds = submit_timeout_seconds
        self._url = f"{base_url.rstrip('/')}/{quote(endpoint_id, safe='')}"
        self._headers = {"Authorization": f"Bearer {api_key}", "Accept-Encoding": "identity"}

    @classmethod
    def from_settings(cls, http: aiohttp.ClientSession, settings: RunPodSettings) -> Self:
        """Return a client for the endpoint that a service's settings name."""
        return cls(
            http,
            settings.runpod_base_url,
            settings.runpod_endpoint_id,
            settings.runpod_api_key.get_secret_value(),
        )

    async def submit(self, body: bytes) -> SubmitOutcome:
        """Post a job once; ``body`` comes from ``build_payload``. Takes at most 15 s."""
        answer = await self._post("run", body, self._submit_timeout_seconds)
        return parse_submit(answer) if isinstance(answer, RawAnswer) else answer

    async def runsync(
        self, body: bytes, *, wait_ms: int = 90_000, filename_prefix: str | None = None
    ) -> RunSyncOutcome:
        """Post a job once and wait for it up to 1,000 to 300,000 ms."""
        wait_ms = min(max(wait_ms, 1_000), 300_000)
        timeout_seconds = wait_ms / 1000 + self._submit_timeout_seconds
        answer = await self._post(f"runsync?wait={wait_ms}", body, timeout_seconds)
        return parse_runsync(answer, filename_prefix) if isinstance(answer, RawAnswer) else answer

    async def status(self, runpod_id: str, *, filename_prefix: str | None = None) -> StatusOutcome:
        """Ask how far a job is; may be repeated at will.

        Raises:
            RunPodUnavailable: no readable answer now.
            PermanentError: ``provider_rejected`` when RunPod refuses the question itself.
        """
        return await self._ask_job("GET", "status", runpod_id, filename_prefix=filename_prefix)

    async def status_sync(
        self, runpod_id: str, *, wait_ms: int = 30_000, filename_prefix: str | None = None
    ) -> StatusOutcome:
        """Ask how far a job is and let RunPod hold the answer until it moves or the wait is over.

        Source: only in RunPod's SDKs and older pages; not in the current ones.

        Raises:
            RunPodUnavailable: no readable answer now.
            PermanentError: ``provider_rejected`` when RunPod refuses the question itself.
        """
        return await self._ask_job(
            "GET",
            "status-sync",
            runpod_id,
            query=f"?wait={wait_ms}",
            timeout_seconds=STATUS_TIMEOUT_SECONDS + wait_ms / 1000,
            filename_prefix=filename_prefix,
        )

    async def cancel(self, runpod_id: str) -> StatusOutcome:
        """Stop a job; harmless when it has ended, ``Gone`` when RunPod does not know it.

        Raises:
            RunPodUnavailable: no readable answer now; try again.
            PermanentError: ``provider_rejected`` when RunPod refuses the request itself.
        """
        return await self._ask_job("POST", "cancel", runpod_id)

    async def retry(self, runpod_id: str) -> StatusOutcome:
        """Let RunPod run a failed or timed-out job again under the same id, its old output dropped.

        Raises:
            RunPodUnavailable: no readable answer now; it may run again all the same.
            PermanentError: ``provider_rejected`` when RunPod refuses, as for a finished job.
        """
        return await self._ask_job("POST", "retry", runpod_id)

    async def health(self) -> Health:
        """Return the counts of jobs and workers.

        Raises:
            RunPodUnavailable: no readable answer now.
            PermanentError: ``provider_rejected`` when RunPod refuses the question itself.
        """
        return parse_health(await self._ask("GET", "health"))

    async def purge_queue(self) -> int:
        """Drop every queued job of the endpoint and return how many; running ones stay.

        Raises:
            RunPodUnavailable: no readable answer now.
            PermanentError: ``provider_rejected`` when RunPod refuses the request itself.
        """
        return parse_purge(await self._ask("POST", "purge-queue"))

    async def _post(
        self, path: str, body: bytes, timeout_seconds: float
    ) -> RawAnswer | NotAccepted | Unknown:
        try:
            return await self._send("POST", path, body, timeout_seconds)
        except _NOT_CONNECTED as error:
            return NotAccepted(None, "not_connected", _describe(error), retryable=True)
        except _NOT_SENT as error:
            detail = _describe(error)
            return NotAccepted(None, "not_sent", detail, retryable=True, config_error=True)
        except (aiohttp.ClientError, OSError, _AnswerTooLargeError) as error:
            return Unknown(_describe(error))

    async def _ask_job(
        self,
        method: str,
        operation: str,
        runpod_id: str,
        *,
        query: str = "",
        timeout_seconds: float = STATUS_TIMEOUT_SECONDS,
        filename_prefix: str | None = None,
    ) -> StatusOutcome:
        if not is_runpod_id(runpod_id):
            return Gone()
        path = f"{operation}/{quote(runpod_id, safe='')}{query}"
        try:
            answer = await self._ask(method, path, timeout_seconds, ANSWER_LIMIT_BYTES)
        except _AnswerTooLargeError:
            detail = f"answer over {ANSWER_LIMIT_BYTES} bytes"
            return Failed(kind=FailureKind.ANSWER_TOO_LARGE, detail=detail)
        return parse_status(answer, filename_prefix)

    async def _ask(
        self,
        method: str,
        path: str,
        timeout_seconds: float = TOTAL_TIMEOUT_SECONDS,
        limit_bytes: int = SMALL_ANSWER_LIMIT_BYTES,
    ) -> RawAnswer:
        try:
            return await self._send(method, path, None, timeout_seconds, limit_bytes)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise RunPodUnavailable(reason=_describe(error)) from error

    async def _send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        timeout_seconds: float,
        limit_bytes: int = ANSWER_LIMIT_BYTES,
    ) -> RawAnswer:
        headers = self._headers | ({} if body is None else {"Content-Type": "application/json"})
        async with (
            asyncio.timeout(timeout_seconds),
            self._http.request(
                method,
                URL(f"{self._url}/{path}", encoded=True),
                data=None if body is None else BytesIO(body),
                headers=headers,
                allow_redirects=False,
            ) as response,
        ):
            return RawAnswer(
                response.status,
                await _read(response, limit_bytes),
                parse_retry_after(
                    response.headers.get("Retry-After"), response.headers.get("Date")
                ),
            )


async def _read(response: aiohttp.ClientResponse, limit_bytes: int) -> bytearray:
    body = bytearray()
    async for chunk in response.content.iter_any():
        if len(body) + len(chunk) > limit_bytes:
            raise _AnswerTooLargeError
        body += chunk
    return body


def _describe(error: Exception) -> str:
    """Return the error's type and text; the cause's too, since a time-out has none itself."""
    cause = error.__cause__ or error.__context__
    texts = [f"{type(error).__name__}: {error}"]
    if cause is not None:
        texts.append(f"{type(cause).__name__}: {cause}")
    return safe_text("; ".join(texts))[:300]
