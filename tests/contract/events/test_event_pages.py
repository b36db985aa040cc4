"""The generated pages say what the code says, and messages stay small."""

import json
from pathlib import Path

import pytest

from shared.contracts.catalogue import ROUTES, Route
from shared.contracts.events import MAX_MESSAGE_BYTES, JobFailed
from shared.errors import CATALOGUE
from shared.ids import new_id
from shared.operator.event_pages import asyncapi, catalogue_page

PAGES = Path(__file__).parents[3] / "docs" / "events"


def test_the_catalogue_page_is_fresh() -> None:
    assert (PAGES / "README.md").read_text(encoding="utf-8") == catalogue_page(), "make events"


def test_the_asyncapi_document_is_fresh() -> None:
    written = json.loads((PAGES / "asyncapi.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(asyncapi())), "make events"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.event.topic)
def test_an_event_is_readable_with_fields_of_a_later_version(route: Route) -> None:
    fields = {
        "event_id": str(new_id()),
        "occurred_at": "2026-01-01T00:00:00.123456+00:00",
        "schema_version": 1,
        "account_id": str(new_id()),
        "job_id": str(new_id()),
        "seq": 3,
        "stage": "warming",
        "added_later": {"x": 1},
    }
    event = route.event.model_validate_json(json.dumps(fields))
    assert len(event.model_dump_json().encode()) < MAX_MESSAGE_BYTES


def test_the_longest_event_stays_small() -> None:
    code = max(CATALOGUE, key=len)
    event = JobFailed.model_validate(
        {
            "event_id": new_id(),
            "occurred_at": "2026-01-01T00:00:00Z",
            "account_id": new_id(),
            "job_id": new_id(),
            "attempt_id": new_id(),
            "seq": 2**31,
            "stage": "failed",
            "error_code": code,
        }
    )
    assert len(event.model_dump_json().encode()) < MAX_MESSAGE_BYTES // 4
