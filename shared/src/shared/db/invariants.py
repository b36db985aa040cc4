"""What must hold, whatever fails: one sentence and one statement each.

The same rules are run by the poller every minute, over what changed lately, and after a run of tests or on an
operator's wish, over everything. Each is one statement, hence one snapshot: traffic cannot make it lie.
"""

from dataclasses import dataclass
from typing import Final

from shared.db.database import Database
from shared.domain.job import (
    LIVE_ATTEMPT_STATES,
    STAGES_OF_STATE,
    TRANSITIONS,
    JobState,
    Stage,
)

GRACE_SECONDS: Final = 60.0
MOST_VIOLATIONS: Final = 100
EVERYTHING_SECONDS: Final = 1e9
"""About 30 years: the window that leaves nothing out."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence that must hold, and the statement that finds what breaks it.

    Attributes:
        id: the number of the invariant, like ``I1``; several rules may share one.
        name: what metrics and logs call it.
        says: the sentence.
        sql: returns at most 100 rows of (subject, detail). `$1` is the grace in seconds, `$2` how many seconds back the
            rules look that would have to read whole tables otherwise.
        settled: whether it holds only once nothing is in flight.
    """

    id: str
    name: str
    says: str
    sql: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that breaks a rule; `subject` is an id, `detail` has no personal data."""

    rule: str
    name: str
    subject: str
    detail: str


def _stage_pairs() -> str:
    """Return every pair of stages that may follow each other; work at RunPod always begins with `warming`."""
    pairs = {
        (earlier.value, later.value)
        for before, reachable in TRANSITIONS.items()
        for after in reachable
        for earlier in STAGES_OF_STATE[before]
        for later in STAGES_OF_STATE[after]
        - ({Stage.GENERATING} if after is JobState.RUNNING else set())
    }
    pairs.add((Stage.WARMING.value, Stage.GENERATING.value))
    return ", ".join(f"('{earlier}', '{later}')" for earlier, later in sorted(pairs))


_OPEN = "state NOT IN ('done', 'failed', 'cancelled')"
_LIVE_STATES = ", ".join(f"'{state.value}'" for state in sorted(LIVE_ATTEMPT_STATES))
_LIVE = f"state IN ({_LIVE_STATES})"

_SCOPE = """
WITH limits AS (SELECT make_interval(secs => $1::float8) AS grace),
checked AS (SELECT * FROM jobs WHERE updated_at > now() - make_interval(secs => $2::float8)),
entries AS (
    SELECT l.* FROM checked j JOIN ledger l ON l.job_id = j.id AND l.kind = 'hold' UNION ALL
    SELECT l.* FROM checked j JOIN ledger l ON l.job_id = j.id AND l.kind IN ('capture', 'release')),
touched AS (
    SELECT * FROM accounts
    WHERE created_at > now() - make_interval(secs => $2::float8) OR id IN (SELECT account_id FROM checked)),
tries AS (SELECT a.* FROM checked j JOIN attempts a ON a.job_id = j.id)
"""


def _rule(number: str, name: str, says: str, select: str, *, settled: bool = False) -> Rule:
    return Rule(number, name, says, f"{_SCOPE}{select} LIMIT {MOST_VIOLATIONS}", settled)


RULES: Final[tuple[Rule, ...]] = (
    _rule(
        "I1",
        "overdue",
        "No job is open longer than a grace after its deadline.",
        f"""
SELECT id::text, state || ', due since ' || deadline_at FROM jobs, limits
WHERE {_OPEN} AND deadline_at < now() - grace""",
    ),
    _rule(
        "I1",
        "unattended",
        "An open job that does not wait has the attempt that its state speaks of.",
        f"""
SELECT id::text, state FROM jobs j
WHERE {_OPEN} AND NOT CASE state
    WHEN 'queued' THEN TRUE
    WHEN 'dispatching' THEN EXISTS (SELECT FROM attempts a WHERE a.job_id = j.id
                                    AND a.state IN ('intent', 'posting', 'unknown'))
    WHEN 'running' THEN EXISTS (SELECT FROM attempts a WHERE a.job_id = j.id AND a.next_poll_at IS NOT NULL
                                AND a.state IN ('submitted', 'in_progress'))
    ELSE EXISTS (SELECT FROM attempts a WHERE a.id = j.winner AND a.state = 'completed') END""",
    ),
    _rule(
        "I2",
        "one_hold",
        "Every job has exactly one hold, of its price.",
        """
