"""What must be so when nothing moves any more, whatever went wrong."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

import asyncpg
from failpoints.layer import ANY_SERVICE, Mode
from PIL import Image

from crash.lane import TIME_SCALE, Lane
from crash.run import JOBS, Order, Run
from runpod_simulator.provenance import expected_code, read_code
from shared.db.invariants import Invariants
from shared.domain.job import Model, Ratio
from shared.domain.timers import Timers
from shared.domain.workflow import Size, size_of
from shared.errors import NotFound
from shared.storage.keys import job_prefix, output_key

LARGEST_BYTES: Final = 8 * 1024 * 1024
UNSURE: Final = frozenset(
    {
        "db.dispatching.BEGIN_POST",
        "db.dispatching.RECORD_SUBMITTED",
        "db.dispatching.MARK_UNKNOWN",
        "db.dispatching.RETURN_TO_INTENT",
        "http.run",
    }
)
"""Between the commit before a POST and the commit after it: who fails there leaves a doubt."""

Entry = dict[str, Any]


async def wrongs_of(run: Run) -> list[str]:
    """Return what is wrong."""
    lane = run.lane
    wrongs = [
        f"{v.rule} {v.name}: {v.subject} {v.detail}"
        for v in await Invariants(lane.database).violations(settled=True)
    ]
    wrongs += lane.accidents
    lane.accidents.clear()
    jobs = {
        job["id"]: job for job in await lane.database.rows(JOBS, [order.id for order in run.orders])
    }
    extra, doubts = 0, _doubts(run)
    for order in run.orders:
        job, submissions = jobs[order.id], await lane.submissions(order.prompt)
        doubts += _late_posts(job, submissions)
        extra += max(0, job["attempts"] - 1 - order.retries - order.doubtful)
        found = _wrongs_of_end(order, job)
        found += _wrongs_of_submissions(job, submissions, order.doubtful + doubts)
        found += [wrong async for wrong in _wrongs_of_objects(lane, order, job)]
        wrongs += [f"job {order.id}: {wrong}" for wrong in found]
    if extra > doubts:
        wrongs.append(f"{extra} more attempts than reasons, of which there are {doubts}")
    return wrongs


def _doubts(run: Run) -> int:
    """Return how many POSTs may have been left without an answer that counts, of all jobs."""
    doubts, fault = run.doubts, run.fault
    if fault is not None and fault.service in {"submitter", ANY_SERVICE}:
        if fault.mode is Mode.KILL:
            doubts += len(run.orders)
        elif fault.point in UNSURE:
            doubts += 1
    return doubts


def _late_posts(job: asyncpg.Record, submissions: list[Entry]) -> int:
    """Count the POSTs that reached RunPod after their lease: a busy machine was too slow for it."""
    lease = Timers().submit_lease * TIME_SCALE
    arrived = {entry["id"]: datetime.fromisoformat(entry["submitted_at"]) for entry in submissions}
    posts = zip(job["runpod_ids"], job["posted_at"], strict=True)
    return sum(
        posted_at is not None and (arrived[runpod_id] - posted_at).total_seconds() > lease
        for runpod_id, posted_at in posts
        if runpod_id in arrived
    )


def _wrongs_of_end(order: Order, job: asyncpg.Record) -> list[str]:
    end = job["state"] if job["error_code"] is None else f"{job['state']} {job['error_code']}"
    if end in order.ends.split(" or "):
        return []
    return [f"ended {end}, not {order.ends}; attempts {job['tries']}"]


def _wrongs_of_submissions(job: asyncpg.Record, submissions: list[Entry], doubts: int) -> list[str]:
    wrongs = []
    if len(submissions) > job["attempts"]:
        wrongs.append(f"{len(submissions)} submissions for {job['attempts']} attempts")
    unknown = {entry["id"] for entry in submissions} - set(job["runpod_ids"])
    if len(unknown) > doubts:
        wrongs.append(f"RunPod jobs that nobody knows: {unknown}")
    return wrongs


async def _wrongs_of_objects(lane: Lane, order: Order, job: asyncpg.Record) -> AsyncIterator[str]:
    created_at, result_key = job["created_at"], output_key(order.id, job["created_at"])
    if order.deleted:
        prefix = job_prefix(order.id, created_at)
        for name in ("input.jpg", "output.png", "thumbnail.webp"):
            if await _exists(lane, prefix + name):
                yield f"deleted, but has its {name}"
    elif job["state"] != "done":
        if await _exists(lane, result_key):
            yield "not done, but has a result"
    elif not await _has_its_picture(lane, order, job):
        yield "the result is another job's"


async def _has_its_picture(lane: Lane, order: Order, job: asyncpg.Record) -> bool:
    result, given = await _read(lane, job["result_key"]), None
    await lane.store(lambda objects: objects.head(job["thumbnail_key"]))
    if order.has_photo:
        given = await _read(lane, job["input_key"])
    size = size_of(Model(job["model"]), Ratio(job["ratio"]))
    return await asyncio.to_thread(_is_made_of, result, order, size, given)


async def _read(lane: Lane, key: str) -> bytes:
    return await lane.store(lambda objects: objects.get_bytes(key, limit_bytes=LARGEST_BYTES))


async def _exists(lane: Lane, key: str) -> bool:
    try:
        await lane.store(lambda objects: objects.head(key))
    except NotFound:
        return False
    return True


def _is_made_of(result: bytes, order: Order, size: Size, given: bytes | None) -> bool:
    with Image.open(io.BytesIO(result)) as picture:
        return picture.size == (size.width, size.height) and read_code(picture) == expected_code(
            prompt=order.prompt,
            negative_prompt="",
            seed=order.seed,
            width=size.width,
            height=size.height,
            input_image=given,
        )
