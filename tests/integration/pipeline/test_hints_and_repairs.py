"""Webhooks are hints, and the sweeper repairs whatever stands still."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from pipeline.conftest import Pipeline, hook_of
from shared.db.sweeping import SweepRule
from shared.domain.job import AttemptState
from shared.ids import new_id

pytestmark = pytest.mark.asyncio

AGE_LEASE = "UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = $1"
AGE_RING = "UPDATE jobs SET next_ring_at = now() - interval '1 s' WHERE id = $1"


async def repaired(pipeline: Pipeline) -> dict[SweepRule, int]:
    """Sweep once and return what each rule has repaired, if it has."""
    return {rule: count for rule, count in (await pipeline.sweeping.repair()).items() if count}


async def hooked(pipeline: Pipeline, token: bytes) -> tuple[UUID, UUID]:
    """Return the job and attempt of a POST whose webhook carries the token."""
    job_id = await pipeline.queued()
    attempt = await pipeline.dispatching.claim(job_id, new_id(), hashlib.sha256(token).digest())
    assert attempt is not None
    assert await pipeline.dispatching.begin_post(attempt)
    return job_id, attempt.attempt_id


async def test_a_webhook_makes_its_attempt_due(pipeline: Pipeline) -> None:
    _, attempt_id = await hooked(pipeline, b"t1")
    await pipeline.dispatching.record_submitted(attempt_id, "rp-1", 60)
    assert await pipeline.following.claim_due(10) == []
    assert await pipeline.following.webhook_rang(hashlib.sha256(b"t1").digest(), "rp-other")
    due = await pipeline.following.claim_due(10)
    assert [(a.attempt_id, a.runpod_id) for a in due] == [(attempt_id, "rp-1")]


async def test_a_forged_webhook_changes_nothing(pipeline: Pipeline) -> None:
    assert not await pipeline.following.webhook_rang(hashlib.sha256(b"forged").digest(), "rp-9")
    assert await pipeline.database.rows("SELECT 1 FROM outbox") == []


async def test_a_webhook_that_comes_while_a_poll_runs_is_not_forgotten(pipeline: Pipeline) -> None:
    _, attempt_id = await hooked(pipeline, b"t2")
    await pipeline.dispatching.record_submitted(attempt_id, "rp-2", 0)
    assert len(await pipeline.following.claim_due(10)) == 1
    await pipeline.following.webhook_rang(hashlib.sha256(b"t2").digest(), None)
    await pipeline.following.note_present(attempt_id, 30)
    assert len(await pipeline.following.claim_due(10)) == 1


async def test_the_next_appointment_may_be_later_than_the_lease(pipeline: Pipeline) -> None:
    _, attempt_id = await hooked(pipeline, b"t5")
    await pipeline.dispatching.record_submitted(attempt_id, "rp-5", 0)
    wait_seconds = 10 * pipeline.timers.poll_lease
    following = pipeline.following
    for write in (following.note_present, following.note_missing, following.poll_later):
        assert len(await following.claim_due(10)) == 1
        await write(attempt_id, wait_seconds)
        seconds = await following.seconds_to_next()
        assert seconds is not None
        assert wait_seconds - 5 < seconds <= wait_seconds
        await pipeline.age("UPDATE attempts SET next_poll_at = now() WHERE id = $1", attempt_id)
    assert len(await following.claim_due(10)) == 1
    await following.record_progress(attempt_id, wait_seconds, step=1, steps=2, percent=50)
    assert (await following.seconds_to_next() or 0) > wait_seconds - 5


async def test_an_attempt_without_an_answer_is_adopted_through_its_webhook(
    pipeline: Pipeline,
) -> None:
    job_id, attempt_id = await hooked(pipeline, b"t3")
    await pipeline.dispatching.mark_unknown(attempt_id, "read timeout")
    assert await pipeline.following.claim_due(10) == []
    await pipeline.following.webhook_rang(hashlib.sha256(b"t3").digest(), "rp-3")
    (due,) = await pipeline.following.claim_due(10)
    assert (due.state, due.runpod_id) == (AttemptState.UNKNOWN, "rp-3")
    assert await pipeline.dispatching.record_submitted(attempt_id, due.runpod_id, 1)
    assert (await pipeline.job(job_id))["state"] == "running"


async def test_two_pollers_never_take_the_same_attempt(pipeline: Pipeline) -> None:
    for _ in range(10):
        await pipeline.running()
    claims = await asyncio.gather(*(pipeline.following.claim_due(3) for _ in range(8)))
    taken = [attempt.attempt_id for claim in claims for attempt in claim]
    assert len(taken) == len(set(taken)) == 10


async def test_a_lost_doorbell_is_rung_again_ever_more_rarely(pipeline: Pipeline) -> None:
    job_id = await pipeline.queued()
    await pipeline.age(AGE_RING, job_id)
    assert await repaired(pipeline) == {SweepRule.RING_QUEUED: 1}
    assert await repaired(pipeline) == {}
    assert await pipeline.topics(job_id) == ["job.created", "job.created"]


async def test_a_submitter_that_died_before_posting_is_replaced(pipeline: Pipeline) -> None:
    attempt = await pipeline.claimed()
    await pipeline.age(AGE_LEASE, attempt.job_id)
    assert await repaired(pipeline) == {SweepRule.RING_UNPOSTED: 1}
    again = await pipeline.dispatching.claim(attempt.job_id, new_id(), hook_of(None))
    assert again is not None
    assert again.number == 1


async def test_a_submitter_that_died_while_posting_leaves_an_unknown_attempt(
    pipeline: Pipeline,
) -> None:
    attempt = await pipeline.posting()
    await pipeline.age(AGE_LEASE, attempt.job_id)
    assert await repaired(pipeline) == {SweepRule.NOTICE_DEAD_POSTERS: 1}
    assert await pipeline.sweeping.unheard_attempts() == []
    await pipeline.age(
        "UPDATE attempts SET posted_at = now() - interval '3 min' WHERE id = $1", attempt.attempt_id
    )
    assert await pipeline.sweeping.unheard_attempts() == [attempt.attempt_id]
    assert await pipeline.dispatching.claim(attempt.job_id, new_id(), hook_of(None)) is None


async def test_a_job_past_its_deadline_fails_and_its_attempt_is_unwanted(
    pipeline: Pipeline,
) -> None:
    attempt = await pipeline.running()
    await pipeline.age(
        "UPDATE jobs SET deadline_at = now() - interval '1 s' WHERE id = $1", attempt.job_id
    )
    assert await repaired(pipeline) == {SweepRule.EXPIRE_DEADLINES: 1, SweepRule.RING_UNWANTED: 1}
    assert (await pipeline.job(attempt.job_id))["error_code"] == "deadline"
    assert "job.cancel_requested" in await pipeline.topics(attempt.job_id)
    (unwanted,) = await pipeline.dispatching.unwanted(attempt.job_id)
    assert unwanted.attempt_id == attempt.attempt_id
    await pipeline.dispatching.note_cancel_sent(attempt.attempt_id)
    await pipeline.ending.end_attempt(
        attempt.attempt_id, AttemptState.CANCELLED, code="provider_failed", retryable=True
    )
    assert await pipeline.dispatching.unwanted(attempt.job_id) == []


async def test_a_storer_that_died_is_replaced(pipeline: Pipeline) -> None:
    finished = await pipeline.storing_job()
    assert await pipeline.storing.claim(finished.job_id) is None
    await pipeline.age(AGE_LEASE, finished.job_id)
    await pipeline.age(AGE_RING, finished.job_id)
    assert await repaired(pipeline) == {SweepRule.RING_STORING: 1}
    heir = await pipeline.storing.claim(finished.job_id)
    assert heir is not None
    assert heir.attempt_id == finished.attempt_id


async def waits_in_queue(pipeline: Pipeline) -> UUID:
    return await pipeline.queued()


async def waits_unposted(pipeline: Pipeline) -> UUID:
    job_id = (await pipeline.claimed()).job_id
    await pipeline.age(AGE_LEASE, job_id)
    return job_id


async def waits_for_a_storer(pipeline: Pipeline) -> UUID:
    finished = await pipeline.storing_job()
    await pipeline.storing.give_back(finished)
    return finished.job_id


async def waits_to_be_purged(pipeline: Pipeline) -> UUID:
    job_id = await pipeline.done()
    await pipeline.age("UPDATE jobs SET deleted_at = now() - interval '1 h' WHERE id = $1", job_id)
    return job_id


@pytest.mark.parametrize(
    "waits", [waits_in_queue, waits_unposted, waits_for_a_storer, waits_to_be_purged]
)
async def test_whatever_waits_is_rung_for_less_and_less_often(
    pipeline: Pipeline, waits: Callable[[Pipeline], Awaitable[UUID]]
) -> None:
    # Each ring is a message. At a steady pace a backlog feeds itself: the longer it keeps jobs
    # waiting, the more messages stand in front of them.
    job_id = await waits(pipeline)
    pauses = []
    for _ in range(7):
        await pipeline.age(AGE_RING, job_id)
        assert sum((await repaired(pipeline)).values()) == 1
        job = await pipeline.job(job_id)
        pauses.append(round((job["next_ring_at"] - job["updated_at"]).total_seconds()))
    assert pauses == [60, 120, 240, 300, 300, 300, 300]


async def test_a_result_that_runpod_no_longer_keeps_is_lost(pipeline: Pipeline) -> None:
    finished = await pipeline.storing_job()
    assert await pipeline.sweeping.lost_results() == []
    await pipeline.age(
        "UPDATE attempts SET completed_at = now() - interval '21 min' WHERE id = $1",
        finished.attempt_id,
    )
    assert await pipeline.sweeping.lost_results() == [finished.attempt_id]


async def test_a_storer_that_slept_through_its_lease_no_longer_owns_the_job(
    pipeline: Pipeline,
) -> None:
    zombie = await pipeline.storing_job()
    assert await pipeline.storing.owns(zombie)
    await pipeline.age(AGE_LEASE, zombie.job_id)
    heir = await pipeline.storing.claim(zombie.job_id)
    assert heir is not None
    assert not await pipeline.storing.owns(zombie)
    assert await pipeline.storing.owns(heir)
    await pipeline.storing.give_back(zombie)
    assert await pipeline.storing.claim(zombie.job_id) is None
