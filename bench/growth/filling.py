"""Fills the product's tables as months of work would, with nothing that breaks its rules.

Triggers and foreign keys are off meanwhile, so everything that they would have written is written.
"""

from typing import Final

from bench.provider.runpod import ENDLESS
from shared.domain.timers import POLLS_PER_SECOND_WITH_WEBHOOK

PRICE_CREDITS: Final = 2
JOBS_OF_AN_ACCOUNT: Final = 50

_BEGIN: Final = """
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.id_at(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT encode(set_bit(set_bit(overlay(
        uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;
"""

_DRAW: Final = """
CREATE TEMP TABLE owners AS SELECT number, gen_random_uuid() AS id
FROM generate_series(0, ({count} - 1) / {jobs_of_an_account}) AS number;
CREATE TEMP TABLE drawn AS
SELECT job.number, at, pg_temp.id_at(at) AS id, pg_temp.id_at(at) AS attempt_id, owners.id AS account_id
FROM (SELECT number, now() - {age} * (1 - number::float8 / {count}) AS at
      FROM generate_series(0, {count} - 1) AS number) AS job
JOIN owners ON owners.number = job.number / {jobs_of_an_account};
INSERT INTO accounts (id, kind, balance_credits, held_credits, created_at)
SELECT account_id, 'guest', 1000 - {captured} * {price} * count(*), {held} * {price} * count(*), min(at)
FROM drawn GROUP BY account_id;
INSERT INTO ledger (account_id, kind, amount_credits, ext_id)
SELECT id, 'grant', 1000, 'filled ' || id FROM owners;
INSERT INTO ledger (account_id, job_id, kind, amount_credits, at)
SELECT account_id, id, 'hold', {price}, at FROM drawn;
"""

_DONE: Final = """
INSERT INTO ledger (account_id, job_id, kind, amount_credits, at)
SELECT account_id, id, 'capture', {price}, at + interval '9 s' FROM drawn;
INSERT INTO jobs (id, account_id, idempotency_key, request_sha256, state, stage, prompt, model, ratio, seed,
    price_credits, attempts, max_attempts, lease_epoch, winner, result_key, thumbnail_key, result_sha256, result_width,
    result_height, result_bytes, last_event_seq, created_at, updated_at, started_at, finished_at, deadline_at)
SELECT id, account_id, id::text, md5(id::text), 'done', 'done', 'picture ' || number, 'qwen-image', '1:1', number,
    {price}, 1, 3, 2, attempt_id, 'jobs/' || id || '/output.png', 'jobs/' || id || '/thumbnail.webp',
    encode(sha256(id::text::bytea), 'hex'), 1328, 1328, 65536, 6, at, at + interval '9 s', at + interval '1 s', at + interval '9 s',
    at + interval '45 min'
FROM drawn;
INSERT INTO attempts (id, job_id, number, epoch, state, hook_sha256, runpod_id, polls, created_at, posted_at,
    submitted_at, started_at, completed_at, ended_at, execution_ms)
SELECT attempt_id, id, 1, 1, 'completed', uuid_send(attempt_id), attempt_id || '-u1', 3, at, at, at, at,
    at + interval '8 s', at + interval '8 s', 7000
FROM drawn;
INSERT INTO job_events (job_id, seq, stage, at)
SELECT id, seq, stage, at + seq * interval '1 s' FROM drawn,
    unnest(ARRAY['queued', 'sending', 'warming', 'generating', 'saving', 'done']) WITH ORDINALITY AS line (stage, seq);
"""

_IN_FLIGHT: Final = """
INSERT INTO jobs (id, account_id, idempotency_key, request_sha256, state, stage, prompt, model, ratio, seed,
    price_credits, attempts, max_attempts, lease_epoch, last_event_seq, created_at, updated_at, started_at, deadline_at)
SELECT id, account_id, id::text, md5(id::text), 'running', 'generating', 'picture ' || number, 'qwen-image', '1:1',
    number, {price}, 1, 3, 1, 4, at, at, at, at + interval '45 min'
FROM drawn;
INSERT INTO attempts (id, job_id, number, epoch, state, hook_sha256, runpod_id, polls, created_at, posted_at,
    submitted_at, started_at, next_poll_at)
SELECT attempt_id, id, 1, 1, 'in_progress', uuid_send(attempt_id), '{endless}' || attempt_id, 3, at, at, at, at,
    now() + random() * interval '1 s' * greatest(15, {count} / {polls_per_second})
FROM drawn;
INSERT INTO job_events (job_id, seq, stage, at)
SELECT id, seq, stage, at FROM drawn,
    unnest(ARRAY['queued', 'sending', 'warming', 'generating']) WITH ORDINALITY AS line (stage, seq);
"""

_END: Final = """
DROP TABLE drawn;
DROP TABLE owners;
DROP FUNCTION pg_temp.id_at;
SET session_replication_role = origin;
"""

AFTERWARDS: Final = "VACUUM ANALYZE"
"""To be run by itself: what autovacuum has done with months of work long ago must not fall into the measurement."""


def history(count: int) -> str:
    """Return statements that add finished jobs of the last 30 days."""
    return _script(_DONE, count, age="interval '30 days'", captured=1, held=0)


def in_flight(count: int) -> str:
    """Return statements that add jobs that the provider works on and never ends."""
    return _script(_IN_FLIGHT, count, age="interval '2 min'", captured=0, held=1)


def _script(rows: str, count: int, *, age: str, captured: int, held: int) -> str:
    return (_BEGIN + _DRAW + rows + _END).format(
        count=count,
        age=age,
        captured=captured,
        held=held,
        price=PRICE_CREDITS,
        jobs_of_an_account=JOBS_OF_AN_ACCOUNT,
        endless=ENDLESS,
        polls_per_second=POLLS_PER_SECOND_WITH_WEBHOOK,
    )
