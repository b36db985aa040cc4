"""What the gateway refuses before there is a job."""

import json
from collections.abc import AsyncIterator

import pytest

from runpod_simulator.jobs import Policy
from runpod_simulator.submissions import (
    MEBIBYTE,
    BadRequestError,
    parse_submission,
    receive_body,
    too_large_text,
)


def a_body(**fields: object) -> bytes:
    return json.dumps({"input": {"a": 1}, **fields}).encode()


async def pieces(total: int) -> AsyncIterator[bytes]:
    for start in range(0, total, 65536):
        yield b"x" * min(65536, total - start)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("size", "is_too_large"), [(10 * MEBIBYTE, False), (10 * MEBIBYTE + 1, True)]
)
async def test_limit_counts_raw_bytes(*, size: int, is_too_large: bool) -> None:
    received = await receive_body(pieces(size), 10)
    assert received.too_large is is_too_large
    assert len(received.data) == (0 if is_too_large else size)


def test_text_of_the_limit() -> None:
    assert too_large_text(10) == "bad request: body: exceeded max body size of 10MiB"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b'"a string"',
        b"[]",
        b"{}",
        b'{"input": null}',
        b'{"input": "text"}',
        b'{"input": {"a": NaN}}',
        b"\xef\xbb\xbf" + a_body(),
        a_body(webhook="/relative"),
        a_body(webhook=5),
        a_body(policy=[]),
        a_body(policy={"ttl": 9_999}),
        a_body(policy={"ttl": "60000"}),
        a_body(policy={"ttl": 604_800_001}),
        a_body(policy={"executionTimeout": 4_999}),
        a_body(policy={"executionTimeout": True}),
        a_body(policy={"lowPriority": "yes"}),
    ],
)
def test_strict_refusals(body: bytes) -> None:
    with pytest.raises(BadRequestError):
        parse_submission(body, strict=True)


@pytest.mark.parametrize(
    "fields",
    [{"webhook": "/relative"}, {"policy": 5}, {"policy": {"lowPriority": 1}}],
)
def test_lenient_reading_ignores_what_it_cannot_use(fields: dict[str, object]) -> None:
    submission = parse_submission(a_body(**fields), strict=False)
    assert submission.webhook is None


def test_lenient_reading_clamps_the_policy() -> None:
    policy = {"ttl": 1, "executionTimeout": 10**12}
    submission = parse_submission(a_body(policy=policy), strict=False)
    assert (submission.policy.ttl_ms, submission.policy.execution_timeout_ms) == (
        10_000,
        604_800_000,
    )


def test_a_good_body() -> None:
    body = a_body(
        webhook="https://example.org/hook",
        policy={"ttl": 10_000, "executionTimeout": 5_000, "lowPriority": True},
        unknown=1,
    )
    submission = parse_submission(body, strict=True)
    assert submission.input == {"a": 1}
    assert submission.webhook == "https://example.org/hook"
    assert submission.policy == Policy(5_000, 10_000, low_priority=True)
    assert parse_submission(a_body(webhook=None), strict=True).policy == Policy(600_000, 86_400_000)
