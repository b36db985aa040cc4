"""The crash points that matter most; `make crash` strikes all."""

import pytest
from failpoints.layer import Edge, Fault, Mode

from crash.lane import Lane
from crash.suite import Case, strike

B, A, KILL, TIMEOUT = Edge.BEFORE, Edge.AFTER, Mode.KILL, Mode.TIMEOUT

POINTS = [
    (Fault("submitter", "db.dispatching.BEGIN_POST", A, KILL), "plain"),
    (Fault("submitter", "http.run", A, KILL), "plain"),
    (Fault("submitter", "http.run", A, TIMEOUT), "plain"),
    (Fault("submitter", "db.dispatching.RECORD_SUBMITTED", A, TIMEOUT), "plain"),
    (Fault("submitter", "ack.submitter.job-created", B, KILL), "plain"),
    (Fault("storer", "s3.PutObject", A, TIMEOUT), "plain"),
    (Fault("storer", "db.storing.FINISH", A, KILL), "plain"),
    (Fault("poller", "db.outbox.LEASE", A, KILL, with_effect=True), "plain"),
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("fault", "scene"), POINTS, ids=[str(fault) for fault, _ in POINTS])
async def test_nothing_is_lost_and_nothing_doubled(lane: Lane, fault: Fault, scene: str) -> None:
    verdict = await strike(lane, Case(fault, scene))
    assert verdict.wrongs == []
