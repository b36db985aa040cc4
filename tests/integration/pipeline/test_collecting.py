"""Objects that belong to no job are deleted from a real store, and no others."""

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from backends import Backends
from prometheus_client import CollectorRegistry

from pipeline.conftest import Pipeline, result_of
from shared.collecting import RESULT_SECONDS, STAGED_SECONDS, CollectOrphans
from shared.db.orphans import Orphans
from shared.domain.job import AttemptState
from shared.errors import NotFound, StorageUnavailable
from shared.ids import new_id
from shared.storage.keys import (
    ObjectKind,
    job_prefix,
    model_input_key,
    output_key,
    thumbnail_key,
    upload_key,
)
from shared.storage.objects import ListedObject
from shared.storage.r2 import R2Objects, R2Settings
from storer.collect import CollectLoop, CollectMetrics

pytestmark = pytest.mark.asyncio

MONTH = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = {ObjectKind.STAGED: 0.0, ObjectKind.RESULT: 0.0}
NEVER_USED = 3600.0


@dataclass
class AgedObjects:
    """The real store, whose objects look older than they are."""

    objects: R2Objects
    age: timedelta

    async def list_page(self, prefix: str, *, after: str = "") -> list[ListedObject]:
        page = await self.objects.list_page(prefix, after=after)
        return [ListedObject(item.key, item.modified_at - self.age) for item in page]

    async def delete_many(self, keys: Iterable[str]) -> None:
        await self.objects.delete_many(keys)


@dataclass
class Store:
    """A bucket beside the pipeline's tables."""

    pipeline: Pipeline
    settings: R2Settings
    objects: R2Objects
    file: Path

    async def put(self, *keys: str) -> None:
        sha256 = hashlib.sha256(self.file.read_bytes()).hexdigest()
        for key in keys:
            await self.objects.put_file(key, self.file, "image/png", sha256)

    async def has(self, key: str) -> bool:
        try:
            await self.objects.head(key)
        except NotFound:
            return False
        return True

    async def collected(self, age: timedelta | None = None) -> list[str]:
        """Collect once, as if all objects were of that age (or of any)."""
        orphans = Orphans(self.pipeline.database)
        if age is None:
            # S3 tells whole seconds, so an object may seem to be from the next moment.
            collect = CollectOrphans(
                AgedObjects(self.objects, timedelta(seconds=2)), orphans, AT_ONCE
            )
        else:
            collect = CollectOrphans(AgedObjects(self.objects, age), orphans)
        return [key async for page in collect.pages() for key in page.orphans]

    async def upload_of(self, job_id: UUID) -> str:
        """Give the job an upload, as the gateway would have."""
        key = upload_key(job_id, MONTH, "png")
        await self.put(key)
        await self.pipeline.database.row(
            "UPDATE jobs SET upload_key = $2 WHERE id = $1", job_id, key
        )
        return key


@pytest_asyncio.fixture
async def store_without_jobs(
    pipeline: Pipeline, backends: Backends, bucket: str, tmp_path: Path
) -> AsyncIterator[Store]:
    settings = R2Settings(
        endpoint_url=backends.s3_url,
        public_endpoint_url=backends.s3_url,
        access_key_id=backends.s3_access_key,
        secret_access_key=backends.s3_secret_key,
        bucket=bucket,
    )
    file = tmp_path / "picture"
    file.write_bytes(b"picture")
    async with R2Objects(settings) as objects:
        await objects.ensure_bucket()
        yield Store(pipeline, settings, objects, file)


@pytest_asyncio.fixture
async def store(store_without_jobs: Store) -> Store:
    await store_without_jobs.pipeline.queued()
    return store_without_jobs


async def test_tables_without_any_job_condemn_nothing(store_without_jobs: Store) -> None:
    key = upload_key(new_id(), MONTH, "jpg")
    await store_without_jobs.put(key)
    assert await store_without_jobs.collected(timedelta(days=365)) == []
    assert await store_without_jobs.has(key)


async def test_an_upload_without_a_job_goes_after_a_day(store: Store) -> None:
    lone = new_id()
    keys = [upload_key(lone, MONTH, "jpg"), model_input_key(lone, MONTH)]
    await store.put(*keys)
    assert await store.collected(timedelta(seconds=STAGED_SECONDS - 600)) == []
    assert sorted(await store.collected(timedelta(seconds=STAGED_SECONDS + 600))) == sorted(keys)
    assert [await store.has(key) for key in keys] == [False, False]


async def test_a_result_without_a_job_goes_after_a_week(store: Store) -> None:
    key = output_key(new_id(), MONTH)
    await store.put(key)
    assert await store.collected(timedelta(seconds=RESULT_SECONDS - 600)) == []
    assert await store.collected(timedelta(seconds=RESULT_SECONDS + 600)) == [key]


@pytest.mark.parametrize("start", ["queued", "claimed", "running", "storing_job"])
async def test_nothing_of_an_open_job_is_touched_however_old(store: Store, start: str) -> None:
    reached = await getattr(store.pipeline, start)()
    job_id = reached if isinstance(reached, UUID) else reached.job_id
    keys = [
        upload_key(job_id, MONTH, "png"),
        model_input_key(job_id, MONTH),
        output_key(job_id, MONTH),
        thumbnail_key(job_id, MONTH),
    ]
    await store.put(*keys)
    assert await store.collected(timedelta(days=365)) == []
    assert all([await store.has(key) for key in keys])