SELECT j.id::text, count(l.id) || ' holds of ' || coalesce(sum(l.amount_credits), 0) || ', price ' || j.price_credits
FROM checked j LEFT JOIN ledger l ON l.job_id = j.id AND l.kind = 'hold'
GROUP BY j.id, j.price_credits
HAVING count(l.id) <> 1 OR sum(l.amount_credits) <> j.price_credits""",
    ),
    _rule(
        "I3",
        "one_settlement",
        "Every ended job is settled exactly once, at its price, and no open job is.",
        """
SELECT j.id::text, j.state || ', ' || count(l.id) || ' settlements of ' || coalesce(sum(l.amount_credits), 0)
FROM checked j LEFT JOIN ledger l ON l.job_id = j.id AND l.kind IN ('capture', 'release')
GROUP BY j.id, j.state, j.price_credits
HAVING count(l.id) <> (j.state IN ('done', 'failed', 'cancelled'))::int OR sum(l.amount_credits) <> j.price_credits""",
    ),
    _rule(
        "I3",
        "capture_iff_done",
        "A job is paid for if and only if it is done.",
        """
SELECT j.id::text, j.state || ', ' || l.kind FROM checked j
JOIN ledger l ON l.job_id = j.id AND l.kind IN ('capture', 'release')
WHERE (l.kind = 'capture') <> (j.state = 'done')""",
    ),
    _rule(
        "I4",
        "balance",
        "An account's balance is what it was granted minus what was captured.",
        """
SELECT a.id::text, 'balance ' || a.balance_credits || ', ledger ' || coalesce(l.credits, 0) FROM touched a
LEFT JOIN LATERAL (
    SELECT sum(CASE kind WHEN 'grant' THEN amount_credits ELSE -amount_credits END) AS credits
    FROM ledger WHERE account_id = a.id AND kind IN ('grant', 'capture')) l ON TRUE
WHERE a.balance_credits <> coalesce(l.credits, 0)""",
    ),
    _rule(
        "I4",
        "held",
        "What an account holds is the price of its open jobs.",
        f"""
, held AS (SELECT account_id, sum(price_credits) AS credits FROM jobs WHERE {_OPEN} GROUP BY account_id)
SELECT a.id::text, 'held ' || a.held_credits || ', open jobs ' || coalesce(h.credits, 0)
FROM touched a LEFT JOIN held h ON h.account_id = a.id WHERE a.held_credits <> coalesce(h.credits, 0)""",
    ),
    _rule(
        "I4",
        "overdrawn",
        "No account is below zero, and none holds more than it has.",
        """
SELECT id::text, 'balance ' || balance_credits || ', held ' || held_credits FROM touched
WHERE held_credits < 0 OR balance_credits < held_credits""",
    ),
    _rule(
        "I5",
        "result_of_done",
        "A done job says where its picture lies, how large it is and what its sha256 is.",
        """
SELECT id::text, 'key, size or sha256 is missing' FROM checked
WHERE state = 'done' AND (
    result_sha256 !~ '^[0-9a-f]{64}$' OR coalesce(result_bytes, 0) <= 0 OR coalesce(result_width, 0) <= 0
    OR coalesce(result_height, 0) <= 0 OR purged_at IS NULL AND (result_key IS NULL OR thumbnail_key IS NULL))""",
    ),
    _rule(
        "I5",
        "result_of_others",
        "A job that is not done has no result, unless it was deleted and waits to be purged.",
        """
SELECT id::text, state FROM checked
WHERE state <> 'done' AND (
    result_sha256 IS NOT NULL OR deleted_at IS NULL AND (result_key IS NOT NULL OR thumbnail_key IS NOT NULL))""",
    ),
    _rule(
        "I6",
        "attempts_counted",
        "A job's attempts are numbered from 1 without a gap, and are as many as it says and may have.",
        """
