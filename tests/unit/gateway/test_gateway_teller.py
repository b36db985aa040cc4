"""What a stream of one job tells, and what it has told before."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from gateway.stream.news import JobNews
from gateway.stream.streams import _JobTeller

START = datetime(2026, 1, 1, tzinfo=UTC)


def news(seq: int, second: int, *, is_stage: bool) -> JobNews:
    return JobNews(
        UUID(int=1),
        seq,
        START + timedelta(seconds=second),
        b"{}",
        is_stage=is_stage,
        is_progress=not is_stage,
        is_end=False,
    )


def test_a_stage_that_was_told_is_not_told_again_because_the_job_has_moved_on() -> None:
    teller = _JobTeller()
    assert teller.frame(news(1, 0, is_stage=True))
    assert teller.frame(news(1, 5, is_stage=True)) is None
    assert teller.frame(news(3, 5, is_stage=True))


def test_progress_within_a_stage_is_told_as_often_as_it_changes() -> None:
    teller = _JobTeller()
    assert teller.frame(news(4, 0, is_stage=True))
    assert teller.frame(news(4, 1, is_stage=False))
    assert teller.frame(news(4, 1, is_stage=False)) is None
    assert teller.frame(news(4, 2, is_stage=False))
