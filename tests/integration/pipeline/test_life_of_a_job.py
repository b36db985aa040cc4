"""A job's way through the tables: stages, events, settlement, and the fence."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from pipeline.conftest import PRICE_CREDITS, RESULT, Pipeline, hook_of
from shared.db.dispatching import ClaimedAttempt
from shared.db.storing import FinishedAttempt
from shared.domain.job import TRANSITIONS, AttemptState, JobState
from shared.ids import new_id

pytestmark = pytest.mark.asyncio


async def test_the_straight_way_tells_every_stage_and_settles_once(pipeline: Pipeline) -> None:
    job_id = await pipeline.queued()
    attempt = await pipeline.running(job_id)
    await pipeline.following.record_progress(attempt.attempt_id, 1, step=1, steps=4, percent=25)
    assert await pipeline.following.record_completed(attempt.attempt_id, 1234)
    finished = await pipeline.storing.claim(job_id)
    assert finished is not None
    assert await pipeline.storing.finish(finished, RESULT) is JobState.DONE
    assert await pipeline.stages(job_id) == [
        "queued",
        "sending",
        "warming",
        "generating",
        "saving",
        "done",
    ]
    assert await pipeline.topics(job_id) == [
        "job.created",
        "job.submitted",
        "job.completed",
        "job.stored",
        "credits.changed",
    ]
    assert await pipeline.ledger(job_id) == [("hold", PRICE_CREDITS), ("capture", PRICE_CREDITS)]
    assert await pipeline.credits_of(job_id) == (100 - PRICE_CREDITS, 0)


async def test_the_guard_in_the_database_is_the_machine_of_the_domain(pipeline: Pipeline) -> None:
    """Every pair of states is tried as a bare UPDATE; only the machine's paths go through."""
    ways: dict[JobState, Callable[[], Awaitable[UUID]]] = {
        JobState.QUEUED: pipeline.queued,
        JobState.DISPATCHING: lambda: _job_of(pipeline.claimed()),
        JobState.RUNNING: lambda: _job_of(pipeline.running()),
        JobState.STORING: lambda: _job_of(pipeline.storing_job()),
        JobState.DONE: pipeline.done,
    }
    stage = {"dispatching": "sending", "running": "warming", "storing": "saving"}
    for before, make in ways.items():
        for after in JobState:
            if after is before:
                continue
            job_id: UUID = await make()
            sql = (
                "UPDATE jobs SET state = $2, stage = $3, winner = coalesce(winner, id),"
                " error_code = CASE $2 WHEN 'failed' THEN 'x' END,"
                " result_sha256 = CASE $2 WHEN 'done' THEN 'x' END WHERE id = $1"
            )
            values = (job_id, after.value, stage.get(after.value, after.value))
            if after in TRANSITIONS[before]:
                await pipeline.database.row(sql, *values)
                assert (await pipeline.job(job_id))["state"] == after.value
            else:
                with pytest.raises(asyncpg.CheckViolationError, match="may not go"):
                    await pipeline.database.row(sql, *values)


async def _job_of(making: Awaitable[ClaimedAttempt | FinishedAttempt]) -> UUID:
    return (await making).job_id


async def test_only_one_of_many_submitters_gets_a_job(pipeline: Pipeline) -> None:
    job_id = await pipeline.queued()
    claims = await asyncio.gather(
        *(pipeline.dispatching.claim(job_id, new_id(), hook_of(None)) for _ in range(20))
    )
    assert sum(claim is not None for claim in claims) == 1


async def test_a_submitter_that_lost_its_lease_may_not_post(pipeline: Pipeline) -> None:
    zombie = await pipeline.claimed()
    await pipeline.age(
        "UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = $1", zombie.job_id
    )
    heir = await pipeline.dispatching.claim(zombie.job_id, new_id(), hook_of(None))
    assert heir is not None
    assert (heir.attempt_id, heir.epoch) == (zombie.attempt_id, zombie.epoch + 1)
    assert not await pipeline.dispatching.begin_post(zombie)
    assert await pipeline.dispatching.begin_post(heir)
    assert not await pipeline.dispatching.begin_post(heir)


