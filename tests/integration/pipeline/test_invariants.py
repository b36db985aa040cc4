"""Every rule is broken once on purpose, and no life of a job that the pipeline leads breaks one."""

# ruff: noqa: E501 - a statement reads better unbroken

from dataclasses import dataclass
from uuid import UUID

import pytest

from pipeline.conftest import Pipeline, hook_of, result_of
from shared.db.invariants import GRACE_SECONDS, RULES, Invariants
from shared.domain.job import AttemptState
from shared.ids import new_id

pytestmark = pytest.mark.asyncio

TABLES = ("jobs", "attempts", "ledger", "accounts", "job_events", "outbox", "dead_messages")


@dataclass(frozen=True)
class Break:
    """What breaks a rule: a state of a job, and a statement that spoils its rows ($1 is its id)."""

    rule: str
    start: str
    sql: str
    unguarded: str | None = None
    """A constraint or index of the schema that alone would keep the row from being spoiled."""


BREAKS = (
    Break("overdue", "queued", "UPDATE jobs SET deadline_at = now() - interval '2 min' WHERE id = $1"),
    Break("unattended", "running", "UPDATE attempts SET next_poll_at = NULL WHERE job_id = $1"),
    Break("unattended", "claimed", "UPDATE attempts SET state = 'rejected' WHERE job_id = $1"),
    Break("unattended", "storing_job", "UPDATE attempts SET state = 'lost' WHERE job_id = $1"),
    Break("one_hold", "queued", "DELETE FROM ledger WHERE job_id = $1 AND kind = 'hold'"),
    Break("one_hold", "queued", "UPDATE ledger SET amount_credits = 1 WHERE job_id = $1"),
    Break("one_hold", "queued", "INSERT INTO ledger (account_id, job_id, kind, amount_credits) SELECT account_id, job_id, kind, amount_credits FROM ledger WHERE job_id = $1", "DROP INDEX one_hold"),
    Break("one_settlement", "done", "DELETE FROM ledger WHERE job_id = $1 AND kind = 'capture'"),
    Break("one_settlement", "queued", "INSERT INTO ledger (account_id, job_id, kind, amount_credits) SELECT account_id, id, 'release', price_credits FROM jobs WHERE id = $1"),
    Break("one_settlement", "done", "INSERT INTO ledger (account_id, job_id, kind, amount_credits) SELECT account_id, id, 'release', price_credits FROM jobs WHERE id = $1", "DROP INDEX one_settle"),
    Break("capture_iff_done", "done", "UPDATE ledger SET kind = 'release' WHERE job_id = $1 AND kind = 'capture'"),
    Break("capture_iff_done", "cancelled", "UPDATE ledger SET kind = 'capture' WHERE job_id = $1 AND kind = 'release'"),
    Break("balance", "done", "UPDATE accounts SET balance_credits = balance_credits + 1 WHERE id = (SELECT account_id FROM jobs WHERE id = $1)"),
    Break("held", "queued", "UPDATE accounts SET held_credits = 0 WHERE id = (SELECT account_id FROM jobs WHERE id = $1)"),
    Break("held", "done", "UPDATE accounts SET held_credits = 2 WHERE id = (SELECT account_id FROM jobs WHERE id = $1)"),
    Break("overdrawn", "queued", "UPDATE accounts SET balance_credits = 1 WHERE id = (SELECT account_id FROM jobs WHERE id = $1)", "ALTER TABLE accounts DROP CONSTRAINT accounts_check"),
    Break("result_of_done", "done", "UPDATE jobs SET result_key = NULL WHERE id = $1"),
    Break("result_of_done", "done", "UPDATE jobs SET result_bytes = 0 WHERE id = $1"),
    Break("result_of_done", "done", "UPDATE jobs SET result_sha256 = 'none' WHERE id = $1"),
    Break("result_of_others", "cancelled", "UPDATE jobs SET result_key = id || '/output.png' WHERE id = $1"),
    Break("attempts_counted", "running", "UPDATE jobs SET attempts = 2 WHERE id = $1"),
    Break("attempts_counted", "running", "UPDATE attempts SET number = 2 WHERE job_id = $1"),
    Break("attempts_counted", "queued", "UPDATE jobs SET attempts = max_attempts + 1 WHERE id = $1", "ALTER TABLE jobs DROP CONSTRAINT jobs_check5"),
    Break("runpod_id_once", "running", "INSERT INTO attempts (id, job_id, number, epoch, state, hook_sha256, runpod_id) SELECT gen_random_uuid(), job_id, 2, epoch, 'lost', '', runpod_id FROM attempts WHERE job_id = $1", "DROP INDEX one_runpod_id"),
    Break("runpod_id_known", "running", "UPDATE attempts SET runpod_id = NULL WHERE job_id = $1"),
    Break("winner", "done", "UPDATE jobs SET winner = gen_random_uuid() WHERE id = $1"),
    Break("winner", "done", "UPDATE attempts SET state = 'lost' WHERE job_id = $1"),
    Break("one_live_attempt", "running", "INSERT INTO attempts (id, job_id, number, epoch, state, hook_sha256) SELECT gen_random_uuid(), job_id, 2, epoch, 'intent', '' FROM attempts WHERE job_id = $1", "DROP INDEX one_live_attempt"),
    Break("one_live_attempt", "queued", "INSERT INTO attempts (id, job_id, number, epoch, state, hook_sha256) VALUES (gen_random_uuid(), $1, 1, 1, 'intent', '')"),
    Break("live_after_end", "expired", "UPDATE jobs SET finished_at = now() - interval '31 min' WHERE id = $1"),
    Break("all_attempts_ended", "expired", "SELECT $1::uuid"),
    Break("dead_unexplained", "queued", "INSERT INTO dead_messages (queue, fingerprint, job_id, body, body_bytes, reason, tries, found_at) VALUES ('q', '', $1, '', 0, 'unreadable', 0, now() - interval '2 min')"),
    Break("dead_without_reason", "queued", "INSERT INTO dead_messages (queue, fingerprint, job_id, body, body_bytes, reason, tries, explanation) VALUES ('q', '', $1, '', 0, '', 0, 'so it goes')", "ALTER TABLE dead_messages DROP CONSTRAINT dead_messages_reason_check"),
    Break("outbox_late", "queued", "UPDATE outbox SET created_at = now() - interval '2 min' WHERE payload ->> 'job_id' = $1::uuid::text"),
    Break("outbox_drained", "queued", "SELECT $1::uuid"),
    Break("event_log", "done", "DELETE FROM job_events WHERE job_id = $1 AND seq = 2"),
    Break("event_log", "done", "DELETE FROM job_events WHERE job_id = $1 AND stage = 'done'"),
    Break("event_log", "running", "UPDATE job_events SET stage = 'sending' WHERE job_id = $1 AND stage = 'warming'"),
    Break("purge_late", "done", "UPDATE jobs SET deleted_at = now() - interval '11 min', finished_at = now() - interval '11 min' WHERE id = $1"),
    Break("all_purged", "done", "UPDATE jobs SET deleted_at = now() WHERE id = $1"),
    Break("purged_is_empty", "purged", "UPDATE jobs SET prompt = 'a prompt' WHERE id = $1"),
    Break("purged_is_empty", "purged", "UPDATE jobs SET input_key = id::text WHERE id = $1"),
    Break("expired_is_deleted", "done", "UPDATE jobs SET expired_at = now() WHERE id = $1"),
    Break("ledger_account", "done", "UPDATE ledger SET account_id = (SELECT id FROM accounts WHERE id <> ledger.account_id LIMIT 1) WHERE job_id = $1"),
    Break("event_account", "queued", "UPDATE outbox SET payload = payload || jsonb_build_object('account_id', gen_random_uuid()) WHERE payload ->> 'job_id' = $1::uuid::text"),
    Break("key_of_job", "done", "UPDATE jobs SET result_key = 'jobs/2026/01/' || gen_random_uuid() || '/output.png' WHERE id = $1"),
    Break("parent_account", "queued", "UPDATE jobs SET parent_id = other.id FROM jobs other WHERE jobs.id = $1 AND other.account_id <> jobs.account_id"),
    Break("stage_path", "done", "UPDATE job_events SET stage = 'warming' WHERE job_id = $1 AND stage = 'sending'"),
    Break("stage_path", "queued", "UPDATE job_events SET stage = 'sending' WHERE job_id = $1"),
)  # fmt: skip


