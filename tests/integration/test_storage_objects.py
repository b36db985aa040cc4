"""The object store's adapter against a real S3 server."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
import pytest
import pytest_asyncio

from shared.errors import NotFound, PermanentError, StorageUnavailable
from shared.storage.objects import ObjectConflict, ObjectInfo, Objects
from shared.storage.r2 import R2Objects, R2Settings


class S3Backend(Protocol):
    """What is needed of the running backends."""

    @property
    def s3_url(self) -> str: ...
    @property
    def s3_access_key(self) -> str: ...
    @property
    def s3_secret_key(self) -> str: ...


@pytest.fixture
def settings(backends: S3Backend) -> R2Settings:
    return R2Settings(
        endpoint_url=backends.s3_url,
        public_endpoint_url=backends.s3_url,
        access_key_id=backends.s3_access_key,
        secret_access_key=backends.s3_secret_key,
        bucket=f"test-{secrets.token_hex(8)}",
    )


@pytest_asyncio.fixture
async def objects(settings: R2Settings) -> AsyncIterator[R2Objects]:
    async with R2Objects(settings) as opened:
        await opened.ensure_bucket()
        yield opened


@dataclass(frozen=True)
class Sample:
    """A file and what it holds."""

    path: Path
    content: bytes
    sha256: str


def sample(folder: Path, content: bytes = b"picture" * 1000) -> Sample:
    path = folder / f"{secrets.token_hex(4)}.png"
    path.write_bytes(content)
    return Sample(path, content, hashlib.sha256(content).hexdigest())


async def put(objects: Objects, key: str, file: Sample) -> None:
    await objects.put_file(key, file.path, "image/png", file.sha256)


@pytest.mark.asyncio
async def test_an_object_comes_back_as_it_went(objects: R2Objects, tmp_path: Path) -> None:
    file = sample(tmp_path, secrets.token_bytes(3_000_000))
    await put(objects, "jobs/a/output.png", file)

    info = await objects.get_to_file("jobs/a/output.png", tmp_path / "back", limit_bytes=10**7)

    assert (tmp_path / "back").read_bytes() == file.content
    assert info == ObjectInfo("jobs/a/output.png", 3_000_000, "image/png", file.sha256)
    assert await objects.head("jobs/a/output.png") == info
    assert await objects.get_bytes("jobs/a/output.png", limit_bytes=3_000_000) == file.content


@pytest.mark.asyncio
async def test_an_empty_object(objects: R2Objects, tmp_path: Path) -> None:
    await put(objects, "a/empty", sample(tmp_path, b""))

    assert await objects.get_bytes("a/empty", limit_bytes=0) == b""


@pytest.mark.asyncio
async def test_a_file_is_written_over(objects: R2Objects, tmp_path: Path) -> None:
    await put(objects, "a/b", sample(tmp_path, b"old"))
    await put(objects, "a/b", sample(tmp_path, b"new"))

    assert await objects.get_bytes("a/b", limit_bytes=10) == b"new"


@pytest.mark.asyncio
async def test_writing_once_twice_with_the_same_bytes_is_a_success(
    objects: R2Objects, tmp_path: Path
) -> None:
    file = sample(tmp_path)
    for _ in range(2):
        await objects.put_file_once("a/b", file.path, "image/png", file.sha256)

    assert (await objects.head("a/b")).sha256 == file.sha256


@pytest.mark.asyncio
async def test_writing_once_never_overwrites(objects: R2Objects, tmp_path: Path) -> None:
    first, second = sample(tmp_path, b"first"), sample(tmp_path, b"second")
    await objects.put_file_once("a/b", first.path, "image/png", first.sha256)

    with pytest.raises(ObjectConflict) as caught:
        await objects.put_file_once("a/b", second.path, "image/png", second.sha256)

    assert caught.value.code == "object_conflict"
    assert await objects.get_bytes("a/b", limit_bytes=10) == b"first"


@pytest.mark.asyncio
async def test_of_many_writers_one_wins(objects: R2Objects, tmp_path: Path) -> None:
    files = [sample(tmp_path, bytes([n]) * 1000) for n in range(8)]

    outcomes = await asyncio.gather(
        *(objects.put_file_once("a/b", file.path, "image/png", file.sha256) for file in files),
        return_exceptions=True,
    )

    winners = [file for file, outcome in zip(files, outcomes, strict=True) if outcome is None]
    others = [outcome for outcome in outcomes if outcome is not None]
    assert len(winners) == 1
    assert all(isinstance(outcome, ObjectConflict | StorageUnavailable) for outcome in others)
    assert await objects.get_bytes("a/b", limit_bytes=1000) == winners[0].content


@pytest.mark.asyncio
async def test_what_is_missing_is_missing(objects: R2Objects, tmp_path: Path) -> None:
    for call in (
        objects.head("none"),
        objects.get_bytes("none", limit_bytes=1),
        objects.get_to_file("none", tmp_path / "none", limit_bytes=1),
    ):
        with pytest.raises(NotFound) as caught:
            await call
        assert caught.value.code == "object_missing"


@pytest.mark.asyncio
async def test_more_than_the_limit_is_not_read(objects: R2Objects, tmp_path: Path) -> None:
    await put(objects, "a/b", sample(tmp_path))

    with pytest.raises(PermanentError) as caught:
        await objects.get_to_file("a/b", tmp_path / "back", limit_bytes=6_999)

    assert caught.value.code == "payload_too_large"
    assert not (tmp_path / "back").exists()


@pytest.mark.asyncio
async def test_bytes_that_are_not_the_written_ones_are_found_out(
    objects: R2Objects, tmp_path: Path
) -> None:
    file = sample(tmp_path)
    await objects.put_file("a/b", file.path, "image/png", "0" * 64)

    with pytest.raises(StorageUnavailable) as caught:
        await objects.get_bytes("a/b", limit_bytes=10_000)

    assert caught.value.params["reason"] == "checksum"


@pytest.mark.asyncio
async def test_a_folder_is_deleted_and_no_other(objects: R2Objects, tmp_path: Path) -> None:
    file = sample(tmp_path, b"x")
    for key in ("jobs/a/1", "jobs/a/2/3", "jobs/ab", "uploads/a"):
        await put(objects, key, file)

    assert await objects.delete_prefix("jobs/a/") == 2
    assert await objects.delete_prefix("jobs/a/") == 0

    assert (await objects.head("jobs/ab")).size_bytes == 1
    with pytest.raises(NotFound):
        await objects.head("jobs/a/2/3")


@pytest.mark.asyncio
@pytest.mark.parametrize("prefix", ["", "/", "jobs", "//"])
async def test_a_prefix_that_is_no_folder_is_refused(prefix: str, objects: R2Objects) -> None:
    with pytest.raises(ValueError, match="no folder"):
        await objects.delete_prefix(prefix)


@pytest.mark.asyncio
async def test_deleting_what_is_not_there_is_no_error(objects: R2Objects, tmp_path: Path) -> None:
    await put(objects, "a/b", sample(tmp_path))

    await objects.delete_many(["a/b", "a/none"])

    with pytest.raises(NotFound):
        await objects.head("a/b")


@pytest.mark.asyncio
async def test_a_signed_link_reads_with_the_wanted_headers(
    objects: R2Objects, tmp_path: Path
) -> None:
    file = sample(tmp_path)
    await put(objects, "a/b", file)
    disposition = "attachment; filename*=UTF-8''%E0%B8%A0%E0%B8%B2%E0%B8%9E.png"

    link = await objects.presign_get(
        "a/b", expires_seconds=60, disposition=disposition, content_type="image/png"
    )
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(link)
        spoilt = await http.get(link.replace("a/b", "a/c"))

    assert (answer.status_code, answer.content) == (200, file.content)
    assert answer.headers["Content-Disposition"] == disposition
    assert answer.headers["Content-Type"] == "image/png"
    assert spoilt.status_code == 403


@pytest.mark.asyncio
async def test_links_are_signed_for_the_public_address(settings: R2Settings) -> None:
    public = R2Settings(
        endpoint_url=settings.endpoint_url,
        public_endpoint_url="https://pictures.example",
        access_key_id="key",
        secret_access_key="secret-of-the-store",
        bucket="b",
    )
    async with R2Objects(public) as objects:
        link = await objects.presign_get("jobs/a/output.png", expires_seconds=10**9)

    assert link.startswith("https://pictures.example/b/jobs/a/output.png?")
    assert "X-Amz-Expires=604800&" in link
    assert "secret-of-the-store" not in f"{link}{public!r}"


@pytest.mark.asyncio
async def test_making_the_bucket_twice_changes_nothing(objects: R2Objects, tmp_path: Path) -> None:
    await put(objects, "a/b", sample(tmp_path))

    await objects.ensure_bucket()

    assert (await objects.head("a/b")).size_bytes == 7_000


@pytest.mark.asyncio
async def test_a_missing_bucket_waits_for_the_operator(
    settings: R2Settings, tmp_path: Path
) -> None:
    async with R2Objects(settings) as objects:
        with pytest.raises(StorageUnavailable):
            await put(objects, "a/b", sample(tmp_path))