async def test_a_submitter_that_lost_its_lease_changes_nothing_of_what_its_heir_posts(
    pipeline: Pipeline,
) -> None:
    zombie = await pipeline.claimed()
    await pipeline.age(
        "UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = $1", zombie.job_id
    )
    heir = await pipeline.dispatching.claim(zombie.job_id, new_id(), hook_of(None))
    assert heir is not None
    assert await pipeline.dispatching.begin_post(heir)
    await pipeline.dispatching.return_to_intent(zombie, "the store hung")
    fate = await pipeline.ending.end_attempt(
        zombie.attempt_id,
        AttemptState.REJECTED,
        code="input_invalid",
        retryable=False,
        epoch=zombie.epoch,
    )
    assert fate is None
    assert (await pipeline.attempt(heir.attempt_id))["state"] == "posting"
    assert (await pipeline.job(heir.job_id))["state"] == "dispatching"


async def test_a_storer_that_lost_its_lease_throws_no_result_away(pipeline: Pipeline) -> None:
    slow = await pipeline.storing_job()
    await pipeline.age(
        "UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = $1", slow.job_id
    )
    heir = await pipeline.storing.claim(slow.job_id)
    assert heir is not None

    async def give_up() -> JobState | None:
        return await pipeline.ending.end_attempt(
            slow.attempt_id,
            AttemptState.FAILED,
            code="provider_failed",
            retryable=True,
            epoch=slow.epoch,
        )

    assert await give_up() is None
    assert await pipeline.storing.finish(heir, RESULT) is JobState.DONE
    assert await give_up() is None
    assert (await pipeline.attempt(heir.attempt_id))["state"] == "completed"
    assert (await pipeline.job(heir.job_id))["state"] == "done"


async def test_a_finished_job_keeps_its_attempt_whoever_gives_it_up(pipeline: Pipeline) -> None:
    finished = await pipeline.storing_job()
    assert await pipeline.storing.finish(finished, RESULT) is JobState.DONE
    fate = await pipeline.ending.end_attempt(
        finished.attempt_id, AttemptState.LOST, code="result_lost", retryable=True
    )
    assert fate is None
    assert (await pipeline.attempt(finished.attempt_id))["state"] == "completed"


async def test_a_definite_no_lets_the_same_attempt_post_again(pipeline: Pipeline) -> None:
    attempt = await pipeline.posting()
    await pipeline.dispatching.return_to_intent(attempt, "429")
    again = await pipeline.dispatching.claim(attempt.job_id, new_id(), hook_of(None))
    assert again is not None
    assert again.attempt_id == attempt.attempt_id
    assert (await pipeline.job(attempt.job_id))["attempts"] == 1


async def test_a_failed_attempt_is_tried_again_three_times_and_then_releases_the_hold(
    pipeline: Pipeline,
) -> None:
    job_id = await pipeline.queued()
    fates = []
    for _ in range(3):
        attempt = await pipeline.running(job_id)
        fates.append(
            await pipeline.ending.end_attempt(
                attempt.attempt_id, AttemptState.FAILED, code="provider_failed", retryable=True
            )
        )
    assert fates == [JobState.QUEUED, JobState.QUEUED, JobState.FAILED]
    assert (await pipeline.job(job_id))["error_code"] == "provider_failed"
    assert await pipeline.ledger(job_id) == [("hold", PRICE_CREDITS), ("release", PRICE_CREDITS)]
    assert await pipeline.credits_of(job_id) == (100, 0)


async def test_what_cannot_be_helped_fails_at_once(pipeline: Pipeline) -> None:
    attempt = await pipeline.claimed()
    fate = await pipeline.ending.end_attempt(
        attempt.attempt_id, AttemptState.REJECTED, code="provider_rejected", retryable=False
    )
    assert fate is JobState.FAILED


