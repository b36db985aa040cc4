"""The poller's look at the rules and at what waits, as metrics; and what the sweeper counts."""

import pytest
from prometheus_client import CollectorRegistry, Counter
from structlog.testing import capture_logs

from pipeline.conftest import Pipeline
from poller.loops import RegularLoop
from poller.sweep import Sweep
from poller.watch import Gauges, Watch
from shared.db.backlog import Backlogs
from shared.db.invariants import RULES, Invariants
from shared.db.sweeping import SweepRule

pytestmark = pytest.mark.asyncio

SPOIL = "UPDATE ledger SET amount_credits = 1 WHERE job_id = $1 AND kind = 'hold'"
MEND = "UPDATE ledger SET amount_credits = 2 WHERE job_id = $1 AND kind = 'hold'"


def a_watch(pipeline: Pipeline, registry: CollectorRegistry) -> Watch:
    return Watch(Invariants(pipeline.database), Backlogs(pipeline.database), Gauges(registry))


def violations(registry: CollectorRegistry) -> dict[str, float]:
    """Return the rules' gauges by name."""
    return {
        sample.labels["name"]: sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == "ob_invariant_violations"
    }


async def test_every_rule_of_production_is_a_gauge_before_the_first_look() -> None:
    registry = CollectorRegistry()
    Gauges(registry)
    assert violations(registry) == {rule.name: 0 for rule in RULES if not rule.settled}


async def test_a_broken_rule_is_a_number_and_one_line_until_it_is_mended(
    pipeline: Pipeline,
) -> None:
    registry = CollectorRegistry()
    watch = a_watch(pipeline, registry)
    job_id = await pipeline.queued()
    await pipeline.age(SPOIL, job_id)
    with capture_logs() as lines:
        await watch()
        await watch()
    assert {name for name, count in violations(registry).items() if count} == {"one_hold"}
    (line,) = lines
    assert line["log_level"] == "error"
    assert (line["rule"], line["name"], line["subject"]) == ("I2", "one_hold", str(job_id))
    assert "prompt" not in str(line)
    await pipeline.age(MEND, job_id)
    with capture_logs() as lines:
        await watch()
    assert not any(violations(registry).values())
    assert lines == []
    assert registry.get_sample_value("ob_watched_timestamp_seconds")


async def test_what_waits_is_counted_with_its_age(pipeline: Pipeline) -> None:
    registry = CollectorRegistry()
    await pipeline.queued()
    oldest = await pipeline.queued()
    await pipeline.age(
        "UPDATE jobs SET created_at = now() - interval '9 min' WHERE id = $1", oldest
    )
    await pipeline.running()
    unknown = await pipeline.posting()
    await pipeline.dispatching.mark_unknown(unknown.attempt_id, "read timeout")
    await pipeline.done()
    await pipeline.database.row(
        "INSERT INTO dead_messages (queue, fingerprint, body, body_bytes, reason, tries)"
        " VALUES ('q', '', '', 0, 'unreadable', 0)"
    )
    await pipeline.database.rows("UPDATE outbox SET created_at = now() - interval '20 s'")
    await a_watch(pipeline, registry)()

    def value(name: str, **labels: str) -> float:
        found = registry.get_sample_value(name, labels)
        assert found is not None
        return found

    states = ("queued", "dispatching", "running", "storing")
    assert [value("ob_jobs_open", state=state) for state in states] == [2, 1, 1, 0]
    assert 540 <= value("ob_jobs_open_oldest_seconds", state="queued") < 600
    assert value("ob_jobs_open_oldest_seconds", state="storing") == 0
    assert value("ob_outbox_events") >= 5
    assert 20 <= value("ob_outbox_oldest_seconds") < 80
    assert value("ob_attempts_unknown") == 1
    assert value("ob_dead_messages_open") == 1


async def test_each_rule_of_the_sweeper_counts_what_it_repaired(pipeline: Pipeline) -> None:
    registry = CollectorRegistry()
    sweep = Sweep(
        pipeline.sweeping, pipeline.ending, Counter("repairs", "-", ("rule",), registry=registry)
    )

    def counts() -> dict[str, float]:
        values = {
            rule.value: registry.get_sample_value("repairs_total", {"rule": rule.value})
            for rule in SweepRule
        }
        assert None not in values.values()
        return {rule: value for rule, value in values.items() if value}

    assert counts() == {}
    job_id = await pipeline.queued()
    await pipeline.age(
        "UPDATE jobs SET next_ring_at = now() - interval '1 s' WHERE id = $1", job_id
    )
    unheard = await pipeline.posting()
    await pipeline.dispatching.mark_unknown(unheard.attempt_id, "reset")
    await pipeline.age(
        "UPDATE attempts SET posted_at = now() - interval '3 min' WHERE id = $1", unheard.attempt_id
    )
    lost = await pipeline.storing_job()
    await pipeline.age(
        "UPDATE attempts SET completed_at = now() - interval '21 min' WHERE id = $1",
        lost.attempt_id,
    )
    await sweep()
    assert counts() == {"ring_queued": 1, "abandon_unheard": 1, "lose_results": 1}


async def test_a_long_interval_is_waited_for_in_short_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    done: list[None] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def action() -> None:
        done.append(None)

    monkeypatch.setattr("asyncio.sleep", sleep)
    loop = RegularLoop(action, 3600)
    for _ in range(5):
        await loop.step()
    assert len(done) == 1
    assert slept == [10.0] * 5
