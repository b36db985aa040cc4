"""The gateway as one person's browser uses it: a cookie, a form, live events, a download."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

from bench.load.wishes import Wish

Job = dict[str, Any]
TERMINAL: Final = frozenset({"done", "failed", "cancelled"})

ANSWER_SECONDS: Final = 60.0
"""Within which every answer but a stream must have come."""

COME_BACK: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
PATIENCE_SECONDS: Final = 60.0
"""For how long a person comes back who is asked to."""

_LONGEST_PAUSE_SECONDS: Final = 5.0


class Refused(Exception):
    """An answer that the person did not ask for; says which."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A job that was accepted, and how often the person was asked to come back before."""

    job: Job
    sent_bytes: int
    come_backs: int


class Browser:
    """One person's session; open it as a context manager.

    Args:
        url: the gateway.
        connector: connections, which all people share.
    """

    def __init__(self, url: str, connector: aiohttp.BaseConnector) -> None:
        self._http = aiohttp.ClientSession(
            url,
            connector=connector,
            connector_owner=False,
            # Cookies of an address without a name are refused otherwise.
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.close()

    async def open_account(self) -> None:
        """Become a guest, with new credits.

        Raises:
            Refused: whatever else than 200 was answered.
        """
        self._http.cookie_jar.clear()
        await self._until_taken(lambda: self._http.post("/v1/session"), HTTPStatus.OK)

    async def ask(self, wish: Wish, key: str) -> Asked | None:
        """Ask for a job; None when the account has no credits left.

        Raises:
            Refused: it was not accepted, and coming back did not help.
        """
        sent_bytes = 0 if wish.photo is None else len(wish.photo.content)
        try:
            job, come_backs = await self._until_taken(
                lambda: self._http.post(
                    "/v1/jobs", data=_form(wish), headers={"Idempotency-Key": key}
                ),
                HTTPStatus.ACCEPTED,
            )
        except Refused as refused:
            if "insufficient_credits" in str(refused):
                return None
            raise
        return Asked(job, sent_bytes, come_backs)

    async def look(self, job_id: str) -> Job:
        """Read a job.

        Raises:
            Refused: whatever else than 200 was answered.
        """
        job, _ = await self._until_taken(
            lambda: self._http.get(f"/v1/jobs/{job_id}"), HTTPStatus.OK
        )
        return job

    async def listen(self, job_id: str) -> AsyncGenerator[Job]:
        """Yield the job whenever it changes, until its stream ends.

        Raises:
            Refused: there is no stream.
        """
        whole = aiohttp.ClientTimeout(total=None, sock_read=ANSWER_SECONDS)
        async with self._http.get(f"/v1/jobs/{job_id}/events", timeout=whole) as answer:
            if answer.status != HTTPStatus.OK:
                raise Refused(f"events: {answer.status} {await answer.text()}")
            async for line in answer.content:
                if line.startswith(b"data:"):
                    yield json.loads(line.removeprefix(b"data:"))["job"]

    async def cancel(self, job_id: str) -> None:
        """Cancel a job, which may have ended meanwhile.

        Raises:
            Refused: for another reason than that it is too late.
        """
        async with self._http.post(f"/v1/jobs/{job_id}/cancel") as answer:
            if answer.status not in {HTTPStatus.ACCEPTED, HTTPStatus.CONFLICT}:
                raise Refused(f"cancel: {answer.status} {await answer.text()}")

    async def delete(self, job_id: str) -> None:
        """Delete a job.

        Raises:
            Refused: whatever else than 204 was answered.
        """
        async with self._http.delete(f"/v1/jobs/{job_id}") as answer:
            if answer.status != HTTPStatus.NO_CONTENT:
                raise Refused(f"delete: {answer.status} {await answer.text()}")

    async def download(self, job: Job) -> int:
        """Fetch a finished picture from the store, and return how many bytes it has.

        Raises:
            Refused: there is none.
        """
        async with self._http.get(job["result_url"]) as answer:
            content = await answer.read()
            if answer.status != HTTPStatus.OK or not content.startswith(b"\x89PNG"):
                raise Refused(f"download: {answer.status}, {len(content)} bytes")
            return len(content)

    async def _until_taken(
        self,
        request: Callable[[], AbstractAsyncContextManager[aiohttp.ClientResponse]],
        expected: HTTPStatus,
    ) -> tuple[Job, int]:
        """Send a request, again when it is asked for; return the answer and how often it was."""
        clock = asyncio.get_running_loop().time
        until, come_backs = clock() + PATIENCE_SECONDS, 0
        while True:
            async with request() as answer:
                if answer.status == expected:
                    return await answer.json(), come_backs
                said = f"{answer.method} {answer.url.path}: {answer.status} {await answer.text()}"
                if answer.status not in COME_BACK or clock() > until:
                    raise Refused(said)
                pause_seconds = float(answer.headers.get("Retry-After", "1"))
            come_backs += 1
            await asyncio.sleep(min(pause_seconds, _LONGEST_PAUSE_SECONDS))


def _form(wish: Wish) -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("prompt", wish.prompt)
    form.add_field("ratio", wish.ratio)
    if wish.photo is not None:
        photo = wish.photo
        file = io.BytesIO(photo.content)
        form.add_field("image", file, filename=photo.name, content_type=photo.content_type)
    return form
