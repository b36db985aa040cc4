"""Links to pictures."""

from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from shared.storage.keys import output_key, thumbnail_key
from shared.storage.r2 import R2Objects
from test_gateway.rig import Rig, Visitor, a_file, check_problem, photo

pytestmark = pytest.mark.asyncio


async def fetch(link: str) -> httpx.Response:
    async with httpx.AsyncClient(verify=False, trust_env=False) as store:  # noqa: S501 - plain http
        return await store.get(link)


async def test_the_photo_can_be_seen_and_saved_at_once(
    visitor: Visitor, objects: R2Objects
) -> None:
    _ = objects
    job = await visitor.new_job(prompt="แสงเย็น, warm <light>", image=a_file(photo()))
    shown = await visitor.http.get(job["image_url"])
    assert shown.status_code == 307
    assert shown.headers["cache-control"] == "private, max-age=240"
    seen = await fetch(shown.headers["location"])
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/png")
    assert seen.headers["content-disposition"] == "inline"
    assert seen.content.startswith(b"\x89PNG")
    saved = await fetch((await visitor.http.get(job["image_download_url"])).headers["location"])
    short = job["id"].replace("-", "")[-8:]
    name = quote(f"ob-แสงเย็น-warm-light-{short}.png", safe="")
    assert saved.headers["content-disposition"] == (
        f"attachment; filename=\"ob-warm-light-{short}.png\"; filename*=UTF-8''{name}"
    )


async def test_a_result_is_linked_once_it_is_done(
    rig: Rig, visitor: Visitor, objects: R2Objects, tmp_path: Path
) -> None:
    job = await visitor.new_job()
    check_problem(await visitor.http.get(f"/v1/jobs/{job['id']}/result"), 409, "result_not_ready")
    attempt = await rig.factory.bring_to(job["id"], "done")
    assert attempt is not None
    keys = {
        "result": (output_key(attempt.job_id, attempt.created_at), "image/png"),
        "thumbnail": (thumbnail_key(attempt.job_id, attempt.created_at), "image/webp"),
    }
    for picture, (key, content_type) in keys.items():
        file = tmp_path / picture
        file.write_bytes(picture.encode())
        await objects.put_file(key, file, "application/octet-stream", "00" * 32)
        response = await visitor.http.get(f"/v1/jobs/{job['id']}/{picture}")
        assert response.status_code == 307
        link = urlsplit(response.headers["location"])
        assert parse_qs(link.query)["X-Amz-Expires"] == ["300"]
        seen = await fetch(response.headers["location"])
        assert seen.content == picture.encode()
        assert seen.headers["content-type"] == content_type
    saved = await visitor.http.get(f"/v1/jobs/{job['id']}/result?download=1")
    disposition = (await fetch(saved.headers["location"])).headers["content-disposition"]
    assert disposition.startswith('attachment; filename="ob-a-boat-on-a-lake-')


@pytest.mark.parametrize("state", ["queued", "running", "failed"])
@pytest.mark.parametrize("picture", ["result", "thumbnail"])
async def test_a_job_that_is_not_done_has_no_result(
    rig: Rig, visitor: Visitor, state: str, picture: str
) -> None:
    job = await visitor.new_job()
    await rig.factory.bring_to(job["id"], state)
    response = await visitor.http.get(f"/v1/jobs/{job['id']}/{picture}")
    check_problem(response, 409, "result_not_ready")


async def test_a_job_of_words_has_no_photo(visitor: Visitor) -> None:
    job = await visitor.new_job()
    check_problem(await visitor.http.get(f"/v1/jobs/{job['id']}/image"), 404, "not_found")
