"""What is left behind by a run, read from every side that keeps a record of its own."""

import asyncio
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
from PIL import Image

from chaos.history import Wish, read_records
from runpod_simulator.provenance import expected_code, read_code
from shared.storage.keys import job_prefix, model_input_key, output_key, thumbnail_key
from shared.storage.r2 import R2Objects, R2Settings

PICTURE_LIMIT_BYTES: Final = 32 * 1024 * 1024
READS_AT_ONCE: Final = 8

JOBS: Final = """
SELECT j.id, j.account_id, j.idempotency_key, j.state, j.stage, j.error_code, j.model, j.prompt,
       j.negative_prompt, j.seed, j.attempts, j.winner, j.upload_key, j.input_key, j.result_key,
       j.thumbnail_key, j.result_sha256, j.result_width, j.result_height, j.result_bytes,
       j.created_at, j.finished_at, j.deleted_at, j.purged_at, j.rings,
       (SELECT json_agg(e.stage ORDER BY e.seq) FROM job_events e
        WHERE e.job_id = j.id)::text AS stages
FROM jobs j
"""

ATTEMPTS: Final = """
SELECT id, job_id, number, epoch, state, runpod_id, error_code, detail, posted_at
FROM attempts ORDER BY job_id, number
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A row of `jobs`, with the stages of its event log."""

    id: UUID
    account_id: UUID
    idempotency_key: str
    state: str
    stage: str
    error_code: str | None
    model: str
    prompt: str
    negative_prompt: str
    seed: int
    attempts: int
    winner: UUID | None
    upload_key: str | None
    input_key: str | None
    result_key: str | None
    thumbnail_key: str | None
    result_sha256: str | None
    result_width: int | None
    result_height: int | None
    result_bytes: int | None
    created_at: datetime
    finished_at: datetime | None
    deleted_at: datetime | None
    purged_at: datetime | None
    rings: int
    stages: tuple[str, ...]

    @property
    def prefix(self) -> str:
        """What all its objects but the upload start with."""
        return job_prefix(self.id, self.created_at)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A row of `attempts`."""

    id: UUID
    job_id: UUID
    number: int
    epoch: int
    state: str
    runpod_id: str | None
    error_code: str | None
    detail: str | None
    posted_at: datetime | None

    @property
    def inherited(self) -> bool:
        """Whether the worker that began it died, so that another had to be rung for."""
        return self.epoch > self.number


@dataclass(frozen=True, slots=True)
class Submission:
    """A line of RunPod's ledger: what was accepted, whatever we were told."""

    runpod_id: str
    attempt_id: str
    billed_ms: int
    executions: int


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A finished job's object as the store has it; `flaw` says in what it is not the right one."""

    job_id: UUID
    flaw: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the rules look at."""

    jobs: dict[UUID, Job]
    attempts: dict[UUID, list[Attempt]]
    submissions: list[Submission]
    objects: dict[str, int]
    pictures: list[StoredPicture]
    wishes: list[Wish]
    queues: dict[str, int] = field(default_factory=dict)
    junk: frozenset[str] = frozenset()
    """Message ids of what was sent that no service can read."""
    dead: frozenset[str] = frozenset()
    """Message ids of what was found dead."""
    doorbells_hold: bool = False

    @property
    def submissions_of_attempt(self) -> dict[str, list[Submission]]:
        """The ledger's lines by the attempt that each carries."""
        found: dict[str, list[Submission]] = defaultdict(list)
        for submission in self.submissions:
            found[submission.attempt_id].append(submission)
        return found


async def read_tables(
    database: "asyncpg.Connection[asyncpg.Record]",
) -> tuple[dict[UUID, Job], dict[UUID, list[Attempt]]]:
    """Read jobs and attempts in one snapshot."""
    async with database.transaction(isolation="repeatable_read", readonly=True):
        job_rows = await database.fetch(JOBS)
        attempt_rows = await database.fetch(ATTEMPTS)
    jobs = {
        row["id"]: Job(**{**row, "stages": tuple(json.loads(row["stages"] or "[]"))})
        for row in job_rows
    }
    attempts: dict[UUID, list[Attempt]] = defaultdict(list)
    for row in attempt_rows:
        attempts[row["job_id"]].append(Attempt(**row))
    return jobs, attempts


async def read_dead_messages(
    database: "asyncpg.Connection[asyncpg.Record]",
) -> frozenset[str]:
    """Return the message ids of the dead messages."""
    rows = await database.fetch("SELECT message_id FROM dead_messages")
    return frozenset(row["message_id"] for row in rows if row["message_id"])


def read_runpod_ledger(path: Path) -> list[Submission]:
    """Read the simulator's ledger; the last line of an id holds its whole entry."""
    last: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in read_records(path)}
    return [submission_of(entry) for entry in last.values()]


def submission_of(entry: dict[str, Any]) -> Submission:
    """Return what the rules need of an entry of RunPod's ledger."""
    return Submission(
        entry["id"], entry["marker"] or "", entry["billed_ms"], len(entry["executions"])
    )


async def read_objects(objects: R2Objects) -> dict[str, int]:
    """List the whole bucket: size in bytes by key."""
    pages = objects._s3.get_paginator("list_objects_v2").paginate(Bucket=objects._settings.bucket)
    return {item["Key"]: item["Size"] async for page in pages for item in page.get("Contents", ())}


async def look_at_pictures(settings: R2Settings, jobs: Iterable[Job]) -> list[StoredPicture]:
    """Fetch every finished job's result and compare it with its row and with what was asked for."""
    slots = asyncio.Semaphore(READS_AT_ONCE)
    loop = asyncio.get_running_loop()
    async with R2Objects(settings) as objects:
        with ProcessPoolExecutor(max_workers=2) as readers:

            async def look(job: Job) -> StoredPicture:
                async with slots:
                    try:
                        picture = await objects.get_bytes(
                            output_key(job.id, job.created_at), limit_bytes=PICTURE_LIMIT_BYTES
                        )
                        photo = None
                        if job.input_key is not None:
                            photo = await objects.get_bytes(
                                model_input_key(job.id, job.created_at),
                                limit_bytes=PICTURE_LIMIT_BYTES,
                            )
                    except Exception as error:  # noqa: BLE001 - whatever is wrong with it is the finding
                        return StoredPicture(job.id, f"{type(error).__name__}: {error}")
                    flaw = await loop.run_in_executor(readers, flaw_of, job, picture, photo)
                    return StoredPicture(job.id, flaw)

            return list(await asyncio.gather(*(look(job) for job in jobs)))


def flaw_of(job: Job, picture: bytes, photo: bytes | None) -> str | None:
    """Say in what a finished picture is not the one of this job, or None."""
    if hashlib.sha256(picture).hexdigest() != job.result_sha256:
        return "sha256 differs from the row"
    if len(picture) != job.result_bytes:
        return "size differs from the row"
    image = Image.open(io.BytesIO(picture))
    image.load()
    if image.size != (job.result_width, job.result_height):
        return f"is {image.size}"
    wanted = expected_code(
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        seed=job.seed,
        width=image.width,
        height=image.height,
        input_image=photo,
    )
    try:
        return None if read_code(image) == wanted else "is another job's picture"
    except ValueError as error:
        return str(error)


def keys_of(jobs: Sequence[Job]) -> set[str]:
    """Return every key that these jobs may have objects under."""
    keys: set[str] = set()
    for job in jobs:
        keys |= {
            model_input_key(job.id, job.created_at),
            output_key(job.id, job.created_at),
            thumbnail_key(job.id, job.created_at),
        }
        if job.upload_key is not None:
            keys.add(job.upload_key)
    return keys
