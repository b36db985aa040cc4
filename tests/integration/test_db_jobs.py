"""The owner's statements against a real Postgres."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from shared.db.accounts import Account, Accounts
from shared.db.database import Database
from shared.db.jobs import Jobs, NewJob
from shared.domain.job import JobState, Model, Ratio, Stage
from shared.domain.timers import Timers
from shared.errors import NotFound
from shared.ids import new_id

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database(database_url) as opened:
        yield opened


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database, Timers())


@pytest_asyncio.fixture
async def account(database: Database) -> Account:
    return await Accounts(database).open_guest(10)


def a_job(account: Account, key: str | None = None) -> NewJob:
    job_id = new_id()
    return NewJob(
        id=job_id,
        account_id=account.id,
        idempotency_key=key or str(job_id),
        request_sha256="00",
        prompt="a boat",
        negative_prompt="",
        model=Model.QWEN_IMAGE,
        ratio=Ratio.SQUARE,
        seed=1,
        price_credits=2,
        created_at=account.read_at,
    )


async def ledger(database: Database) -> list[tuple[str, int]]:
    rows = await database.rows("SELECT kind, amount_credits FROM ledger ORDER BY id")
    return [(row["kind"], row["amount_credits"]) for row in rows]


async def held(database: Database, account: Account) -> int:
    now = await Accounts(database).get(account.id)
    assert now is not None
    return now.held_credits


async def test_accepting_holds_records_and_announces_in_one_statement(
    database: Database, jobs: Jobs, account: Account
) -> None:
    job = a_job(account)
    database.outbox_filled.clear()
    assert await jobs.accept(job)
    assert database.outbox_filled.is_set()
    record = await jobs.get(job.id, account.id)
    assert (record.state, record.stage, record.last_event_seq) == (JobState.QUEUED, Stage.QUEUED, 1)
    assert [line.stage for line in record.timeline] == [Stage.QUEUED]
    assert record.created_at == account.read_at
    assert await ledger(database) == [("grant", 10), ("hold", 2)]
    assert await held(database, account) == 2
    topics = await database.rows("SELECT topic, payload->>'job_id' AS job_id FROM outbox")
    assert [tuple(row) for row in topics] == [("job.created", str(job.id))]


async def test_a_taken_key_holds_nothing(database: Database, jobs: Jobs, account: Account) -> None:
    first = a_job(account, "key")
    assert await jobs.accept(first)
    assert not await jobs.accept(a_job(account, "key"))
    earlier = await jobs.by_key(account.id, "key")
    assert earlier is not None
    assert earlier.job_id == first.id
    assert await held(database, account) == 2


async def test_accepting_the_same_job_twice_is_once(
    database: Database, jobs: Jobs, account: Account
) -> None:
    job = a_job(account)
    assert await jobs.accept(job)
    assert not await jobs.accept(job)
    assert await ledger(database) == [("grant", 10), ("hold", 2)]


async def test_credits_are_never_overdrawn_by_a_race(
    database: Database, jobs: Jobs, account: Account
) -> None:
    accepted = await asyncio.gather(*(jobs.accept(a_job(account)) for _ in range(60)))
    assert sum(accepted) == 5
    assert await held(database, account) == 10


async def test_twins_of_a_key_are_one_in_a_race(
    database: Database, jobs: Jobs, account: Account
) -> None:
    accepted = await asyncio.gather(*(jobs.accept(a_job(account, "key")) for _ in range(40)))
    assert sum(accepted) == 1
    assert await held(database, account) == 2


async def test_an_account_that_is_none_gets_no_job(jobs: Jobs, account: Account) -> None:
    assert not await jobs.accept(replace(a_job(account), account_id=new_id()))


async def test_another_account_reads_nothing(jobs: Jobs, account: Account) -> None:
    job = a_job(account)
    await jobs.accept(job)
    for read in (jobs.get, jobs.cancel, jobs.delete):
        with pytest.raises(NotFound):
            await read(job.id, new_id())
    assert await jobs.page(new_id(), limit=10) == []


async def test_racing_cancels_release_once(
    database: Database, jobs: Jobs, account: Account
) -> None:
    job = a_job(account)
    await jobs.accept(job)
    records = await asyncio.gather(*(jobs.cancel(job.id, account.id) for _ in range(20)))
    assert {record.state for record in records} == {JobState.CANCELLED}
    assert await ledger(database) == [("grant", 10), ("hold", 2), ("release", 2)]
    assert await held(database, account) == 0


async def test_deleting_a_queued_job_cancels_and_rings_the_storer(
    database: Database, jobs: Jobs, account: Account
) -> None:
    job = a_job(account)
    await jobs.accept(job)
    await jobs.delete(job.id, account.id)
    rows = await database.rows("SELECT topic FROM outbox ORDER BY id")
    topics = {row["topic"] for row in rows}
    assert topics == {"job.created", "job.cancelled", "job.delete_requested", "credits.changed"}
    assert await held(database, account) == 0


async def test_recent_jobs_are_told_oldest_change_first(jobs: Jobs, account: Account) -> None:
    made = [a_job(account) for _ in range(3)]
    for job in made:
        await jobs.accept(job)
    await jobs.cancel(made[0].id, account.id)
    found = await jobs.recent(account.id, since=None, overlap_seconds=60, limit=10)
    assert [record.id for record in found] == [made[1].id, made[2].id, made[0].id]
    last = found[-1].updated_at
    later = await jobs.recent(
        account.id, since=last + timedelta(seconds=1), overlap_seconds=0, limit=10
    )
    assert {record.id for record in later} == {made[1].id, made[2].id}
    limited = await jobs.recent(account.id, since=None, overlap_seconds=60, limit=1)
    assert [record.id for record in limited] == [made[0].id]


async def test_changes_are_found_by_account(jobs: Jobs, account: Account) -> None:
    job = a_job(account)
    await jobs.accept(job)
    changed = await jobs.changed([account.id], 60)
    assert [(one.id, one.seq, one.stage) for one in changed] == [(job.id, 1, Stage.QUEUED)]
    assert await jobs.changed([new_id()], 60) == []


async def test_the_usual_time_is_that_of_the_same_kind(
    database: Database, jobs: Jobs, account: Account
) -> None:
    assert (await jobs.durations(Model.QWEN_IMAGE, Ratio.SQUARE)).n == 0
    await database.row("ALTER TABLE jobs DISABLE TRIGGER ALL")
    for seconds in range(1, 11):
        await database.row(
            """
            INSERT INTO jobs (id, account_id, idempotency_key, request_sha256, state, stage, prompt, model, ratio,
                seed, price_credits, max_attempts, winner, result_sha256, deadline_at, started_at, finished_at)
            VALUES ($1, $2, $1::uuid::text, '', 'done', 'done', '', 'qwen-image', '1:1', 1, 0, 3, $1, 'ab', now(),
                    now() - make_interval(secs => $3), now())
            """,  # noqa: E501 - a statement reads better unbroken
            new_id(),
            account.id,
            float(seconds),
        )
    usual = await jobs.durations(Model.QWEN_IMAGE, Ratio.SQUARE)
    assert (usual.p50_ms, usual.p90_ms, usual.n) == (5500, 9100, 10)
    assert (await jobs.durations(Model.QWEN_IMAGE, Ratio.WIDE)).n == 0
