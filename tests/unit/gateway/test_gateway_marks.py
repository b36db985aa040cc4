"""Marks that readers hand back, and the id in a webhook."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.hooks.candidate import find_candidate
from gateway.jobs.cursors import page_cursor, read_page_cursor, read_time_cursor, time_cursor
from shared.errors import InvalidInput

INSTANTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis wants it without a zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)


@given(st.uuids())
def test_a_page_mark_leads_back(job_id: UUID) -> None:
    assert read_page_cursor(page_cursor(job_id)) == job_id


@given(INSTANTS)
def test_a_time_mark_leads_back_to_the_microsecond(at: datetime) -> None:
    assert read_time_cursor(time_cursor(at)) == at


@given(INSTANTS)
def test_a_time_mark_is_new_for_each_microsecond(at: datetime) -> None:
    assert time_cursor(at) != time_cursor(at + timedelta(microseconds=1))


@given(st.text(max_size=40))
def test_any_other_text_is_no_mark(text: str) -> None:
    try:
        mark = read_page_cursor(text)
    except InvalidInput:
        pass
    else:
        assert page_cursor(mark) == text
    at = read_time_cursor(text)
    assert at is None or time_cursor(at) == text


@pytest.mark.parametrize("key", ["input", "output", "ID", "id ", "idx"])
def test_only_the_top_level_id_counts(key: str) -> None:
    body = {key: {"id": "inner", "list": [{"id": "deeper"}]}, "status": "id"}
    assert find_candidate(json.dumps(body).encode()) is None
    assert find_candidate(json.dumps(body | {"id": "abc-1_X"}).encode()) == "abc-1_X"


def test_the_id_is_found_though_the_rest_is_cut_off() -> None:
    body = json.dumps({"delayTime": 1.5, "ok": True, "id": "abc-u1", "input": "x" * 1000})
    assert find_candidate(body.encode()[:60]) == "abc-u1"


@pytest.mark.parametrize(
    "said", [5, None, "", "a b", "ก", "a/b", "x" * 129, ["abc"], {"id": "abc"}, True]
)
def test_what_looks_like_no_id_is_none(said: object) -> None:
    assert find_candidate(json.dumps({"id": said}).encode()) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_looked_at_without_an_error(body: bytes) -> None:
    find_candidate(body)
    find_candidate(b'{"id":' + body)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=4))
def test_strings_with_quotes_and_braces_confuse_nothing(more: dict[str, str]) -> None:
    more.pop("id", None)
    assert find_candidate(json.dumps(more | {"id": "abc"}).encode()) == "abc"
