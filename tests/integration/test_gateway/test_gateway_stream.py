"""Live events."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.settings import GatewaySettings
from gateway.stream.streams import StreamTimes
from shared.errors import Unauthorized
from test_gateway.rig import Message, Rig, Visitor, check_problem, running

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def hasty(settings: GatewaySettings) -> AsyncIterator[Rig]:
    """A gateway whose streams do everything soon."""
    times = StreamTimes(beat_seconds=0.05, lifetime_seconds=0.5)
    async with running(settings, times) as rig:
        yield rig


@pytest_asyncio.fixture
async def beating(settings: GatewaySettings) -> AsyncIterator[Rig]:
    """A gateway whose streams say often that they live."""
    async with running(settings, StreamTimes(beat_seconds=0.05)) as rig:
        yield rig


async def test_a_job_is_told_from_where_it_is_to_its_end(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    async with visitor.listen(f"/v1/jobs/{job['id']}/events") as events:
        assert events.response.headers["content-type"].startswith("text/event-stream")
        assert events.response.headers["cache-control"] == "no-cache, no-transform"
        assert events.response.headers["x-accel-buffering"] == "no"
        first = await events.told()
        assert (first.event, first.data["event"], first.id) == ("job", "snapshot", "1")
        attempt = await rig.factory.run(job["id"])
        assert (await events.told()).data["event"] == "job.submitted"
        await rig.factory.complete(attempt)
        saving = await events.told()
        assert (saving.data["event"], saving.data["job"]["stage"]) == ("job.completed", "saving")
        await rig.factory.store(attempt)
        last = await events.told()
        assert (last.data["event"], last.data["job"]["status"]) == ("job.stored", "done")
        assert await events.next() is None


async def test_an_ended_job_is_told_once(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    await rig.factory.bring_to(job["id"], "done")
    async with visitor.listen(f"/v1/jobs/{job['id']}/events") as events:
        messages = await events.rest()
    assert [message.data["event"] for message in messages] == ["snapshot"]
    assert messages[0].data["job"]["status"] == "done"


async def test_what_was_missed_is_told_on_return(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    await rig.factory.bring_to(job["id"], "done")
    path = f"/v1/jobs/{job['id']}/events"
    async with visitor.listen(path, last_event_id="2") as events:
        messages = await events.rest()
    told = [(message.id, message.data["seq"], message.data["event"]) for message in messages]
    assert told == [
        ("3", 3, "job.submitted"),
        ("4", 4, "job.completed"),
        ("5", 5, "job.stored"),
    ]
    assert {message.data["job"]["status"] for message in messages} == {"done"}


async def test_who_has_heard_the_end_need_not_come_back(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    await rig.factory.bring_to(job["id"], "done")
    path = f"/v1/jobs/{job['id']}/events"
    response = await visitor.http.get(path, headers={"last-event-id": "5"})
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("last", ["", "x", "-1", "99", "٣", "1" * 40, "1" * 5000])
async def test_a_mark_that_is_none_starts_anew(visitor: Visitor, last: str) -> None:
    job = await visitor.new_job()
    path = f"/v1/jobs/{job['id']}/events"
    headers = {b"last-event-id": last.encode()}
    async with visitor.http.stream("GET", path, headers=headers) as response:
        assert response.status_code == 200
        async for line in response.aiter_lines():
            if line.startswith("data:"):
                assert '"snapshot"' in line
                break


async def test_every_listener_of_a_job_is_told(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    path = f"/v1/jobs/{job['id']}/events"
    async with visitor.listen(path) as one, visitor.listen(path) as two:
        for events in (one, two):
            await events.told()
        assert rig.parts.hub.listening == 2
        await visitor.http.post(f"/v1/jobs/{job['id']}/cancel")
        for events in (one, two):
            assert (await events.told()).data["event"] == "job.cancelled"
            assert await events.next() is None
    assert rig.parts.hub.listening == 0


async def test_progress_is_told_without_an_event(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job()
    attempt = await rig.factory.run(job["id"])
    async with visitor.listen(f"/v1/jobs/{job['id']}/events") as events:
        await events.told()
        await rig.factory.progress(attempt, 40)
        told = await events.told(12)
        assert told.data["job"]["progress"]["percent"] == 40


async def test_without_a_broker_the_end_is_told_all_the_same(settings: GatewaySettings) -> None:
    async with running(settings, publish=False) as rig:
        visitor = await rig.visitor()
        job = await visitor.new_job()
        async with visitor.listen(f"/v1/jobs/{job['id']}/events") as events:
            await events.told()
            await rig.factory.bring_to(job["id"], "failed")
            told = await events.told(12)
            assert (told.data["event"], told.data["job"]["status"]) == ("job.failed", "failed")
            assert await events.next() is None


async def test_a_deleted_jobs_stream_ends(visitor: Visitor) -> None:
    job = await visitor.new_job()
    async with visitor.listen(f"/v1/jobs/{job['id']}/events") as events:
        await events.told()
        await visitor.http.delete(f"/v1/jobs/{job['id']}")
        assert await events.next() is None


async def test_an_account_hears_of_its_jobs_and_credits(rig: Rig, visitor: Visitor) -> None:
    async with visitor.listen("/v1/events") as events:
        account = await events.told()
        assert (account.event, account.data["available_credits"]) == ("account", 100)
        job = await visitor.new_job()
        told = [await events.told() for _ in range(2)]
        assert {message.event for message in told} == {"account", "job"}
        by_kind = {message.event: message.data for message in told}
        assert by_kind["account"]["available_credits"] == 98
        assert by_kind["job"]["job"]["id"] == job["id"]
        await rig.factory.bring_to(job["id"], "done")
        seen: list[Message] = []
        while not seen or seen[-1].event != "account":
            seen.append(await events.told())
        assert seen[-1].data["balance_credits"] == 98


async def test_an_account_is_told_its_open_and_recent_jobs_on_connect(
    rig: Rig, visitor: Visitor
) -> None:
    done, waiting, old = [await visitor.new_job() for _ in range(3)]
    await rig.factory.bring_to(done["id"], "done")
    await rig.factory.bring_to(old["id"], "done")
    await rig.database.row("ALTER TABLE jobs DISABLE TRIGGER guard")
    await rig.database.row(
        "UPDATE jobs SET updated_at = now() - interval '1 hour' WHERE id::text = $1", old["id"]
    )
    async with visitor.listen("/v1/events") as events:
        told = [await events.told() for _ in range(3)]
    assert told[0].event == "account"
    assert {message.data["job"]["id"] for message in told[1:]} == {done["id"], waiting["id"]}


async def test_an_account_goes_on_where_it_stopped(settings: GatewaySettings) -> None:
    """No event is published: whatever comes is told on connect, on a slow machine too."""
    async with running(settings, publish=False) as rig:
        visitor = await rig.visitor()
        early, late = await visitor.new_job(), await visitor.new_job()
        for job in (early, late):
            await rig.factory.bring_to(job["id"], "done")
        await rig.database.row("ALTER TABLE jobs DISABLE TRIGGER guard")
        await rig.database.row(
            "UPDATE jobs SET updated_at = now() - interval '20 seconds' WHERE id::text = $1",
            early["id"],
        )
        async with visitor.listen("/v1/events") as events:
            told = [await events.told() for _ in range(3)]
            assert told[-1].data["job"]["id"] == late["id"]
        async with visitor.listen("/v1/events", last_event_id=told[-1].id) as events:
            assert (await events.told()).event == "account"
            again = await events.told()
            assert again.data["job"]["id"] == late["id"]
            with pytest.raises(TimeoutError):
                await events.next(0.2)


async def test_nobody_hears_of_another_account(rig: Rig, visitor: Visitor) -> None:
    other = await rig.visitor()
    async with other.listen("/v1/events") as events:
        await events.told()
        job = await visitor.new_job()
        await rig.factory.bring_to(job["id"], "done")
        with pytest.raises(TimeoutError):
            await events.next(0.5)


async def test_a_quiet_stream_ends_in_time(hasty: Rig) -> None:
    visitor = await hasty.visitor()
    job = await visitor.new_job()
    async with visitor.listen(f"/v1/jobs/{job['id']}/events") as events:
        await events.told()
        assert await events.next() is None


async def test_a_quiet_stream_says_that_it_lives(beating: Rig) -> None:
    visitor = await beating.visitor()
    job = await visitor.new_job()
    async with visitor.listen(f"/v1/jobs/{job['id']}/events") as events:
        await events.told()
        await events.heard_alive(3)


async def test_a_stream_ends_when_its_session_does(settings: GatewaySettings) -> None:
    times = StreamTimes(beat_seconds=0.05)
    async with running(settings, times) as rig:
        visitor = await rig.visitor()
        async with visitor.listen("/v1/events") as events:
            await events.told()
            await rig.database.row("DELETE FROM ledger")
            await rig.database.row("DELETE FROM accounts")
            rig.parts.sessions.forget()
            assert await events.next() is None


async def test_who_listens_is_looked_up_with_all_others(rig: Rig, visitor: Visitor) -> None:
    sessions, cookie = rig.parts.sessions, visitor.http.cookies["ob_session"]
    async with visitor.listen("/v1/events") as events:
        await events.told()
        listening = frozenset(rig.parts.hub.accounts())
        assert listening == {await sessions.account_of(cookie)}
        sessions.forget()
        await sessions.look_up(listening)
        await rig.database.row("DELETE FROM ledger")
        await rig.database.row("DELETE FROM accounts")
        assert await sessions.account_of(cookie) in listening
        await sessions.look_up(listening)
        with pytest.raises(Unauthorized):
            await sessions.account_of(cookie)


async def test_a_reader_that_leaves_is_forgotten(rig: Rig, visitor: Visitor) -> None:
    async with visitor.listen("/v1/events") as events:
        await events.told()
        assert rig.parts.hub.listening == 1
    async with asyncio.timeout(5):
        while rig.parts.hub.listening:
            await asyncio.sleep(0.01)
    assert rig.parts.hub.accounts() == set()


async def test_when_the_process_leaves_streams_end(rig: Rig, visitor: Visitor) -> None:
    async with visitor.listen("/v1/events") as events:
        await events.told()
        rig.parts.hub.close()
        assert await events.next() is None
    async with visitor.listen("/v1/events") as events:
        assert (await events.told()).event == "account"
        assert await events.next() is None


async def test_a_stream_of_no_job_is_refused_before_it_starts(visitor: Visitor) -> None:
    response = await visitor.http.get("/v1/jobs/019a0f6c-2b7d-7c53-a1f0-e4b6c8d2a913/events")
    check_problem(response, 404, "not_found")
