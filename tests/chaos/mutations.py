"""The twelve mistakes: what each replaces in the product's own source."""

from dataclasses import dataclass
from typing import Final

GROUND: Final = "shared/src/shared/db/migrations/0001_ground.sql"
JOBS: Final = "shared/src/shared/db/jobs.py"
DISPATCHING: Final = "shared/src/shared/db/dispatching.py"
FOLLOWING: Final = "shared/src/shared/db/following.py"
STORING: Final = "shared/src/shared/db/storing.py"
OUTBOX: Final = "shared/src/shared/db/outbox.py"
CONSUMING: Final = "shared/src/shared/broker/consuming.py"
TOPOLOGY: Final = "shared/src/shared/broker/topology.py"
PUBLISHER: Final = "shared/src/shared/broker/publisher.py"
CLIENT: Final = "shared/src/shared/runpod/client.py"


@dataclass(frozen=True, slots=True)
class Edit:
    """Text that must stand in a file exactly once, and what takes its place."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A build with one mistake, and the scenario that it must not survive."""

    name: str
    scenario: str
    edits: tuple[Edit, ...]


_NO_OUTBOX_ROW_FOR_NEW_JOBS: Final = Edit(
    GROUND,
    "WHEN 'queued' THEN 'job.created' WHEN",
    "WHEN 'queued' THEN CASE TG_OP WHEN 'UPDATE' THEN 'job.created' END WHEN",
)

_PUBLISH_DIRECTLY: Final = """

async def _publish_directly(job: NewJob) -> None:
    import os

    import aio_pika

    body = json.dumps({
        "event_id": str(job.id), "occurred_at": datetime.now().astimezone().isoformat(),
        "schema_version": 1, "account_id": str(job.account_id), "job_id": str(job.id),
        "attempt_id": None, "seq": 1, "stage": "queued"})
    try:
        connection = await aio_pika.connect(os.environ["RABBITMQ_URL"], timeout=3)
        async with connection:
            channel = await connection.channel()
            exchange = await channel.get_exchange("events", ensure=False)
            await exchange.publish(
                aio_pika.Message(body.encode(), delivery_mode=2, correlation_id=str(job.id)),
                "job.created")
    except Exception:
        pass


class Jobs:
"""

