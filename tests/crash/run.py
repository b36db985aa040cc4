"""One run: three jobs or more, one thing that goes wrong, and what must be so in the end."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final, Self, TypedDict, Unpack
from uuid import UUID

import asyncpg
import httpx
from e2e.visitor import photo
from failpoints.layer import HANG_SECONDS, Edge, Fault, Mode

from crash.customer import Customer
from crash.lane import TIME_SCALE, Lane

PHOTO: Final = photo(96, 64)
SETTLE_SECONDS: Final = 40.0
QUIET_SECONDS: Final = 10.0
"""When nothing else has moved for so long, a point will not be reached any more."""
LOOK_SECONDS: Final = 0.05
AWAKE_SECONDS: Final = 0.5
"""What who wakes up too late is given to do its harm."""
NOT_REACHED: Final = " was not reached"


class Expected(TypedDict, total=False):
    """The fields of `Order` that a scene may set."""

    ends: str
    retries: int
    doubtful: int
    deleted: bool


@dataclass
class Order:
    """A job, and what may become of it.

    Attributes:
        ends: the state it must end in, with the error's code when it fails; several with ``or``.
        has_photo: whether it edits something, be it a parent's result.
        retries: how many attempts RunPod or the scene itself may cost.
        deleted: whether its owner deletes it; all its objects must be gone then.
        doubtful: how many of its POSTs have no answer that counts.
    """

    id: UUID
    prompt: str
    seed: int
    has_photo: bool
    ends: str = "done"
    retries: int = 0
    doubtful: int = 0
    deleted: bool = False


JOBS: Final = """
SELECT j.*, coalesce((SELECT sum(a.polls) FROM attempts a WHERE a.job_id = j.id), 0) AS polls,
    ARRAY(SELECT a.state FROM attempts a WHERE a.job_id = j.id ORDER BY a.number) AS tries,
    ARRAY(SELECT a.runpod_id FROM attempts a WHERE a.job_id = j.id ORDER BY a.number) AS runpod_ids,
    ARRAY(SELECT a.posted_at FROM attempts a WHERE a.job_id = j.id ORDER BY a.number) AS posted_at
