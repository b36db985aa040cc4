"""Many streams of many accounts at once: each hears of its own, all of it, and nothing else."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import pytest_asyncio
from test_gateway.rig import EventReader, Rig, Visitor, running

from gateway.settings import GatewaySettings
from gateway.stream.streams import StreamTimes

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(500)]

ACCOUNTS = 50
STREAMS_OF_AN_ACCOUNT = 10
"""Half of the whole account, half of its one job: 500 in all."""

CHECK_SECONDS = 0.5
LONGEST_SECONDS = 400


@pytest_asyncio.fixture
async def busy(settings: GatewaySettings) -> AsyncIterator[Rig]:
    """A gateway that looks at the sessions of its streams often."""
    times = StreamTimes(beat_seconds=CHECK_SECONDS)
    async with running(settings, times) as rig:
        yield rig


class Listener:
    """A stream and everything that it was told."""

    def __init__(self, account_id: str, job_id: str, reader: EventReader, *, whole: bool) -> None:
        self.account_id = account_id
        self.job_id = job_id
        self.is_of_the_account = whole
        self.told: list[dict[str, Any]] = []
        self.events: list[str] = []
        self.ended_at: float | None = None
        self.task = asyncio.create_task(self._listen(reader))

    async def _listen(self, reader: EventReader) -> None:
        try:
            while message := await reader.next(LONGEST_SECONDS):
                self.told.append(message.data)
                self.events.append(message.event)
        except httpx.HTTPError:
            pass
        self.ended_at = time.perf_counter()

    @property
    def statuses(self) -> list[str]:
        """Return the states of its job that it was told of."""
        return [data["job"]["status"] for data in self.told if "job" in data]


async def test_five_hundred_mixed_streams_hear_nothing_of_each_other(rig: Rig) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with AsyncExitStack() as opened:
        jobs: list[str] = []
        listeners: list[Listener] = []
        for number in range(ACCOUNTS):
            client = httpx.AsyncClient(
                base_url=rig.url, trust_env=False, timeout=LONGEST_SECONDS, limits=limits
            )
            visitor = await Visitor(await opened.enter_async_context(client)).sign_in()
            account_id = (await visitor.account())["id"]
            jobs.append((await visitor.new_job(prompt=f"words of {number}"))["id"])
            for whole in [True, False] * (STREAMS_OF_AN_ACCOUNT // 2):
                path = "/v1/events" if whole else f"/v1/jobs/{jobs[-1]}/events"
                reader = await opened.enter_async_context(visitor.listen(path))
                listeners.append(Listener(account_id, jobs[-1], reader, whole=whole))
        assert rig.parts.hub.listening == ACCOUNTS * STREAMS_OF_AN_ACCOUNT
        for number, job_id in enumerate(jobs):
            await rig.factory.bring_to(job_id, ("done", "failed", "cancelled")[number % 3])
        async with asyncio.timeout(LONGEST_SECONDS):
            while not all(
                listener.statuses[-1:] in (["done"], ["failed"], ["cancelled"])
                for listener in listeners
            ):
                await asyncio.sleep(0.1)
        for listener in listeners:
            listener.task.cancel()
        await asyncio.gather(*(one.task for one in listeners), return_exceptions=True)
    told = foreign = 0
    names = {job_id: f"words of {number}" for number, job_id in enumerate(jobs)}
    for listener in listeners:
        for event, data in zip(listener.events, listener.told, strict=True):
            told += 1
            own = (
                (data["id"] == listener.account_id and listener.is_of_the_account)
                if event == "account"
                else data["job"]["id"] == listener.job_id
                and data["job"]["prompt"] == names[listener.job_id]
            )
            others = json.dumps(data)
            foreign += not own or any(
                job_id in others for job_id in jobs if job_id != listener.job_id
            )
    sys.stdout.write(f"\n{len(listeners)} streams, {told} events, {foreign} foreign\n")
    assert foreign == 0
    assert told >= 2 * len(listeners)


async def test_a_stream_ends_soon_after_its_session_and_others_go_on(busy: Rig) -> None:
    leaving, staying = [await busy.visitor() for _ in range(2)]
    async with AsyncExitStack() as opened:
        readers = {
            name: await opened.enter_async_context(visitor.listen("/v1/events"))
            for name, visitor in (("leaving", leaving), ("staying", staying))
        }
        for reader in readers.values():
            assert (await reader.told()).event == "account"
        account_id = (await leaving.account())["id"]
        await busy.database.row("DELETE FROM ledger WHERE account_id::text = $1", account_id)
        await busy.database.row("DELETE FROM accounts WHERE id::text = $1", account_id)
        busy.parts.sessions.forget()
        began = time.perf_counter()
        assert await readers["leaving"].next(30) is None
        took = time.perf_counter() - began
        job = await staying.new_job()
        heard = [await readers["staying"].told() for _ in range(2)]
    assert job["id"] in {told.data["job"]["id"] for told in heard if told.event == "job"}
    sys.stdout.write(
        f"\nended {took:.1f} s after its session (looked at every {CHECK_SECONDS} s)\n"
    )


async def test_a_mark_of_another_account_opens_nothing(busy: Rig) -> None:
    """The mark is a time, not a permission: it is read against the listener's own jobs."""
    owner, other = [await busy.visitor() for _ in range(2)]
    job = await owner.new_job()
    await busy.factory.bring_to(job["id"], "done")
    async with owner.listen("/v1/events") as reader:
        marks = [(await reader.told()).id for _ in range(2)]
    async with other.listen("/v1/events", last_event_id=marks[-1]) as reader:
        first = await reader.told()
        assert (first.event, first.data["id"]) == ("account", (await other.account())["id"])
        with pytest.raises(TimeoutError):
            await reader.next(1)
    for mark in ("1", "5", marks[-1] or ""):
        answer = await other.http.get(
            f"/v1/jobs/{job['id']}/events", headers={"last-event-id": mark}
        )
        assert answer.status_code == 404
