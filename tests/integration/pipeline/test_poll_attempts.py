"""What the poller does with answers that no job waits for, or that are none."""

from dataclasses import dataclass

import pytest

from pipeline.conftest import Pipeline
from poller.poll_attempts import Pace, PollAttempts
from shared.db.breakers import Breakers
from shared.db.following import RecordedProgress
from shared.db.rate_limits import RateLimits
from shared.domain.job import AttemptState
from shared.errors import PermanentError
from shared.runpod.answers import Completed, Health, OutputImage, OutputKind, StatusOutcome

pytestmark = pytest.mark.asyncio

PICTURE = Completed(images=(OutputImage("a.png", OutputKind.BASE64, "AA=="),))
REFUSAL = PermanentError("provider_rejected", http_status=400)
DUE = "UPDATE attempts SET next_poll_at = now() WHERE id = $1"


@dataclass
class RunPod:
    """Always says the same."""

    says: StatusOutcome | Exception
    asked: int = 0

    async def status(self, runpod_id: str, *, filename_prefix: str | None = None) -> StatusOutcome:
        _ = runpod_id, filename_prefix
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    async def health(self) -> Health:
        raise NotImplementedError


async def nobody_listens(progress: RecordedProgress, attempt_id: object) -> None:
    _ = progress, attempt_id


def poller(pipeline: Pipeline, runpod: RunPod) -> PollAttempts:
    return PollAttempts(
        following=pipeline.following,
        adopting=pipeline.dispatching,
        ending=pipeline.ending,
        limits=RateLimits(pipeline.database),
        breaker=Breakers(pipeline.database, pipeline.timers, "endpoint"),
        runpod=runpod,
        tell_progress=nobody_listens,
        timers=pipeline.timers,
        pace=Pace(pipeline.following, webhook=True, time_scale=1.0),
    )


async def test_an_attempt_that_has_ended_and_was_cancelled_late_is_asked_about_once_more(
    pipeline: Pipeline,
) -> None:
    attempt = await pipeline.running(await pipeline.queued())
    await pipeline.ending.end_attempt(
        attempt.attempt_id, AttemptState.LOST, code="result_lost", retryable=True
    )
    await pipeline.dispatching.note_cancel_sent(attempt.attempt_id)
    runpod = RunPod(PICTURE)
    poll = poller(pipeline, runpod)
    assert await poll() == 1
    assert (await pipeline.attempt(attempt.attempt_id))["next_poll_at"] is None
    assert await poll() == 0
    assert runpod.asked == 1


async def test_a_refused_question_leaves_the_job_as_it_is_and_is_asked_again(
    pipeline: Pipeline,
) -> None:
    job_id = await pipeline.queued()
    attempt = await pipeline.running(job_id)
    runpod = RunPod(REFUSAL)
    assert await poller(pipeline, runpod)() == 1
    row = await pipeline.attempt(attempt.attempt_id)
    assert (row["state"], row["next_poll_at"] is None) == ("submitted", False)
    assert (await pipeline.job(job_id))["state"] == "running"
    await pipeline.age(DUE, attempt.attempt_id)
    runpod.says = PICTURE
    assert await poller(pipeline, runpod)() == 1
    assert (await pipeline.job(job_id))["state"] == "storing"


async def test_an_attempt_that_cannot_be_understood_does_not_keep_the_others_waiting(
    pipeline: Pipeline,
) -> None:
    odd = await pipeline.running(await pipeline.queued())
    runpod = RunPod(ZeroDivisionError("an answer that nobody thought of"))
    assert await poller(pipeline, runpod)() == 1
    row = await pipeline.attempt(odd.attempt_id)
    assert (row["state"], row["next_poll_at"] is None) == ("submitted", False)
    other_job = await pipeline.queued()
    await pipeline.running(other_job)
    runpod.says = PICTURE
    assert await poller(pipeline, runpod)() == 1
    assert (await pipeline.job(other_job))["state"] == "storing"
