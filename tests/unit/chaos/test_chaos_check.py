"""Every rule of the checker can fail: a good story passes, each spoilt one is caught."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from chaos.check import findings, impossible_step, repeated
from chaos.evidence import Attempt, Evidence, Job, StoredPicture, Submission
from chaos.history import Wish

ACCOUNT = UUID(int=1)
JOB = UUID(int=2)
ATTEMPT = UUID(int=3)
NOW = datetime(2026, 11, 20, tzinfo=UTC)

STAGES = ("queued", "sending", "warming", "generating", "saving", "done")


def a_job() -> Job:
    return Job(
        id=JOB,
        account_id=ACCOUNT,
        idempotency_key="key",
        state="done",
        stage="done",
        error_code=None,
        model="qwen-image",
        prompt="hills",
        negative_prompt="",
        seed=1,
        attempts=1,
        winner=ATTEMPT,
        upload_key=None,
        input_key=None,
        result_key="k",
        thumbnail_key="t",
        result_sha256="0" * 64,
        result_width=1,
        result_height=1,
        result_bytes=1,
        created_at=NOW,
        finished_at=NOW,
        deleted_at=None,
        purged_at=None,
        rings=0,
        stages=STAGES,
    )


def an_attempt(number: int = 1, state: str = "completed") -> Attempt:
    return Attempt(
        UUID(int=2 + number), JOB, number, number, state, f"rp-{number}", None, None, NOW
    )


def a_wish() -> Wish:
    wish = Wish(str(ACCOUNT), "key", "job", "hills", str(JOB), [(202, "")])
    wish.timelines.append(list(enumerate(STAGES[:3], 1)))
    return wish


def good() -> Evidence:
    return Evidence(
        jobs={JOB: a_job()},
        attempts={JOB: [an_attempt()]},
        submissions=[Submission("rp-1", str(ATTEMPT), 100, 1)],
        objects={f"{a_job().prefix}output.png": 1},
        pictures=[StoredPicture(JOB, None)],
        wishes=[a_wish()],
    )


def with_job(**changes: object) -> Evidence:
    return replace(good(), jobs={JOB: replace(a_job(), **changes)})  # type: ignore[arg-type]


def with_wish(**changes: object) -> Evidence:
    return replace(good(), wishes=[replace(a_wish(), **changes)])  # type: ignore[arg-type]


def twice() -> list[Submission]:
    return [*good().submissions, Submission("rp-9", str(ATTEMPT), 1, 1)]


def a_retry(first: str) -> Evidence:
    return replace(
        good(),
        jobs={JOB: replace(a_job(), attempts=2)},
        attempts={JOB: [an_attempt(1, first), an_attempt(2)]},
        submissions=[
            Submission("rp-1", str(ATTEMPT), 100, 1),
            Submission("rp-2", str(UUID(int=4)), 100, 1),
        ],
    )


SPOILT: dict[str, tuple[str, Callable[[], Evidence]]] = {
    "a job that never ended": ("I1", lambda: with_job(state="running", stage="warming")),
    "an accepted job that is gone": ("I2", lambda: replace(good(), jobs={}, attempts={})),
    "another job than was told": ("I2", lambda: with_wish(job_id=str(UUID(int=9)))),
    "a job for a refused request": ("I2", lambda: with_wish(expects="refusal")),
    "a job that nobody asked for": ("I2", lambda: with_wish(key="another", expects="refusal")),
    "a wish without a job": ("I2", lambda: with_wish(key="other", job_id=None)),
    "another's words": ("I10", lambda: with_job(prompt="seas")),
    "a wrong picture": ("I5", lambda: replace(good(), pictures=[StoredPicture(JOB, "bad")])),
    "a result of a failed job": ("I5", lambda: with_job(state="failed", stage="failed")),
    "an attempt posted twice": ("I6", lambda: replace(good(), submissions=twice())),
    "a job at RunPod of nobody": (
        "I6",
        lambda: replace(good(), submissions=[Submission("rp-1", "unheard of", 1, 1)]),
    ),
    "an id that RunPod never gave": (
        "I6",
        lambda: replace(good(), submissions=[Submission("rp-7", str(ATTEMPT), 1, 1)]),
    ),
    "a gap in the attempts": ("I6", lambda: replace(good(), attempts={JOB: [an_attempt(2)]})),
    "sent again without a reason": ("I6", lambda: a_retry("submitted")),
    "a message that is left": ("I7", lambda: replace(good(), queues={"q": 1})),
    "junk that vanished": ("I7", lambda: replace(good(), junk=frozenset({"junk-1"}))),
    "a lost doorbell": ("I8", lambda: replace(with_job(rings=1), doorbells_hold=True)),
    "a deleted job's picture": ("I9", lambda: with_job(deleted_at=NOW, purged_at=NOW)),
    "a log with an impossible step": ("I12", lambda: with_job(stages=("queued", "done"))),
    "a reading that was not so": (
        "I12",
        lambda: with_wish(timelines=[[(1, "queued"), (2, "failed")]]),
    ),
}


def test_a_good_story_has_no_findings() -> None:
    assert findings(good()) == []
    assert findings(a_retry("abandoned")) == []


def test_whose_worker_died_may_be_rung_for() -> None:
    inherited = {JOB: [replace(an_attempt(), epoch=2)]}
    assert findings(replace(with_job(rings=1), attempts=inherited, doorbells_hold=True)) == []


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_story_is_caught(name: str) -> None:
    rule, story = SPOILT[name]
    assert rule in {finding.rule for finding in findings(story())}


def test_repeated_submissions_are_counted_by_cause() -> None:
    assert repeated(good()) == {}
    assert repeated(a_retry("abandoned")) == {"abandoned": 1}


def test_a_retry_is_a_possible_step() -> None:
    assert impossible_step(("queued", "sending", "queued", "sending", "failed")) is None
    assert impossible_step(("done", "queued")) == ("done", "queued")
