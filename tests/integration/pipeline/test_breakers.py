"""The breaker opens after refusals in a row, lets one try at a time, and never uses an attempt."""

import asyncio
import math

import pytest

from pipeline.conftest import Pipeline
from shared.db.breakers import NO_WORKERS, REFUSALS_IN_A_ROW, Breakers

pytestmark = pytest.mark.asyncio

ENDPOINT = "an-endpoint"
DUE = "UPDATE breakers SET retry_at = now() - interval '1 s' RETURNING endpoint_id"


def breakers(pipeline: Pipeline, endpoint_id: str = ENDPOINT) -> Breakers:
    return Breakers(pipeline.database, pipeline.timers, endpoint_id)


async def opened(pipeline: Pipeline) -> Breakers:
    breaker = breakers(pipeline)
    for _ in range(REFUSALS_IN_A_ROW):
        await breaker.note_refused("unauthorized")
    return breaker


async def test_it_opens_with_the_refusal_that_is_one_too_many(pipeline: Pipeline) -> None:
    breaker = breakers(pipeline)
    said = [await breaker.note_refused("forbidden") for _ in range(REFUSALS_IN_A_ROW + 1)]
    assert said == [False] * (REFUSALS_IN_A_ROW - 1) + [True, False]
    found = await breaker.open_now()
    assert found is not None
    assert (found.endpoint_id, found.reason) == (ENDPOINT, "forbidden")
    assert 0 < found.retry_in_seconds <= pipeline.timers.breaker_pause


async def test_a_job_that_was_taken_starts_the_count_again(pipeline: Pipeline) -> None:
    breaker = breakers(pipeline)
    for _ in range(3):
        for _ in range(REFUSALS_IN_A_ROW - 1):
            assert not await breaker.note_refused("forbidden")
        await breaker.note_accepted()
    assert await breaker.open_now() is None
    assert await breaker.admit()


async def test_where_nothing_was_wrong_nobody_looks_again_for_a_moment(pipeline: Pipeline) -> None:
    calm, other = breakers(pipeline), breakers(pipeline)
    assert await calm.admit()
    calm._calm_until = math.inf
    for _ in range(REFUSALS_IN_A_ROW):
        await other.note_refused("forbidden")
    assert await calm.admit()
    assert not await other.admit()
    calm._calm_until = 0.0
    assert not await calm.admit()


async def test_who_was_refused_looks_again_at_once(pipeline: Pipeline) -> None:
    breaker = breakers(pipeline)
    assert await breaker.admit()
    await breaker.note_refused("forbidden")
    await breaker.note_accepted()
    row = await pipeline.database.row("SELECT refusals FROM breakers")
    assert row is not None
    assert row["refusals"] == 0


async def test_another_endpoint_is_not_concerned(pipeline: Pipeline) -> None:
    await opened(pipeline)
    other = breakers(pipeline, "another")
    assert await other.admit()
    assert await other.open_now() is None


async def test_while_it_is_open_one_of_many_may_try_when_it_is_time(pipeline: Pipeline) -> None:
    breaker = await opened(pipeline)
    assert not await breaker.admit()
    await pipeline.database.row(DUE)
    assert sum(await asyncio.gather(*(breaker.admit() for _ in range(20)))) == 1


async def test_closing_rings_for_everything_that_waits(pipeline: Pipeline) -> None:
    breaker = await opened(pipeline)
    waiting = [await pipeline.queued() for _ in range(3)]
    for job_id in waiting:
        await breaker.put_off(job_id)
        job = await pipeline.job(job_id)
        assert job["next_ring_at"] > job["created_at"]
        assert (job["state"], job["attempts"]) == ("queued", 0)
    assert sum((await pipeline.sweeping.repair()).values()) == 0
    await breaker.note_accepted()
    assert await breaker.open_now() is None
    assert sum((await pipeline.sweeping.repair()).values()) == len(waiting)


async def test_a_job_put_off_is_rung_again_when_the_next_may_try(pipeline: Pipeline) -> None:
    breaker = await opened(pipeline)
    job_id = await pipeline.queued()
    await pipeline.database.row(DUE)
    await breaker.put_off(job_id)
    assert sum((await pipeline.sweeping.repair()).values()) == 1


async def test_health_is_read_by_one_of_many_and_not_again_at_once(pipeline: Pipeline) -> None:
    breaker = breakers(pipeline)
    assert sum(await asyncio.gather(*(breaker.take_check() for _ in range(20)))) == 1
    assert not await breaker.take_check()


async def test_without_workers_a_job_that_waits_at_runpod_is_trial_enough(
    pipeline: Pipeline,
) -> None:
    breaker = breakers(pipeline)
    assert await breaker.take_check()
    attempt = await pipeline.running()
    await breaker.no_workers_there()
    found = await breaker.open_now()
    assert found is not None
    assert found.reason == NO_WORKERS
    await pipeline.database.row(DUE)
    assert not await breaker.admit()
    await pipeline.age("UPDATE attempts SET state = 'timed_out' WHERE id = $1", attempt.attempt_id)
    assert await breaker.admit()


async def test_a_job_that_runpod_took_says_nothing_of_workers(pipeline: Pipeline) -> None:
    breaker = breakers(pipeline)
    assert await breaker.take_check()
    await breaker.no_workers_there()
    await breaker.note_accepted()
    assert await breaker.open_now() is not None
    await breaker.workers_came()
    assert await breaker.open_now() is None


async def test_workers_that_came_do_not_mend_a_wrong_key(pipeline: Pipeline) -> None:
    breaker = await opened(pipeline)
    await breaker.no_workers_there()
    await breaker.workers_came()
    found = await breaker.open_now()
    assert found is not None
    assert found.reason == "unauthorized"


async def test_what_was_not_taken_waits_a_random_time_that_doubles(pipeline: Pipeline) -> None:
    attempt = await pipeline.posting()
    await pipeline.dispatching.return_to_intent(attempt, "429")
    waits = []
    for _ in range(12):
        await pipeline.dispatching.ring_later(attempt.job_id, 3, 0.5)
        row = await pipeline.database.row(
            "SELECT extract(epoch FROM next_ring_at - updated_at)::float8 AS s"
            " FROM jobs WHERE id = $1",
            attempt.job_id,
        )
        assert row is not None
        waits.append(row["s"])
    half, longest = pipeline.timers.resend / 2, pipeline.timers.longest_ring
    assert waits[:3] == pytest.approx([3 + half, 3 + 2 * half, 3 + 4 * half], abs=1)
    assert waits[-1] == pytest.approx(3 + longest / 2, abs=1)
    job = await pipeline.job(attempt.job_id)
    assert (job["attempts"], job["state"]) == (1, "dispatching")