FROM jobs j WHERE j.id = ANY($1::uuid[])
"""
IN_FLIGHT: Final = """
SELECT 'outbox holds ' || string_agg(topic, ', ') AS what FROM outbox HAVING count(*) > 0
UNION ALL
SELECT 'attempt is ' || a.state FROM attempts a JOIN jobs j ON j.id = a.job_id
WHERE a.state IN ('intent', 'posting', 'unknown', 'submitted', 'in_progress')
UNION ALL
SELECT 'not purged' FROM jobs WHERE deleted_at IS NOT NULL AND purged_at IS NULL
UNION ALL
SELECT 'not explained' FROM dead_messages WHERE explanation = ''
UNION ALL
SELECT 'breaker is open: ' || reason FROM breakers WHERE reason IS NOT NULL
"""
BREAKER_OPEN: Final = "SELECT FROM breakers WHERE reason IS NOT NULL"
EXPLAINED: Final = "SELECT FROM dead_messages WHERE job_id = $1 AND explanation <> ''"
AGE_RESULTS: Final = """
UPDATE attempts SET completed_at = completed_at - interval '1 day' FROM jobs
WHERE jobs.winner = attempts.id AND jobs.state = 'storing' AND jobs.id = ANY($1::uuid[]) RETURNING jobs.id AS job_id
"""  # noqa: E501 - a statement reads better unbroken
AGE_END: Final = "UPDATE jobs SET finished_at = finished_at - interval '31 days' WHERE id = $1"
AGE_DEADLINE: Final = "UPDATE jobs SET deadline_at = now() - interval '1 second' WHERE id = $1"


@dataclass
class Run:
    """What a scene plays on."""

    lane: Lane
    customer: Customer
    fault: Fault | None = None
    orders: list[Order] = field(default_factory=list)
    doubts: int = 0
    """How many POSTs the scene itself leaves without an answer that counts, whosever they are."""
    companions: list[Fault] = field(default_factory=list)

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, lane: Lane, fault: Fault | None) -> AsyncIterator[Self]:
        """Begin with a RunPod in good health and nothing armed."""
        lane.board.disarm()
        await lane.healthy()
        async with httpx.AsyncClient(
            base_url=lane.stack.url, timeout=10, trust_env=False, follow_redirects=True
        ) as http:
            self = cls(lane, Customer(http), fault)
            try:
                yield self
            finally:
                lane.board.disarm()

    async def order(
        self,
        words: str = "make it black and white",
        *,
        picture: bool = True,
        parent: Order | None = None,
        **expected: Unpack[Expected],
    ) -> Order:
        """Have a job made; `expected` are the fields of `Order` that are not as usual."""
        prompt = f"{words} {uuid.uuid4().hex[:12]}"
        return await self.order_as(prompt, picture=picture, parent=parent, **expected)

    async def order_as(
        self,
        prompt: str,
        *,
        picture: bool = True,
        parent: Order | None = None,
        **expected: Unpack[Expected],
    ) -> Order:
        """Have a job made whose prompt is known already; of a parent's result, if one is given."""
        seed = len(self.orders) + 1
        going_on = {} if parent is None else {"parent": str(parent.id)}
        sent = PHOTO if picture and parent is None else None
        job_id = await self.customer.order(prompt, sent, seed=str(seed), **going_on)
        order = Order(UUID(job_id), prompt, seed, picture, **expected)
        self.orders.append(order)
        return order

    def arm(self) -> None:
        """Let the fault of this run strike at the next occasion; once is enough."""
        if self.fault is not None and self.lane.board.struck_at(self.fault) is None:
            self.lane.board.arm(self.fault)

    def beside(self, service: str, point: str, edge: Edge, mode: Mode) -> Fault:
        """Let something else go wrong too, because the scene needs it."""
        fault = Fault(service, point, edge, mode)
        if fault != self.fault:
            self.lane.board.arm(fault)
        self.companions.append(fault)
        return fault

    async def until_struck(self, fault: Fault) -> None:
        """Wait until something has gone wrong."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while self.lane.board.struck_at(fault) is None:
                await asyncio.sleep(LOOK_SECONDS)

    async def until_quiet_outbox(self) -> None:
        """Wait until every event is at the broker."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while await self.lane.database.rows("SELECT FROM outbox"):
                await asyncio.sleep(LOOK_SECONDS)

    async def until_breaker(self) -> None:
        """Wait until nothing is sent to RunPod any more."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while not await self.lane.database.rows(BREAKER_OPEN):
                await asyncio.sleep(LOOK_SECONDS)

    async def until_explained(self, order: Order) -> None:
        """Wait until a dead message that names a job is a row with an explanation."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while not await self.lane.database.rows(EXPLAINED, order.id):
                await asyncio.sleep(LOOK_SECONDS)

    async def ring(self) -> None:
        """Have every open job looked at."""
        (await self.customer.call("POST", "/api/runpod-poll")).raise_for_status()

    async def age_results(self) -> set[UUID]:
        """Make RunPod's results of the jobs that are being stored older than it keeps them."""
        rows = await self.lane.database.rows(AGE_RESULTS, [order.id for order in self.orders])
        return {row["job_id"] for row in rows}

    async def age_deadline(self, order: Order) -> None:
        """Make a job late."""
        await self.lane.database.rows(AGE_DEADLINE, order.id)

    async def age_end(self, order: Order) -> None:
        """Make an ended job older than pictures are kept."""
        await self.lane.database.rows(AGE_END, order.id)

    async def until(self, order: Order, holds: Callable[[asyncpg.Record], bool]) -> asyncpg.Record:
        """Wait until a job is as wanted."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                (job,) = await self.lane.database.rows(JOBS, [order.id])
                if holds(job):
                    return job
                await asyncio.sleep(LOOK_SECONDS)

    async def settle(self) -> list[str]:
        """Wait until nothing moves any more; return what still does after all patience."""
        began = quiet_since = time.monotonic()
        while open_ends := await self._open_ends():
            now = time.monotonic()
            if not all(what.endswith(NOT_REACHED) for what in open_ends):
                quiet_since = now
            if now > began + SETTLE_SECONDS or now > quiet_since + QUIET_SECONDS:
                return open_ends
            await asyncio.sleep(LOOK_SECONDS)
        return []

    async def _open_ends(self) -> list[str]:
        lane = self.lane
        faults = [fault for fault in (self.fault, *self.companions) if fault is not None]
        found = [what for fault in faults if (what := self._unfinished(fault))]
        found += [
            f"job {job['id']} is still {job['stage']}, attempts {job['tries']}"
            for job in await lane.database.rows(JOBS, [order.id for order in self.orders])
            if job["finished_at"] is None
        ]
        found += [row["what"] for row in await lane.database.rows(IN_FLIGHT)]
        if not found:
            waiting = await lane.waiting_messages()
            found += [f"{count} wait in {queue}" for queue, count in waiting.items()]
        return found

    def _unfinished(self, fault: Fault) -> str | None:
        """Say what a fault still has to do: to strike, and to come back when it only sleeps."""
        at = self.lane.board.struck_at(fault)
        if at is None:
            return f"{fault}{NOT_REACHED}"
        sleeps = fault.mode is Mode.HANG
        back_at = at + HANG_SECONDS * TIME_SCALE + AWAKE_SECONDS
        return f"{fault} still sleeps" if sleeps and time.time() < back_at else None