async def test_a_done_job_keeps_what_its_row_names(store: Store) -> None:
    job_id = await store.pipeline.done()
    result = result_of(job_id)
    await store.upload_of(job_id)
    stray = model_input_key(job_id, MONTH)
    await store.put(result.result_key, result.thumbnail_key, stray)
    assert await store.collected(timedelta(days=365)) == [stray]


async def test_a_result_that_came_too_late_for_its_job_goes(store: Store) -> None:
    attempt = await store.pipeline.running()
    await store.upload_of(attempt.job_id)
    late = output_key(attempt.job_id, MONTH)
    await store.pipeline.ending.end_attempt(
        attempt.attempt_id, AttemptState.FAILED, code="provider_failed", retryable=False
    )
    await store.put(late)
    assert await store.collected() == [late]


async def test_what_was_written_after_the_purge_goes(store: Store) -> None:
    job_id = await store.pipeline.done()
    await store.pipeline.age("UPDATE jobs SET deleted_at = now() WHERE id = $1", job_id)
    await store.pipeline.storing.note_purged(job_id)
    key = f"{job_prefix(job_id, MONTH)}output.png"
    await store.put(key)
    assert await store.collected() == [key]


async def test_objects_of_others_stay(store: Store) -> None:
    keys = ["jobs/readme.txt", "uploads/2026/01/cat.jpg", "backup.tar"]
    await store.put(*keys)
    assert await store.collected() == []
    assert all([await store.has(key) for key in keys])


async def test_more_than_a_page_is_gone_through(store: Store) -> None:
    lone = [upload_key(new_id(), MONTH, "jpg") for _ in range(1010)]
    for start in range(0, len(lone), 50):
        await asyncio.gather(*(store.put(key) for key in lone[start : start + 50]))
    kept = await store.pipeline.queued()
    await store.put(upload_key(kept, MONTH, "jpg"))
    assert sorted(await store.collected()) == sorted(lone)
    assert await store.objects.list_page("uploads/") != []
    assert await store.collected() == []


@dataclass
class Failing:
    """A store that does not answer."""

    answers: bool = False

    async def list_page(self, prefix: str, *, after: str = "") -> list[ListedObject]:
        _ = prefix, after
        if not self.answers:
            raise StorageUnavailable
        return []

    async def delete_many(self, keys: Iterable[str]) -> None:
        _ = keys


async def test_the_loop_counts_and_rests_and_starts_afresh_after_a_fault(store: Store) -> None:
    await store.put(upload_key(new_id(), MONTH, "jpg"), "jobs/readme.txt")
    registry = CollectorRegistry()
    aged = AgedObjects(store.objects, timedelta(days=2))
    orphans = Orphans(store.pipeline.database)
    loop = CollectLoop(CollectOrphans(aged, orphans), NEVER_USED, CollectMetrics(registry))
    finished = "ob_objects_collected_timestamp_seconds"
    while not registry.get_sample_value(finished):
        await loop.step()

    def count(name: str, kind: str) -> float | None:
        return registry.get_sample_value(name, {"kind": kind})

    assert count("ob_objects_looked_at_total", "staged") == 1
    assert count("ob_objects_looked_at_total", "unknown") == 1
    assert count("ob_objects_collected_total", "staged") == 1
    assert count("ob_objects_collected_total", "result") == 0

    failing = Failing()
    registry = CollectorRegistry()
    loop = CollectLoop(CollectOrphans(failing, orphans), NEVER_USED, CollectMetrics(registry))
    with pytest.raises(StorageUnavailable):
        await loop.step()
    failing.answers = True
    await loop.step()
    assert registry.get_sample_value(finished)


async def test_the_operator_may_look_first(store: Store, database_url: str) -> None:
    key = upload_key(new_id(), MONTH, "jpg")
    await store.put(key)
    await asyncio.sleep(1.1)  # S3 tells whole seconds

    async def gc(*words: str, **environment: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shared.operator", "gc", *words),
            env=os.environ
            | {
                "DATABASE_URL": database_url,
                "R2_ENDPOINT_URL": store.settings.endpoint_url,
                "R2_ACCESS_KEY_ID": store.settings.access_key_id,
                "R2_SECRET_ACCESS_KEY": store.settings.secret_access_key,
                "R2_BUCKET": store.settings.bucket,
            }
            | environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()

    assert await gc() == (0, "1 objects looked at, 0 deleted\n")
    now = ("--staged-hours", "0")
    refusal = "in production nothing younger than an hour is deleted\n"
    real = {"PROFILE": "production", "R2_ACCESS_KEY_ID": "a-key", "R2_SECRET_ACCESS_KEY": "its-own"}
    assert await gc(*now, **real) == (2, refusal)
    assert await gc("--dry-run", *now) == (0, f"{key}\n1 objects looked at, 1 would be deleted\n")
    assert await store.has(key)
    assert await gc(*now) == (0, f"{key}\n1 objects looked at, 1 deleted\n")
    assert not await store.has(key)