async def test_ending_and_finishing_at_once_settles_once(pipeline: Pipeline) -> None:
    for _ in range(10):
        finished = await pipeline.storing_job()
        await asyncio.gather(
            pipeline.storing.finish(finished, RESULT),
            pipeline.ending.end_attempt(
                finished.attempt_id, AttemptState.LOST, code="result_lost", retryable=False
            ),
            pipeline.ending.fail_job(finished.job_id, "internal_error"),
        )
        kinds = [kind for kind, _ in await pipeline.ledger(finished.job_id)]
        assert len(kinds) == 2
        assert (kinds[1] == "capture") == ((await pipeline.job(finished.job_id))["state"] == "done")


async def test_a_cancel_before_posting_keeps_it_from_being_posted(pipeline: Pipeline) -> None:
    attempt = await pipeline.claimed()
    await pipeline.age("UPDATE jobs SET cancel_requested_at = now() WHERE id = $1", attempt.job_id)
    assert not await pipeline.dispatching.begin_post(attempt)
    unsent = await pipeline.dispatching.unsent(attempt.job_id)
    assert unsent == attempt.attempt_id
    fate = await pipeline.ending.end_attempt(
        attempt.attempt_id, AttemptState.CANCELLED, code="provider_failed", retryable=True
    )
    assert fate is JobState.CANCELLED
    assert await pipeline.credits_of(attempt.job_id) == (100, 0)


async def test_a_result_after_a_cancel_is_not_delivered_and_not_charged(pipeline: Pipeline) -> None:
    attempt = await pipeline.running()
    await pipeline.age("UPDATE jobs SET cancel_requested_at = now() WHERE id = $1", attempt.job_id)
    await pipeline.following.record_completed(attempt.attempt_id, 1)
    assert (await pipeline.job(attempt.job_id))["state"] == "cancelled"
    assert await pipeline.credits_of(attempt.job_id) == (100, 0)


async def test_a_job_deleted_while_it_runs_is_purged_when_it_ends(pipeline: Pipeline) -> None:
    attempt = await pipeline.running()
    await pipeline.age("UPDATE jobs SET deleted_at = now() WHERE id = $1", attempt.job_id)
    before = (await pipeline.topics(attempt.job_id)).count("job.delete_requested")
    await pipeline.ending.end_attempt(
        attempt.attempt_id, AttemptState.CANCELLED, code="provider_failed", retryable=True
    )
    assert (await pipeline.job(attempt.job_id))["state"] == "cancelled"
    assert (await pipeline.topics(attempt.job_id)).count("job.delete_requested") == before + 1


async def test_a_job_deleted_while_its_result_is_stored_is_not_charged(pipeline: Pipeline) -> None:
    finished = await pipeline.storing_job()
    await pipeline.age("UPDATE jobs SET deleted_at = now() WHERE id = $1", finished.job_id)
    assert await pipeline.storing.finish(finished, RESULT) is JobState.CANCELLED
    assert await pipeline.storing.deleted(finished.job_id) is not None
    await pipeline.storing.note_purged(finished.job_id)
    assert await pipeline.storing.deleted(finished.job_id) is None
    assert (await pipeline.job(finished.job_id))["prompt"] == ""


async def test_what_runpod_said_of_a_purged_job_is_forgotten(pipeline: Pipeline) -> None:
    attempt = await pipeline.claimed()
    await pipeline.dispatching.return_to_intent(attempt, "a cat on the moon is refused")
    await pipeline.age("UPDATE jobs SET deleted_at = now() WHERE id = $1", attempt.job_id)
    await pipeline.ending.fail_job(attempt.job_id, "internal_error")
    await pipeline.storing.note_purged(attempt.job_id)
    assert (await pipeline.attempt(attempt.attempt_id))["detail"] is None
    await pipeline.ending.end_attempt(
        attempt.attempt_id,
        AttemptState.CANCELLED,
        code="provider_failed",
        retryable=True,
        detail="a cat on the moon was cancelled",
    )
    ended = await pipeline.attempt(attempt.attempt_id)
    assert (ended["state"], ended["detail"]) == ("cancelled", None)


async def test_a_second_result_of_the_same_job_does_not_win(pipeline: Pipeline) -> None:
    attempt = await pipeline.running()
    assert await pipeline.following.record_completed(attempt.attempt_id, 1)
    assert not await pipeline.following.record_completed(attempt.attempt_id, 1)