SELECT j.id::text, j.attempts || ' of ' || j.max_attempts || ' attempts, rows ' || coalesce(string_agg(t.number::text, ',' ORDER BY t.number), '')
FROM checked j LEFT JOIN tries t ON t.job_id = j.id
GROUP BY j.id, j.attempts, j.max_attempts
HAVING count(t.id) <> j.attempts OR j.attempts > j.max_attempts
    OR j.attempts > 0 AND (min(t.number) <> 1 OR max(t.number) <> j.attempts OR count(DISTINCT t.number) <> j.attempts)""",
    ),
    _rule(
        "I6",
        "runpod_id_once",
        "A RunPod job belongs to one attempt.",
        """
SELECT t.id::text, 'also ' || other.id FROM tries t
JOIN attempts other ON other.runpod_id = t.runpod_id AND other.id <> t.id""",
    ),
    _rule(
        "I6",
        "runpod_id_known",
        "An attempt that RunPod works on, or has finished, has RunPod's id.",
        """
SELECT id::text, state FROM tries WHERE state IN ('submitted', 'in_progress', 'completed') AND runpod_id IS NULL""",
    ),
    _rule(
        "I6",
        "winner",
        "A winner is a completed attempt of its own job.",
        """
SELECT j.id::text, 'winner ' || j.winner || coalesce(' is ' || a.state, ' is not an attempt of it') FROM checked j
LEFT JOIN attempts a ON a.id = j.winner AND a.job_id = j.id
WHERE j.winner IS NOT NULL AND a.state IS DISTINCT FROM 'completed'""",
    ),
    _rule(
        "I6",
        "one_live_attempt",
        "A job has at most one live attempt, and none while it waits.",
        f"""
SELECT j.id::text, j.state || ', ' || count(*) || ' live' FROM attempts a JOIN jobs j ON j.id = a.job_id
WHERE a.{_LIVE} GROUP BY j.id HAVING count(*) > (j.state <> 'queued')::int""",
    ),
    _rule(
        "I6",
        "live_after_end",
        "Half an hour after a job has ended (RunPod keeps nothing longer), no attempt of it is live.",
        f"""
SELECT j.id::text, 'attempt ' || a.id || ' is ' || a.state FROM limits, attempts a JOIN jobs j ON j.id = a.job_id
WHERE a.{_LIVE} AND j.finished_at < now() - grace * 30""",
    ),
    _rule(
        "I6",
        "all_attempts_ended",
        "When nothing is in flight, no attempt of an ended job is live.",
        f"""
SELECT j.id::text, 'attempt ' || a.id || ' is ' || a.state FROM attempts a JOIN jobs j ON j.id = a.job_id
WHERE a.{_LIVE} AND j.finished_at IS NOT NULL""",
        settled=True,
    ),
    _rule(
        "I7",
        "dead_unexplained",
        "A dead message is explained within a grace of being found.",
        """
SELECT id::text, queue || ', ' || reason FROM dead_messages, limits
WHERE state = 'open' AND explanation = '' AND found_at < now() - grace""",
    ),
    _rule(
        "I7",
        "dead_without_reason",
        "When nothing is in flight, every dead message has a reason and an explanation.",
        """
SELECT id::text, queue || ', ' || state FROM dead_messages WHERE reason = '' OR explanation = ''""",
        settled=True,
    ),
    _rule(
        "I8",
        "outbox_late",
        "An event is published within a grace.",
        """
SELECT id::text, topic || ', since ' || created_at FROM outbox, limits
WHERE created_at < now() - grace ORDER BY created_at""",
    ),
    _rule(
        "I8",
        "outbox_drained",
        "When nothing is in flight, the outbox is empty.",
        "SELECT id::text, topic FROM outbox",
        settled=True,
    ),
    _rule(
        "I8",
        "event_log",
        "A job's event log has no gap and ends with the job's stage.",
        """
SELECT j.id::text, j.stage || ' is event ' || j.last_event_seq || '; ' || count(e.seq) || ' events up to '
    || coalesce(max(e.seq), 0) || ' ' || coalesce((array_agg(e.stage ORDER BY e.seq DESC))[1], '')
FROM checked j LEFT JOIN job_events e ON e.job_id = j.id
GROUP BY j.id, j.stage, j.last_event_seq
HAVING count(e.seq) <> j.last_event_seq OR min(e.seq) IS DISTINCT FROM 1 OR max(e.seq) <> j.last_event_seq
    OR (array_agg(e.stage ORDER BY e.seq DESC))[1] IS DISTINCT FROM j.stage""",
    ),
    _rule(
        "I9",
        "purge_late",
        "Ten minutes after a deleted job has ended, its pictures are gone.",
        f"""