async def started(pipeline: Pipeline, start: str) -> UUID:
    """Return a job that was led to where the test wants it, by the pipeline's own statements."""
    if start == "cancelled":
        return await cancelled(pipeline)
    if start == "expired":
        return await expired(pipeline)
    if start == "purged":
        return await purged(pipeline)
    reached = await getattr(pipeline, start)()
    return reached if isinstance(reached, UUID) else reached.job_id


async def cancelled(pipeline: Pipeline) -> UUID:
    attempt = await pipeline.running()
    await pipeline.age("UPDATE jobs SET cancel_requested_at = now() WHERE id = $1", attempt.job_id)
    await pipeline.ending.end_attempt(
        attempt.attempt_id, AttemptState.CANCELLED, code="provider_failed", retryable=True
    )
    return attempt.job_id


async def expired(pipeline: Pipeline) -> UUID:
    """Return a job that ended while RunPod still works on its attempt."""
    attempt = await pipeline.running()
    await pipeline.ending.fail_job(attempt.job_id, "deadline")
    return attempt.job_id


async def purged(pipeline: Pipeline) -> UUID:
    job_id = await pipeline.done()
    await pipeline.age("UPDATE jobs SET deleted_at = now() WHERE id = $1", job_id)
    await pipeline.storing.note_purged(job_id)
    return job_id


