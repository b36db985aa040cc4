"""Names of objects are made of ids and dates alone."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from shared.storage.keys import (
    job_prefix,
    model_input_key,
    output_key,
    thumbnail_key,
    upload_key,
)

JOB = UUID("01920000-0000-7000-8000-000000000001")
CREATED_AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def test_every_key_of_a_job() -> None:
    assert upload_key(JOB, CREATED_AT, "jpg") == f"uploads/2026/03/{JOB}.jpg"
    assert job_prefix(JOB, CREATED_AT) == f"jobs/2026/03/{JOB}/"
    assert model_input_key(JOB, CREATED_AT) == f"jobs/2026/03/{JOB}/input.jpg"
    assert output_key(JOB, CREATED_AT) == f"jobs/2026/03/{JOB}/output.png"
    assert thumbnail_key(str(JOB), CREATED_AT) == f"jobs/2026/03/{JOB}/thumbnail.webp"


def test_the_month_is_the_one_in_utc() -> None:
    bangkok = timezone(timedelta(hours=7))

    assert "/2026/02/" in output_key(JOB, datetime(2026, 3, 1, 6, 0, tzinfo=bangkok))


@pytest.mark.parametrize("job_id", ["", "..", "../../etc/passwd", "a/b", "not-a-uuid"])
def test_an_id_that_is_none_is_refused(job_id: str) -> None:
    with pytest.raises(ValueError, match="UUID"):
        output_key(job_id, CREATED_AT)


@pytest.mark.parametrize("extension", ["", "gif", "jpg/../x", ".png", "JPG"])
def test_an_extension_of_others_is_refused(extension: str) -> None:
    with pytest.raises(ValueError, match="extension"):
        upload_key(JOB, CREATED_AT, extension)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        output_key(JOB, datetime(2026, 3, 1))  # noqa: DTZ001 - what is refused here
