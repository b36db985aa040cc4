"""Other forms of a job's pictures."""

import asyncio
from io import BytesIO
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from PIL import Image

from gateway.jobs.variants import Variants
from shared.domain.variants import PictureFormat, Source, Variant
from shared.errors import NotFound
from shared.images.pictures import Picture
from shared.images.sandbox import Fetch, ImageSandbox
from shared.storage.keys import job_prefix, variant_key
from shared.storage.r2 import R2Objects, R2Settings
from test_gateway.pictures import WatchedObjects, finished
from test_gateway.rig import Json, Rig, Visitor, a_file, check_problem, photo

pytestmark = pytest.mark.asyncio

JPEG = Variant(Source.RESULT, PictureFormat.JPEG, 85)


@pytest_asyncio.fixture
async def done(rig: Rig, visitor: Visitor, objects: R2Objects, tmp_path: Path) -> Json:
    """A finished job whose picture has 1200 x 800 pixels."""
    return await finished(rig, visitor, objects, tmp_path, (1200, 800))


async def followed(visitor: Visitor, path: str) -> httpx.Response:
    """Return what the link behind a path gives."""
    response = await visitor.http.get(path)
    assert response.status_code == 307, response.text
    async with httpx.AsyncClient(verify=False, trust_env=False) as store:  # noqa: S501 - plain http
        return await store.get(response.headers["location"])


def opened(response: httpx.Response) -> tuple[str | None, tuple[int, int]]:
    with Image.open(BytesIO(response.content)) as image:
        return image.format, image.size


async def variants_of(rig: Rig, objects: R2Objects, job: Json) -> list[str]:
    row = await rig.database.row("SELECT created_at FROM jobs WHERE id = $1", UUID(job["id"]))
    assert row is not None
    prefix = job_prefix(job["id"], row["created_at"]) + "variants/"
    return [item.key.removeprefix(prefix) for item in await objects.list_page(prefix)]


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
async def test_a_result_is_saved_in_another_format(
    rig: Rig, visitor: Visitor, objects: R2Objects, done: Json, kind: str
) -> None:
    path = f"{done['download_url']}&format={kind}&quality=75"
    saved = await followed(visitor, path)
    assert opened(saved) == (kind.upper(), (1200, 800))
    assert saved.headers["content-type"] == f"image/{kind}"
    extension = {"jpeg": "jpg"}.get(kind, kind)
    disposition = saved.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="ob-a-boat-on-a-lake-')
    assert f'.{extension}"' in disposition
    assert await variants_of(rig, objects, done) == [f"result-q75.{extension}"]
    assert (await followed(visitor, path)).content == saved.content


async def test_png_is_the_picture_that_is_kept(
    rig: Rig, visitor: Visitor, objects: R2Objects, done: Json
) -> None:
    kept = await followed(visitor, done["result_url"])
    for query in ("format=png", "format=png&quality=60", "quality=100"):
        assert (await followed(visitor, f"{done['result_url']}?{query}")).content == kept.content
    assert await variants_of(rig, objects, done) == []


async def test_small_pictures_are_webp_of_the_wanted_side(
    rig: Rig, visitor: Visitor, objects: R2Objects, done: Json
) -> None:
    small = await followed(visitor, f"{done['thumbnail_url']}?size=768")
    assert opened(small) == ("WEBP", (768, 512))
    assert small.headers["content-type"] == "image/webp"
    job = await visitor.new_job(image=a_file(photo((1500, 3000))))
    assert job["image_thumbnail_url"] == f"/v1/jobs/{job['id']}/image?size=384"
    assert opened(await followed(visitor, job["image_thumbnail_url"])) == ("WEBP", (192, 384))
    large = await followed(visitor, f"{job['image_url']}?size=1024&download=1")
    assert opened(large) == ("WEBP", (512, 1024))
    assert '.webp"' in large.headers["content-disposition"]
    assert await variants_of(rig, objects, job) == ["image-1024px-q80.webp", "image-384px-q80.webp"]


async def test_the_thumbnail_that_every_result_has_is_not_made_again(
    rig: Rig, visitor: Visitor, objects: R2Objects, done: Json
) -> None:
    plain = await visitor.http.get(done["thumbnail_url"])
    sized = await visitor.http.get(f"{done['thumbnail_url']}?size=384")
    addresses = [httpx.URL(each.headers["location"]).path for each in (plain, sized)]
    assert addresses[0] == addresses[1]
    assert addresses[0].endswith("/thumbnail.webp")
    assert await variants_of(rig, objects, done) == []


@pytest.mark.parametrize(
    ("query", "code", "allowed"),
    [
        ("result?format=gif", "format_unknown", "png, jpeg, webp"),
        ("result?format=JPEG", "format_unknown", "png, jpeg, webp"),
        ("result?format=", "format_unknown", "png, jpeg, webp"),
        ("result?format=jpeg&quality=50", "quality_invalid", "60, 75, 85, 92, 100"),
        ("result?format=jpeg&quality=085", "quality_invalid", "60, 75, 85, 92, 100"),
        ("result?format=png&quality=x", "quality_invalid", "60, 75, 85, 92, 100"),
        ("thumbnail?size=385", "size_unknown", "384, 768, 1024"),
        ("image?size=99999", "size_unknown", "384, 768, 1024"),
    ],
)
async def test_only_what_is_on_the_list_is_made(
    visitor: Visitor, query: str, code: str, allowed: str
) -> None:
    job = await visitor.new_job()
    problem = check_problem(await visitor.http.get(f"/v1/jobs/{job['id']}/{query}"), 422, code)
    assert problem["params"] == {"allowed": allowed}