async def broken(pipeline: Pipeline, *, settled: bool = True) -> set[str]:
    found = await Invariants(pipeline.database).violations(settled=settled)
    return {violation.name for violation in found}


async def test_every_rule_is_tripped_by_a_test() -> None:
    assert {case.rule for case in BREAKS} == {rule.name for rule in RULES}


async def test_names_are_unique_and_every_number_is_there() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    numbers = {rule.id for rule in RULES}
    assert numbers == {f"I{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12)}


@pytest.mark.parametrize("case", BREAKS, ids=lambda case: f"{case.rule}-{BREAKS.index(case)}")
async def test_a_broken_rule_is_found(pipeline: Pipeline, case: Break) -> None:
    bystander = await pipeline.done()
    job_id = await started(pipeline, case.start)
    settled_rule = next(rule.settled for rule in RULES if rule.name == case.rule)
    if not settled_rule:
        assert await broken(pipeline, settled=False) == set()
    for table in TABLES:
        await pipeline.database.row(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    if case.unguarded is not None:
        await pipeline.database.row(case.unguarded)
    await pipeline.database.row(case.sql, job_id)
    found = await Invariants(pipeline.database).violations(settled=settled_rule)
    assert case.rule in {violation.name for violation in found}
    if case.rule != "outbox_drained":
        assert all(str(bystander) not in f"{v.subject} {v.detail}" for v in found)


async def test_good_lives_break_no_rule(pipeline: Pipeline) -> None:
    account_id = await pipeline.account()
    await pipeline.done(await pipeline.queued(account_id=account_id))
    await cancelled(pipeline)
    await purged(pipeline)
    retried = await pipeline.running()
    await pipeline.ending.end_attempt(
        retried.attempt_id, AttemptState.FAILED, code="provider_failed", retryable=True
    )
    await pipeline.done(retried.job_id)
    refused = await pipeline.posting()
    await pipeline.ending.end_attempt(
        refused.attempt_id, AttemptState.REJECTED, code="provider_rejected", retryable=False
    )
    late = await pipeline.storing_job()
    await pipeline.age("UPDATE jobs SET deleted_at = now() WHERE id = $1", late.job_id)
    await pipeline.storing.finish(late, result_of(late.job_id))
    await pipeline.storing.note_purged(late.job_id)
    await pipeline.database.rows("DELETE FROM outbox")
    assert await Invariants(pipeline.database).violations(settled=True) == []


async def test_jobs_in_every_state_break_no_rule_of_production(pipeline: Pipeline) -> None:
    for reach in (pipeline.queued, pipeline.claimed, pipeline.posting, pipeline.running):
        await reach()
    await pipeline.storing_job()
    await expired(pipeline)
    unknown = await pipeline.posting()
    await pipeline.dispatching.mark_unknown(unknown.attempt_id, "read timeout")
    again = await pipeline.posting()
    await pipeline.ending.end_attempt(
        again.attempt_id, AttemptState.ABANDONED, code="provider_unavailable", retryable=True
    )
    assert await pipeline.dispatching.claim(again.job_id, new_id(), hook_of(None)) is not None
    assert await Invariants(pipeline.database).violations() == []


async def test_an_old_wrong_is_found_only_by_whoever_looks_back_far_enough(
    pipeline: Pipeline,
) -> None:
    job_id = await pipeline.done()
    await pipeline.database.row("ALTER TABLE jobs DISABLE TRIGGER USER")
    await pipeline.database.row(
        "UPDATE jobs SET result_key = NULL, updated_at = now() - interval '2 h' WHERE id = $1",
        job_id,
    )
    invariants = Invariants(pipeline.database)
    assert await invariants.violations(within_seconds=3600) == []
    assert [v.subject for v in await invariants.violations()] == [str(job_id)]


async def test_a_grace_scales_what_is_late(pipeline: Pipeline) -> None:
    await pipeline.queued(deadline_seconds=-0.75 * GRACE_SECONDS)
    assert await broken(pipeline, settled=False) == set()
    (late,) = await Invariants(pipeline.database, grace_seconds=GRACE_SECONDS / 2).violations()
    assert late.name == "overdue"
