"""The state machine's own rules; that the database keeps the same ones is an integration test."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.job import (
    STAGES_OF_STATE,
    STATES_OF_STATUS,
    TERMINAL_STATES,
    TRANSITIONS,
    JobState,
    Stage,
    Status,
    may_move,
    status_of,
)


@pytest.mark.parametrize("state", sorted(TERMINAL_STATES))
def test_a_terminal_state_never_changes(state: JobState) -> None:
    assert not TRANSITIONS[state]


@pytest.mark.parametrize("state", [s for s in JobState if s not in TERMINAL_STATES])
def test_every_open_job_can_fail_and_be_cancelled(state: JobState) -> None:
    assert may_move(state, JobState.FAILED)
    assert may_move(state, JobState.CANCELLED)


def test_every_state_has_one_status_and_its_own_stages() -> None:
    assert sorted(s for states in STATES_OF_STATUS.values() for s in states) == sorted(JobState)
    stages = [stage for group in STAGES_OF_STATE.values() for stage in group]
    assert sorted(stages) == sorted(Stage)
    assert {status_of(state) for state in JobState} == set(Status)


@given(st.lists(st.sampled_from(JobState), max_size=30))
def test_a_walk_reaches_done_only_through_storing(wishes: list[JobState]) -> None:
    state, seen = JobState.QUEUED, [JobState.QUEUED]
    for wish in wishes:
        if may_move(state, wish):
            state = wish
            seen.append(state)
    if JobState.DONE in seen:
        assert seen[-1] is JobState.DONE
        assert seen[seen.index(JobState.DONE) - 1] is JobState.STORING
