"""The operator's commands on a real database: dead messages and the check of all rules."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
import pytest_asyncio

from pipeline.conftest import Pipeline
from shared.db.dead_messages import DeadMessages
from shared.domain.dead_letter import DeadLetter, DeadState
from shared.ids import new_id

pytestmark = pytest.mark.asyncio

QUEUE = "submitter.job-created"
JUNK = DeadLetter(
    queue=QUEUE,
    fingerprint=b"",
    message_id=None,
    topic="job.created",
    job_id=None,
    body="\x1b[2Jjunk",
    body_bytes=8,
    reason="event_unreadable",
    tries=1,
    deaths="[]",
    died_at=None,
)


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Desk:
    """An operator at a database."""

    pipeline: Pipeline
    database_url: str

    async def run(self, *words: str) -> Ran:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shared.operator", *words),
            env=os.environ | {"DATABASE_URL": self.database_url},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Ran(process.returncode or 0, out.decode(), err.decode())

    async def dead(self, job_id: UUID | None = None, *, queue: str = QUEUE) -> str:
        """Keep a dead message and return its id."""
        letter = replace(JUNK, fingerprint=new_id().bytes, job_id=job_id, queue=queue)
        await DeadMessages(self.pipeline.database).record(letter)
        (row,) = await self.pipeline.database.rows(
            "SELECT id FROM dead_messages WHERE fingerprint = $1", letter.fingerprint
        )
        return str(row["id"])

    async def state(self, message_id: str) -> DeadState:
        (row,) = await self.pipeline.database.rows(
            "SELECT state FROM dead_messages WHERE id = $1", UUID(message_id)
        )
        return DeadState(row["state"])


@pytest_asyncio.fixture
async def desk(pipeline: Pipeline, database_url: str) -> Desk:
    return Desk(pipeline, database_url)


async def test_without_dead_messages_the_list_says_so(desk: Desk) -> None:
    assert await desk.run("dlq") == Ran(0, "No dead messages.\n", "")


async def test_the_list_shows_open_messages_of_a_queue(desk: Desk) -> None:
    job_id = await desk.pipeline.queued()
    wanted, other = await desk.dead(job_id), await desk.dead(queue="storer.job-completed")
    ran = await desk.run("dlq", "list")
    assert ran.code == 0
    assert wanted in ran.out
    assert other in ran.out
    assert "event_unreadable" in ran.out
    assert "queued" in ran.out
    ran = await desk.run("dlq", "list", "--queue", QUEUE, "--json")
    (message,) = json.loads(ran.out)
    assert (message["id"], message["job_id"]) == (wanted, str(job_id))
    assert message["needs"] == ["job.created"]


async def test_an_explanation_says_what_why_and_what_a_replay_would_do(desk: Desk) -> None:
    job_id = await desk.pipeline.queued()
    ran = await desk.run("dlq", "explain", await desk.dead(job_id))
    assert ran.code == 0
    for said in (
        "It is no event that this version can read.",
        f"{job_id}: queued.",
        "Would ring job.created",
        "�[2Jjunk",
    ):
        assert said in ran.out
    assert "\x1b" not in ran.out


async def test_a_replay_rings_once_however_often_it_is_asked_for(desk: Desk) -> None:
    job_id = await desk.pipeline.queued()
    message_id = await desk.dead(job_id)
    for _ in range(2):
        ran = await desk.run("dlq", "replay", message_id)
        assert ran.code == 0
        assert "replayed" in ran.out
    assert await desk.state(message_id) is DeadState.REPLAYED
    assert await desk.pipeline.topics(job_id) == ["job.created", "job.created"]


async def test_a_replay_of_all_leaves_ended_jobs_alone(desk: Desk) -> None:
    ended, waiting = await desk.pipeline.done(), await desk.pipeline.queued()
    rung = await desk.pipeline.topics(ended)
    of_ended, of_waiting, junk = await desk.dead(ended), await desk.dead(waiting), await desk.dead()
    assert (await desk.run("dlq", "replay", "--all")).code == 0
    assert [await desk.state(one) for one in (of_ended, of_waiting, junk)] == [
        DeadState.SETTLED,
        DeadState.REPLAYED,
        DeadState.SETTLED,
    ]
    assert await desk.pipeline.topics(ended) == rung


async def test_a_dismissed_message_is_not_listed_again(desk: Desk) -> None:
    job_id = await desk.pipeline.queued()
    message_id = await desk.dead(job_id)
    assert "dismissed" in (await desk.run("dlq", "dismiss", message_id)).out
    assert (await desk.run("dlq")).out == "No dead messages.\n"
    assert "Dismissed by an operator." in (await desk.run("dlq", "explain", message_id)).out
    assert await desk.pipeline.topics(job_id) == ["job.created"]


@pytest.mark.parametrize("action", ["replay", "dismiss"])
async def test_nothing_is_done_to_messages_that_were_not_named(desk: Desk, action: str) -> None:
    message_id = await desk.dead()
    ran = await desk.run("dlq", action)
    assert ran.code == 2
    assert "--all" in ran.err
    assert await desk.state(message_id) is DeadState.OPEN


async def test_an_id_that_there_is_not_is_an_error(desk: Desk) -> None:
    unknown = str(new_id())
    ran = await desk.run("dlq", "explain", unknown)
    assert ran.code == 1
    assert unknown in ran.err


async def test_the_check_names_what_breaks_a_rule(desk: Desk) -> None:
    job_id = await desk.pipeline.done()
    assert "0 violations" in (await desk.run("check")).out
    await desk.pipeline.age("DELETE FROM ledger WHERE job_id = $1 AND kind = 'hold'", job_id)
    ran = await desk.run("check")
    assert ran.code == 1
    assert f"I2 one_hold: {job_id} 0 holds" in ran.out
