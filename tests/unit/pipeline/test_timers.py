"""The polling schedule: bounded delay, few polls."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.timers import LONGEST_POLL_SECONDS, Timers, next_poll_seconds


def polls_until(run_seconds: float, *, webhook: bool) -> tuple[int, float]:
    """Return how many polls a run of that length takes, and how late the last one is."""
    age, polls = 0.0, 0
    while age < run_seconds:
        age += next_poll_seconds(age, webhook=webhook)
        polls += 1
    return polls, age - run_seconds


def test_a_job_of_ten_seconds_takes_at_most_ten_polls_and_is_seen_within_two_seconds() -> None:
    polls, late = polls_until(10, webhook=False)
    assert polls <= 10
    assert late <= 1.7


@given(st.floats(min_value=10, max_value=120))
def test_without_webhooks_the_end_is_seen_within_a_tenth_of_the_wait(run_seconds: float) -> None:
    assert polls_until(run_seconds, webhook=False)[1] <= run_seconds / 10


def test_webhooks_make_polling_rarer() -> None:
    assert polls_until(120, webhook=True)[0] < polls_until(120, webhook=False)[0]


@given(st.floats(min_value=0, max_value=7200), st.booleans())
def test_the_wait_is_never_zero_and_never_longer_than_the_limit(age: float, webhook: bool) -> None:
    assert 1 <= next_poll_seconds(age, webhook=webhook) <= LONGEST_POLL_SECONDS


@given(st.integers(min_value=0, max_value=100_000), st.booleans())
def test_however_many_are_followed_runpod_is_not_asked_too_often(
    followed: int, webhook: bool
) -> None:
    waits = [next_poll_seconds(age, webhook=webhook, followed=followed) for age in (0, 30, 600)]
    assert followed / min(waits) <= 100.001


def test_webhooks_leave_more_room() -> None:
    many = 10_000
    assert many / next_poll_seconds(600, webhook=True, followed=many) <= 60.001
    assert many / next_poll_seconds(600, webhook=False, followed=many) > 90


def test_few_are_asked_about_as_if_they_were_alone() -> None:
    for age in (0, 10, 100):
        alone = next_poll_seconds(age, webhook=True)
        assert next_poll_seconds(age, webhook=True, followed=50) == alone


def test_scaling_shortens_every_limit_alike() -> None:
    assert Timers().scaled(0.5).job_deadline == Timers().job_deadline / 2
    assert Timers().scaled(0.5).time_to_live == Timers().time_to_live / 2


def test_the_post_fits_into_the_lease_and_the_result_into_its_retention() -> None:
    timers = Timers()
    assert timers.submit_lease > 15
    assert timers.result_retention < 30 * 60
    assert timers.time_to_live < timers.job_deadline