SELECT id::text, 'deleted at ' || deleted_at FROM jobs, limits
WHERE deleted_at IS NOT NULL AND purged_at IS NULL AND NOT {_OPEN}
  AND GREATEST(deleted_at, finished_at) < now() - grace * 10""",
    ),
    _rule(
        "I9",
        "all_purged",
        "When nothing is in flight, the pictures of every deleted job that has ended are gone.",
        f"""
SELECT id::text, 'deleted at ' || deleted_at FROM jobs
WHERE deleted_at IS NOT NULL AND purged_at IS NULL AND NOT {_OPEN}""",
        settled=True,
    ),
    _rule(
        "I9",
        "purged_is_empty",
        "A purged job was deleted and has ended, and neither its words nor its keys are left, nor what RunPod said.",
        f"""
SELECT id::text, state FROM checked
WHERE purged_at IS NOT NULL AND (
    deleted_at IS NULL OR {_OPEN} OR prompt <> '' OR negative_prompt <> ''
    OR coalesce(upload_key, input_key, result_key, thumbnail_key) IS NOT NULL
    OR EXISTS (SELECT FROM attempts a WHERE a.job_id = checked.id AND a.detail IS NOT NULL))""",
    ),
    _rule(
        "I9",
        "expired_is_deleted",
        "A job that was kept long enough has ended and is deleted.",
        f"""
SELECT id::text, state FROM checked WHERE expired_at IS NOT NULL AND (deleted_at IS NULL OR {_OPEN})""",
    ),
    _rule(
        "I10",
        "ledger_account",
        "A job's entries in the ledger stand in the account of its owner.",
        """
SELECT e.id::text, e.kind || ' of job ' || e.job_id FROM entries e JOIN jobs j ON j.id = e.job_id
WHERE e.account_id <> j.account_id""",
    ),
    _rule(
        "I10",
        "event_account",
        "An event names the account of its job's owner.",
        """
SELECT o.id::text, o.topic FROM outbox o LEFT JOIN jobs j ON j.id = (o.payload ->> 'job_id')::uuid
WHERE j.account_id IS DISTINCT FROM (o.payload ->> 'account_id')::uuid""",
    ),
    _rule(
        "I10",
        "key_of_job",
        "Every object key of a job names that job, and every name in it is the job's.",
        """
SELECT id::text, key FROM checked, unnest(ARRAY[upload_key, input_key, result_key, thumbnail_key]) AS key
WHERE strpos(key, id::text) = 0""",
    ),
    _rule(
        "I10",
        "parent_account",
        "A job goes on from a job of the same account.",
        """
SELECT j.id::text, 'its parent is of another' FROM checked j JOIN jobs p ON p.id = j.parent_id
WHERE p.account_id <> j.account_id""",
    ),
    _rule(
        "I12",
        "stage_path",
        "A job's stages are a path of the machine that begins with `queued`.",
        f"""
, steps AS (
    SELECT e.job_id, e.stage, lag(e.stage) OVER (PARTITION BY e.job_id ORDER BY e.seq) AS before
    FROM checked j JOIN job_events e ON e.job_id = j.id)
SELECT job_id::text, coalesce(before, 'nothing') || ' to ' || stage FROM steps
WHERE CASE WHEN before IS NULL THEN stage <> 'queued' ELSE (before, stage) NOT IN ({_stage_pairs()}) END""",
    ),
)


class Invariants:
    """Looks for what breaks the rules.

    Args:
        database: where to look.
        grace_seconds: how late something may be before it counts; scaled with the pipeline's timers.
    """

    def __init__(self, database: Database, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self._database = database
        self._grace_seconds = grace_seconds

    async def violations(
        self, *, settled: bool = False, within_seconds: float = EVERYTHING_SECONDS
    ) -> list[Violation]:
        """Return what breaks a rule, at most 100 for each.

        Args:
            settled: also run the rules that hold only once nothing is in flight.
            within_seconds: leave out jobs that have not changed for longer, where reading all would cost.
        """
        return [
            Violation(rule.id, rule.name, *row)
            for rule in RULES
            if settled or not rule.settled
            for row in await self._database.rows(rule.sql, self._grace_seconds, within_seconds)
        ]
