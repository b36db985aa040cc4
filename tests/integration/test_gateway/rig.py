"""A gateway that listens on a port, the other services' statements, and visitors who call it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Self
from uuid import UUID

import httpx
import uvicorn
from PIL import Image

from gateway.app import build_app
from gateway.composition import GatewayParts, open_parts
from gateway.security.requests import RequestMetrics
from gateway.settings import GatewaySettings
from gateway.stream.streams import StreamTimes
from shared.contracts.catalogue import ROUTES
from shared.contracts.events import Event
from shared.db.database import Database
from shared.db.dispatching import ClaimedAttempt, Dispatching
from shared.db.ending import Ending
from shared.db.following import Following
from shared.db.outbox import Outbox
from shared.db.storing import StoredResult, Storing
from shared.domain.job import AttemptState
from shared.domain.timers import Timers
from shared.errors import CATALOGUE
from shared.ids import new_id
from shared.observability.health import Health
from shared.outbox.relay import Relay
from shared.storage.keys import output_key, thumbnail_key

_EVENTS = {route.event.topic: route.event for route in ROUTES if route.streamed}
Json = dict[str, Any]
PATIENCE_SECONDS = 60.0
"""For what comes by itself, however slow the machine is."""


@dataclass
class Loopback:
    """Publishes to one listener in this process, in the place of the broker."""

    on_event: Callable[[Event], Awaitable[None]]

    async def publish(
        self, topic: str, body: bytes, *, message_id: str, correlation_id: str, mandatory: bool
    ) -> None:
        _ = message_id, correlation_id, mandatory
        if topic in _EVENTS:
            await self.on_event(_EVENTS[topic].model_validate_json(body))


@dataclass
class Factory:
    """What submitter, poller and storer would do to a job."""

    database: Database

    def __post_init__(self) -> None:
        timers = Timers()
        self.dispatching = Dispatching(self.database, timers)
        self.following = Following(self.database, timers)
        self.storing = Storing(self.database, timers)
        self.ending = Ending(self.database, timers)

    async def dispatch(self, job_id: str, hook_sha256: bytes | None = None) -> ClaimedAttempt:
        attempt = await self.dispatching.claim(
            UUID(job_id), new_id(), hook_sha256 or new_id().bytes * 2
        )
        assert attempt is not None
        return attempt

    async def run(self, job_id: str, hook_sha256: bytes | None = None) -> ClaimedAttempt:
        attempt = await self.dispatch(job_id, hook_sha256)
        assert await self.dispatching.begin_post(attempt)
        assert await self.dispatching.record_submitted(attempt.attempt_id, f"rp-{job_id}", 60)
        return attempt

    async def progress(self, attempt: ClaimedAttempt, percent: int) -> None:
        await self.following.record_progress(
            attempt.attempt_id, 60, step=percent // 5, steps=20, percent=percent
        )
        self.database.outbox_filled.set()

    async def complete(self, attempt: ClaimedAttempt) -> None:
        assert await self.following.record_completed(attempt.attempt_id, 900)

    async def store(self, attempt: ClaimedAttempt) -> None:
        finished = await self.storing.claim(attempt.job_id)
        assert finished is not None
        keys = (
            output_key(attempt.job_id, attempt.created_at),
            thumbnail_key(attempt.job_id, attempt.created_at),
        )
        result = StoredResult(*keys, "ab" * 32, 1024, 1024, 1000)
        assert await self.storing.finish(finished, result) is not None

    async def fail(self, attempt: ClaimedAttempt) -> None:
        await self.ending.end_attempt(
            attempt.attempt_id, AttemptState.FAILED, code="provider_failed", retryable=False
        )

    async def bring_to(self, job_id: str, state: str) -> ClaimedAttempt | None:
        """Lead a queued job into a state."""
        if state == "queued":
            return None
        if state == "dispatching":
            return await self.dispatch(job_id)
        attempt = await self.run(job_id)
        if state in {"storing", "done"}:
            await self.complete(attempt)
        if state == "done":
            await self.store(attempt)
        if state == "failed":
            await self.fail(attempt)
        if state == "cancelled":
            await self.database.row(
                "UPDATE jobs SET cancel_requested_at = now() WHERE id = $1", attempt.job_id
            )
            await self.ending.end_attempt(
                attempt.attempt_id, AttemptState.CANCELLED, code="provider_failed", retryable=False
            )
        return attempt


@dataclass(frozen=True)
class Message:
    """One message of a stream."""

    event: str
    id: str | None
    data: Json


class EventReader:
    """Reads messages and comments of an open stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.comments = 0
        self._lines = response.aiter_lines()

    async def next(self, seconds: float = PATIENCE_SECONDS) -> Message | None:
        """Return the next message, or None at the end of the stream."""
        async with asyncio.timeout(seconds):
            fields: dict[str, str] = {}
            async for line in self._lines:
                if line.startswith(":"):
                    self.comments += 1
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    return Message(fields["event"], fields.get("id"), json.loads(fields["data"]))
                else:
                    fields = {}
        return None

    async def told(self, seconds: float = PATIENCE_SECONDS) -> Message:
        message = await self.next(seconds)
        assert message is not None, "the stream has ended"
        return message

    async def heard_alive(self, times: int) -> None:
        """Read on until the stream has said so often that it lives."""
        async for line in self._lines:
            self.comments += line.startswith(":")
            if self.comments == times:
                return

    async def rest(self) -> list[Message]:
        messages = []
        while message := await self.next():
            messages.append(message)
        return messages


