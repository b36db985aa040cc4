"""What a key says of its object."""

from datetime import UTC, datetime

import pytest

from shared.domain.variants import QUALITIES, SIDES_PX, PictureFormat, Source, Variant
from shared.ids import new_id
from shared.storage.keys import (
    FOLDERS,
    ObjectKind,
    ParsedKey,
    job_prefix,
    model_input_key,
    output_key,
    parse_key,
    thumbnail_key,
    upload_key,
    variant_key,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
VARIANTS = [
    *(Variant(Source.RESULT, kind, quality) for kind in PictureFormat for quality in QUALITIES),
    *(Variant.small(source, side_px) for source in Source for side_px in SIDES_PX),
]
JOB_ID = "0199c1d0-0000-7000-8000-000000000001"


def test_every_key_that_we_make_is_understood() -> None:
    job_id = new_id()
    staged = [upload_key(job_id, NOW, extension) for extension in ("jpg", "png", "webp")]
    staged.append(model_input_key(job_id, NOW))
    results = [output_key(job_id, NOW), thumbnail_key(job_id, NOW)]
    results += [variant_key(job_id, NOW, variant) for variant in VARIANTS]
    assert {parse_key(key) for key in staged} == {ParsedKey(ObjectKind.STAGED, job_id)}
    assert {parse_key(key) for key in results} == {ParsedKey(ObjectKind.RESULT, job_id)}
    assert all(key.startswith(FOLDERS) for key in staged + results)


def test_every_variant_has_a_name_of_its_own_below_its_job() -> None:
    job_id = new_id()
    keys = {variant_key(job_id, NOW, variant) for variant in VARIANTS}
    assert len(keys) == len(VARIANTS)
    assert all(key.startswith(job_prefix(job_id, NOW)) for key in keys)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "backup.tar",
        "jobs/2026/03/no-id/output.png",
        f"jobs/2026/03/{JOB_ID}/notes.txt",
        f"jobs/2026/03/{JOB_ID}/output.png.bak",
        f"x/jobs/2026/03/{JOB_ID}/output.png",
        f"uploads/2026/03/{JOB_ID}.exe",
        f"jobs/2026/03/{JOB_ID}/variants/../output.png",
        f"jobs/2026/03/{JOB_ID}/variants/a.svg",
    ],
)
def test_a_key_of_others_is_nobodys(key: str) -> None:
    assert parse_key(key) is None