MUTANTS: Final = (
    Mutant(
        "publish before commit",
        "nothing goes wrong",
        (
            _NO_OUTBOX_ROW_FOR_NEW_JOBS,
            Edit(JOBS, "\n\nclass Jobs:\n", _PUBLISH_DIRECTLY),
            Edit(
                JOBS,
                "            row = await self._database.announce_row(\n                ACCEPT,\n",
                "            await _publish_directly(job)\n"
                "            import asyncio\n"
                "            await asyncio.sleep(0.05)\n"
                "            row = await self._database.announce_row(\n                ACCEPT,\n",
            ),
        ),
    ),
    Mutant(
        "no outbox",
        "the broker dies",
        (
            _NO_OUTBOX_ROW_FOR_NEW_JOBS,
            Edit(JOBS, "\n\nclass Jobs:\n", _PUBLISH_DIRECTLY),
            Edit(
                JOBS,
                "        return row is not None\n\n    async def by_key(",
                "        if row is not None:\n            await _publish_directly(job)\n"
                "        return row is not None\n\n    async def by_key(",
            ),
        ),
    ),
    Mutant(
        "acknowledge first",
        "submitters die",
        (
            Edit(
                CONSUMING,
                "        channel=Channel(prefetch_count=prefetch),\n",
                "        channel=Channel(prefetch_count=prefetch),\n"
                "        ack_policy=AckPolicy.ACK_FIRST,\n",
            ),
        ),
    ),
    Mutant(
        "reject without a dead queue",
        "junk",
        (
            Edit(
                CONSUMING,
                "        await self.publisher.publish_to_queue(dead_queue(queue), copy)\n",
                "        return\n",
            ),
            Edit(
                TOPOLOGY,
                "arguments = _quorum(dead_letters_to=dead_queue(route.queue))",
                "arguments = _quorum()",
            ),
        ),
    ),
    Mutant(
        "classic queues, transient messages",
        "the broker dies",
        (
            Edit(
                TOPOLOGY,
                '    arguments: dict[str, Argument] = {"x-queue-type": "quorum", '
                '"x-max-length": MAX_MESSAGES}\n',
                '    arguments: dict[str, Argument] = {"x-max-length": MAX_MESSAGES}\n    return arguments\n',
            ),
            Edit(TOPOLOGY, 'arguments | {"x-delivery-limit": DELIVERY_LIMIT}', "arguments"),
            Edit(
                PUBLISHER,
                "aio_pika.DeliveryMode.PERSISTENT",
                "aio_pika.DeliveryMode.NOT_PERSISTENT",
            ),
        ),
    ),
    Mutant(
        "POST again after a time-out",
        "RunPod gives no answer",
        (
            Edit(
                CLIENT,
                "            return Unknown(_describe(error))\n",
                "            return await self._post(path, body, timeout_seconds)\n",
            ),
        ),
    ),
    Mutant(
        "no intent before the POST",
        "submitters die while they post",
        (
            Edit(
                DISPATCHING,
                "UPDATE attempts SET state = 'posting', posted_at = now() FROM j",
                "UPDATE attempts SET posted_at = now() FROM j",
            ),
            Edit(
                DISPATCHING,
                "    WHERE id = $1 AND state IN ('posting', 'unknown') RETURNING id, job_id),",
                "    WHERE id = $1 AND state IN ('intent', 'posting', 'unknown') RETURNING id, job_id),",
            ),
        ),
    ),
    Mutant(
        "settle by reading first, no unique index",
        "everything comes again",
        (
            Edit(GROUND, "CREATE UNIQUE INDEX one_settle", "CREATE INDEX one_settle"),
            Edit(
                GROUND,
                "    IF NEW.finished_at IS NOT NULL THEN\n        INSERT INTO ledger",
                "    IF NEW.finished_at IS NOT NULL AND NEW.state <> 'done' THEN\n        INSERT INTO ledger",
            ),
            Edit(
                STORING,
                "AND (lease_until IS NULL OR lease_until <= now()) RETURNING *)",
                "RETURNING *)",
            ),
            Edit(
                STORING,
                "        row = await self._database.announce_row(\n            FINISH,\n",
                """        import asyncio

        seen = await self._database.row(
            "SELECT account_id, price_credits, state FROM jobs WHERE id = $1", attempt.job_id)
        if seen is None or seen["state"] != "storing":
            return None
        await asyncio.sleep(0.05)
        await self._database.row(
            "INSERT INTO ledger (account_id, job_id, kind, amount_credits) "
            "VALUES ($1, $2, 'capture', $3)",
            seen["account_id"], attempt.job_id, seen["price_credits"])
        await self._database.row(
            "UPDATE accounts SET held_credits = held_credits - $2, "
            "balance_credits = balance_credits - $2 WHERE id = $1",
            seen["account_id"], seen["price_credits"])
        row = await self._database.announce_row(
            FINISH,
""",
            ),
        ),
    ),
    Mutant(
        "no lease, no epoch",
        "everything comes again",
        (
            Edit(
                DISPATCHING,
                """    WHERE id = $1 AND state = 'dispatching' AND lease_until <= now() AND cancel_requested_at IS NULL
      AND EXISTS (SELECT FROM attempts WHERE job_id = $1 AND state = 'intent')
""",
                """    WHERE id = $1 AND state = 'dispatching' AND cancel_requested_at IS NULL
      AND EXISTS (SELECT FROM attempts WHERE job_id = $1 AND state IN ('intent', 'posting'))
""",
            ),
            Edit(
                DISPATCHING,
                "    WHERE attempts.job_id = j.id AND attempts.state = 'intent' RETURNING attempts.*)",
                "    WHERE attempts.job_id = j.id AND attempts.state IN ('intent', 'posting') RETURNING attempts.*)",
            ),
            Edit(
                DISPATCHING,
                """ AND state = 'dispatching' AND lease_epoch = $2
      AND lease_until > now() AND cancel_requested_at IS NULL
""",
                """ AND state = 'dispatching' AND $2::bigint > 0 AND cancel_requested_at IS NULL
""",
            ),
            Edit(
                DISPATCHING,
                "WHERE attempts.id = $1 AND attempts.epoch = $2 AND attempts.state = 'intent' AND",
                "WHERE attempts.id = $1 AND attempts.state IN ('intent', 'posting') AND",
            ),
        ),
    ),
    Mutant(
        "trust the webhook's body",
        "webhooks lie",
        (
            Edit(
                FOLLOWING,
                "    candidate_runpod_id = CASE WHEN runpod_id IS NULL THEN coalesce(candidate_runpod_id, $2) END\n",
                "    runpod_id = coalesce($2, runpod_id)\n",
            ),
        ),
    ),
    Mutant(
        "charge when it is sent",
        "nothing goes wrong",
        (
            Edit(
                GROUND,
                "    IF NEW.finished_at IS NOT NULL THEN\n        INSERT INTO ledger",
                "    IF NEW.stage = 'sending' AND NEW.attempts = 1\n"
                "       OR NEW.finished_at IS NOT NULL AND NEW.attempts = 0 THEN\n        INSERT INTO ledger",
            ),
            Edit(
                GROUND,
                "CASE NEW.state WHEN 'done' THEN 'capture' ELSE 'release' END, NEW.price_credits);",
                "CASE WHEN NEW.attempts > 0 THEN 'capture' ELSE 'release' END, NEW.price_credits);",
            ),
            Edit(
                GROUND,
                "CASE NEW.state WHEN 'done' THEN NEW.price_credits ELSE 0 END",
                "CASE WHEN NEW.attempts > 0 THEN NEW.price_credits ELSE 0 END",
            ),
        ),
    ),
    Mutant(
        "relay by cursor",
        "the broker dies",
        (
            Edit(
                GROUND,
                "CREATE TABLE rate_limits (",
                "CREATE TABLE relay_cursor (id uuid NOT NULL);\n"
                "INSERT INTO relay_cursor VALUES ('00000000-0000-0000-0000-000000000000');\n\n"
                "CREATE TABLE rate_limits (",
            ),
            Edit(
                OUTBOX,
                "WITH gone AS (DELETE FROM outbox WHERE id = ANY($3::uuid[]))\n",
                """WITH gone AS (DELETE FROM outbox WHERE id = ANY($3::uuid[])),
known AS (SELECT id FROM relay_cursor FOR UPDATE),
picked AS (SELECT o.id FROM outbox o, known WHERE o.id > known.id ORDER BY o.id LIMIT $1),
moved AS (UPDATE relay_cursor SET id = (SELECT id FROM picked ORDER BY id DESC LIMIT 1)
          WHERE EXISTS (SELECT FROM picked))
""",
            ),
            Edit(
                OUTBOX,
                """WHERE id IN (SELECT id FROM outbox
             WHERE {RELAXED} AND (leased_until IS NULL OR leased_until < now()) AND id <> ALL($3::uuid[])
             ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
""",
                "WHERE id IN (SELECT id FROM picked)\n",
            ),
        ),
    ),
)
