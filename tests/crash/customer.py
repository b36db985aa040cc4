"""A customer who does not give up: a request without an answer is sent again, under its key."""

import asyncio
import uuid
from dataclasses import dataclass
from typing import Final

import httpx

Files = dict[str, tuple[str | None, bytes, str]]

PATIENCE_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.1


@dataclass
class Customer:
    """One guest at the gateway."""

    http: httpx.AsyncClient

    async def call(
        self,
        method: str,
        path: str,
        *,
        files: Files | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send until there is an answer that is not the server's fault."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    answer = await self.http.request(method, path, files=files, headers=headers)
                except httpx.TransportError:
                    answer = None
                if answer is not None and not answer.is_server_error:
                    return answer
                await asyncio.sleep(PAUSE_SECONDS)

    async def arrive(self) -> None:
        """Become a guest."""
        (await self.call("POST", "/v1/session")).raise_for_status()

    async def order(self, prompt: str, picture: bytes | None, **fields: str) -> str:
        """Ask for a picture and return the job's id."""
        files: Files = {"prompt": (None, prompt.encode(), "text/plain")}
        files |= {name: (None, value.encode(), "text/plain") for name, value in fields.items()}
        if picture is not None:
            files["image"] = ("photo.jpg", picture, "image/jpeg")
        answer = await self.call(
            "POST", "/v1/jobs", files=files, headers={"Idempotency-Key": uuid.uuid4().hex}
        )
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return str(answer.json()["id"])