async def test_there_is_no_variant_of_what_is_not_there(visitor: Visitor) -> None:
    job = await visitor.new_job()
    address = f"/v1/jobs/{job['id']}"
    check_problem(await visitor.http.get(f"{address}/image?size=384"), 404, "not_found")
    for path in ("result?format=jpeg", "thumbnail?size=768"):
        check_problem(await visitor.http.get(f"{address}/{path}"), 409, "result_not_ready")


class Workshop:
    """A sandbox that counts, and waits until it may go on."""

    def __init__(self, sandbox: ImageSandbox) -> None:
        self.sandbox = sandbox
        self.made = 0
        self.begun = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def make_variant(
        self, source: Path, out_dir: Path, variant: Variant, *, fetch: Fetch
    ) -> Picture:
        self.made += 1
        self.begun.set()
        await fetch(source)
        await self.may_go_on.wait()
        return await self.sandbox.make_variant(source, out_dir, variant)


@pytest_asyncio.fixture
async def workshop() -> Workshop:
    return Workshop(ImageSandbox())


async def asked_for(
    rig: Rig, objects: R2Objects, workshop: Workshop, done: Json
) -> tuple[Variants, str, asyncio.Task[str]]:
    """Return a process that has begun to make a variant, and its key."""
    row = await rig.database.row("SELECT account_id FROM jobs WHERE id = $1", UUID(done["id"]))
    assert row is not None
    job = await rig.parts.jobs.get(UUID(done["id"]), row["account_id"])
    assert job.result_key is not None
    variants = Variants(rig.parts.jobs, objects, workshop)
    task = asyncio.create_task(variants.key_of(job, job.result_key, JPEG))
    await workshop.begun.wait()
    return variants, variant_key(job.id, job.created_at, JPEG), task


async def test_whoever_asks_meanwhile_waits_for_the_one_that_is_being_made(
    rig: Rig, objects: R2Objects, workshop: Workshop, done: Json
) -> None:
    variants, key, first = await asked_for(rig, objects, workshop, done)
    row = await rig.database.row("SELECT account_id FROM jobs WHERE id = $1", UUID(done["id"]))
    assert row is not None
    job = await rig.parts.jobs.get(UUID(done["id"]), row["account_id"])
    assert job.result_key is not None
    others = [asyncio.create_task(variants.key_of(job, job.result_key, JPEG)) for _ in range(3)]
    await asyncio.sleep(0.05)
    workshop.may_go_on.set()
    assert {await task for task in (first, *others)} == {key}
    assert workshop.made == 1


async def test_a_picture_is_read_from_the_store_when_it_is_its_turn(rig: Rig, done: Json) -> None:
    row = await rig.database.row("SELECT account_id FROM jobs WHERE id = $1", UUID(done["id"]))
    assert row is not None
    job = await rig.parts.jobs.get(UUID(done["id"]), row["account_id"])
    key = job.result_key
    assert key is not None
    wanted = [Variant(Source.RESULT, PictureFormat.WEBP, quality) for quality in (60, 75, 85, 92)]
    async with WatchedObjects(R2Settings.from_settings(rig.settings)) as objects:
        variants = Variants(rig.parts.jobs, objects, ImageSandbox(concurrency=1))
        await asyncio.gather(*(variants.key_of(job, key, variant) for variant in wanted))
        assert objects.most_at_once == 1


async def test_two_processes_at_once_keep_the_first_ones(
    rig: Rig, visitor: Visitor, objects: R2Objects, workshop: Workshop, done: Json, tmp_path: Path
) -> None:
    _, key, task = await asked_for(rig, objects, workshop, done)
    other = tmp_path / "of another encoder"
    other.write_bytes(b"as good")
    await objects.put_file_once(key, other, "image/jpeg", "00" * 32)
    workshop.may_go_on.set()
    assert await task == key
    saved = await followed(visitor, f"{done['result_url']}?format=jpeg&quality=85")
    assert saved.content == b"as good"


async def test_a_variant_that_comes_after_the_deletion_is_taken_back(
    rig: Rig, visitor: Visitor, objects: R2Objects, workshop: Workshop, done: Json
) -> None:
    _, key, task = await asked_for(rig, objects, workshop, done)
    await visitor.http.delete(f"/v1/jobs/{done['id']}")
    workshop.may_go_on.set()
    with pytest.raises(NotFound):
        await task
    with pytest.raises(NotFound):
        await objects.head(key)


async def test_the_beginning_of_a_variant_is_not_handed_out(
    rig: Rig, visitor: Visitor, objects: R2Objects, done: Json
) -> None:
    """What a store that is not S3 itself may keep of a process that died while it wrote."""
    path = f"{done['result_url']}?format=jpeg&quality=85"
    whole = (await followed(visitor, path)).content
    row = await rig.database.row("SELECT created_at FROM jobs")
    assert row is not None
    key = variant_key(done["id"], row["created_at"], JPEG)
    client = objects._s3
    await client.put_object(
        Bucket=rig.settings.r2_bucket, Key=key, Body=whole[:100], Metadata={"size": str(len(whole))}
    )
    assert not (await objects.head(key)).is_whole
    assert (await followed(visitor, path)).content == whole
    assert (await objects.head(key)).is_whole
