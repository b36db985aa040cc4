"""The first look at a job that RunPod has just taken."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared.db.dispatching import ClaimedAttempt
from shared.db.rate_limits import RateLimit
from shared.domain.job import AttemptState, JobState, Model, Ratio
from shared.domain.timers import SHORTEST_POLL_SECONDS, Timers
from shared.ids import new_id
from shared.runpod.answers import Accepted, SubmitOutcome
from submitter.errands import Errands
from submitter.submit_job import SubmitJob


@dataclass
class House:
    """Everything that the use case asks for, of a job that RunPod takes at once."""

    first_polls_seconds: list[float] = field(default_factory=list)

    async def claim(
        self, job_id: UUID, new_attempt_id: UUID, hook_sha256: bytes
    ) -> ClaimedAttempt | None:
        _ = hook_sha256
        words, now = "a mountain lake", datetime.now(UTC)
        return ClaimedAttempt(
            job_id, new_id(), new_attempt_id, 1, 1, words, "", Model.QWEN_IMAGE, Ratio.SQUARE, 1,
            None, now,
        )  # fmt: skip

    async def begin_post(self, attempt: ClaimedAttempt) -> bool:
        _ = attempt
        return True

    async def record_submitted(
        self, attempt_id: UUID, runpod_id: str, first_poll_seconds: float
    ) -> bool:
        _ = attempt_id, runpod_id
        self.first_polls_seconds.append(first_poll_seconds)
        return True

    async def mark_unknown(self, attempt_id: UUID, detail: str) -> None:
        raise NotImplementedError

    async def return_to_intent(self, attempt: ClaimedAttempt, detail: str) -> None:
        raise NotImplementedError

    async def ring_later(self, job_id: UUID, at_least_seconds: float, jitter_share: float) -> None:
        raise NotImplementedError

    async def admit(self) -> bool:
        return True

    async def put_off(self, job_id: UUID) -> None:
        raise NotImplementedError

    async def note_refused(self, reason: str) -> bool:
        raise NotImplementedError

    async def note_accepted(self) -> None:
        pass

    async def end_attempt(
        self,
        attempt_id: UUID,
        state: AttemptState,
        *,
        code: str,
        retryable: bool,
        epoch: int | None = None,
        detail: str | None = None,
    ) -> JobState | None:
        raise NotImplementedError

    async def take(self, limit: RateLimit, tokens: int = 1) -> bool:
        _ = limit, tokens
        return True

    async def get_bytes(self, key: str, *, limit_bytes: int) -> bytes:
        raise NotImplementedError

    async def submit(self, body: bytes) -> SubmitOutcome:
        _ = body
        return Accepted("rp-1")


@pytest.mark.parametrize("scale", [1.0, 0.02])
def test_the_first_poll_follows_the_scale_of_all_timers(scale: float) -> None:
    house = House()
    submit_job = SubmitJob(
        dispatching=house,
        ending=house,
        limits=house,
        breaker=house,
        pictures=house,
        runpod=house,
        timers=Timers().scaled(scale),
        time_scale=scale,
        webhook_base_url="http://127.0.0.1:8000",
        new_id=new_id,
        new_token=lambda: "token",
        jitter=lambda: 0.5,
        finish=Errands().run,
    )
    asyncio.run(submit_job(new_id()))
    assert house.first_polls_seconds == [SHORTEST_POLL_SECONDS * scale]