class Visitor:
    """A client with cookies of its own."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.http = client

    async def create(self, key: str | None = None, **fields: Any) -> httpx.Response:  # noqa: ANN401 - as httpx
        image = fields.pop("image", None)
        form = [(name, (None, str(value))) for name, value in fields.items()]
        files: list[Any] = [*form, *([("image", image)] if image is not None else [])]
        headers = {} if key is None else {"idempotency-key": key}
        return await self.http.post("/v1/jobs", files=files, headers=headers)

    async def new_job(self, **fields: Any) -> Json:  # noqa: ANN401 - as httpx
        response = await self.create(**({"prompt": "a boat on a lake"} | fields))
        assert response.status_code == 202, response.text
        job: Json = response.json()
        return job

    async def sign_in(self) -> Self:
        response = await self.http.post("/v1/session")
        assert response.status_code == 200, response.text
        return self

    async def account(self) -> Json:
        account: Json = (await self.http.get("/v1/account")).json()
        return account

    async def job(self, job_id: str) -> Json:
        job: Json = (await self.http.get(f"/v1/jobs/{job_id}")).json()
        return job

    @asynccontextmanager
    async def listen(
        self, path: str, last_event_id: str | None = None
    ) -> AsyncIterator[EventReader]:
        headers = {} if last_event_id is None else {"last-event-id": last_event_id}
        async with self.http.stream("GET", path, headers=headers) as response:
            assert response.status_code == 200, response.status_code
            yield EventReader(response)


@dataclass
class Rig:
    """A gateway under test."""

    url: str
    settings: GatewaySettings
    database: Database
    parts: GatewayParts
    hinted: list[Event]
    factory: Factory
    _clients: contextlib.AsyncExitStack

    async def visitor(self, *, signed_in: bool = True) -> Visitor:
        client = httpx.AsyncClient(base_url=self.url, verify=False, trust_env=False, timeout=30)  # noqa: S501 - plain http
        visitor = Visitor(await self._clients.enter_async_context(client))
        return await visitor.sign_in() if signed_in else visitor

    async def count(self, table: str) -> int:
        row = await self.database.row(f"SELECT count(*) AS n FROM {table}")  # noqa: S608 - of the tests
        assert row is not None
        return int(row["n"])

    async def count_of(self, visitor: Visitor, table: str) -> int:
        """Return how many rows a visitor's account has."""
        row = await self.database.row(
            f"SELECT count(*) AS n FROM {table} WHERE account_id = $1",  # noqa: S608 - of the tests
            UUID((await visitor.account())["id"]),
        )
        assert row is not None
        return int(row["n"])


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Heard:
    """A broker for hints, which keeps them."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def hint(self, event: Event) -> None:
        """Take one."""
        self.events.append(event)


@asynccontextmanager
async def running(
    settings: GatewaySettings,
    times: StreamTimes | None = None,
    publish: bool = True,
) -> AsyncIterator[Rig]:
    """Serve a gateway on a free port; `publish` False is a broker that is down."""
    health, hints = Health(), Heard()
    async with (
        contextlib.AsyncExitStack() as clients,
        Database(settings.database_url.get_secret_value()) as database,
        open_parts(
            settings, database, hints, health, times=times, upload_patience_seconds=PATIENCE_SECONDS
        ) as parts,
    ):
        await parts.create_job.objects.ensure_bucket()

        app = build_app(settings, RequestMetrics())
        app.state.parts = parts
        server = _Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="none"))
        relay = Relay(Outbox(database), Loopback(parts.hub.on_event), database.outbox_filled)
        tasks = [asyncio.create_task(server.serve())]
        if publish:
            tasks.append(asyncio.create_task(_repeat(relay.step)))
        tasks.append(asyncio.create_task(_repeat(parts.hub.look_again)))
        while not server.started:
            await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        yield Rig(url, settings, database, parts, hints.events, Factory(database), clients)
        await clients.aclose()
        parts.hub.close()
        server.should_exit = True
        await tasks[0]
        for task in tasks[1:]:
            task.cancel()
        await asyncio.gather(*tasks[1:], return_exceptions=True)


async def _repeat(step: Callable[[], Awaitable[None]]) -> None:
    while True:
        await step()


def photo(size: tuple[int, int] = (64, 48), kind: str = "PNG", **options: Any) -> bytes:  # noqa: ANN401 - as Pillow
    """Return a picture's bytes."""
    picture = Image.radial_gradient("L").resize(size).convert("RGB")
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def a_file(content: bytes, name: str = "photo.png") -> tuple[str, bytes, str]:
    """Return a file part of a form."""
    return (name, content, "image/png")


def check_problem(response: httpx.Response, status: int, code: str) -> Json:
    """Check that an answer is a refusal in its whole shape, and return it."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem: Json = response.json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"/errors/{code}"
    assert problem["title"] == problem["en"]
    for language in ("en", "th"):
        assert problem[language]
        assert "{" not in problem[language], problem[language]
    assert problem["fault"] == CATALOGUE[code].fault
    assert problem["retryable"] == CATALOGUE[code].retryable
    assert problem["charged"] is False
    assert problem["request_id"] == response.headers["x-request-id"]
    return problem
