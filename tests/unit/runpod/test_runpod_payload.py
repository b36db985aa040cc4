"""The body of /run: one JSON object of typed parts, within RunPod's limits."""

import base64
import json
import math
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.job import Model, Ratio
from shared.domain.workflow import Workflow, WorkflowParams, build_workflow
from shared.errors import PermanentError
from shared.runpod.payload import BODY_LIMIT_BYTES, InputImage, build_payload, usable_webhook

PARAMS = WorkflowParams("หมวกแดง 🎩", 5, Ratio.SQUARE, "attempt-1", image_name="attempt-1.png")
PHOTO = InputImage("attempt-1.png", b"\xff\xd8photo\x00")


def edit_workflow() -> Workflow:
    return build_workflow(Model.QWEN_IMAGE_EDIT, PARAMS)


def build(
    workflow: Workflow | None = None,
    images: tuple[InputImage, ...] = (PHOTO,),
    webhook: str | None = None,
    execution_timeout_ms: int = 600_000,
    ttl_ms: int = 1_200_000,
) -> bytes:
    return build_payload(
        workflow=workflow or edit_workflow(),
        images=images,
        attempt_id="attempt-1",
        webhook=webhook,
        execution_timeout_ms=execution_timeout_ms,
        ttl_ms=ttl_ms,
    )


def parsed(body: bytes) -> dict[str, Any]:  # JSON of any shape is what is looked at here
    fields: dict[str, Any] = json.loads(body)
    return fields


def test_the_body_is_what_runpod_and_the_worker_read() -> None:
    fields = parsed(build(webhook="https://studio.example/hooks/runpod/token"))

    assert fields.keys() == {"input", "webhook", "policy"}
    assert fields["input"].keys() == {"workflow", "images", "attempt_id"}
    assert fields["input"]["workflow"] == edit_workflow()
    assert fields["input"]["images"] == [
        {"name": "attempt-1.png", "image": base64.b64encode(PHOTO.content).decode()}
    ]
    assert fields["policy"] == {"executionTimeout": 600_000, "ttl": 1_200_000}


def test_numbers_keep_their_types() -> None:
    inputs = parsed(build())["input"]["workflow"]["3"]["inputs"]

    assert (type(inputs["denoise"]), type(inputs["cfg"]), type(inputs["seed"])) == (int, float, int)


def test_text_to_image_has_no_images_and_no_nulls() -> None:
    workflow = build_workflow(
        Model.QWEN_IMAGE, WorkflowParams("a hat", 5, Ratio.SQUARE, "attempt-1")
    )

    body = build(workflow, images=())

    assert parsed(body)["input"].keys() == {"workflow", "attempt_id"}
    assert b"null" not in body


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://studio.example/hooks/runpod/t", True),
        ("http://127.0.0.1:8000/hooks/runpod/t", True),
        ("http://localhost:8000/hooks", True),
        ("http://[::1]:8000/hooks", True),
        ("http://studio.example/hooks", False),
        ("http://127.0.0.1.evil.example/", False),
        ("https://", False),
        ("https://[bad/", False),
        ("/hooks/runpod/t", False),
        ("None", False),
        ("", False),
        ("ftp://studio.example/", False),
        ("https://studio.example/\nx", False),
        (None, False),
    ],
)
def test_a_webhook_that_runpod_cannot_use_is_left_out(url: str | None, *, kept: bool) -> None:
    assert usable_webhook(url) == (url if kept else None)
    assert parsed(build(webhook=url)).get("webhook") == (url if kept else None)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ((0, 0), (5_000, 10_000)),
        ((600, 1200), (5_000, 10_000)),
        ((10**12, 10**12), (604_800_000, 604_800_000)),
        ((700_000, 900_000), (700_000, 900_000)),
    ],
)
def test_the_policy_is_within_runpods_ranges(given: tuple[int, int], sent: tuple[int, int]) -> None:
    policy = parsed(build(execution_timeout_ms=given[0], ttl_ms=given[1]))["policy"]

    assert (policy["executionTimeout"], policy["ttl"]) == sent


def test_the_largest_body_passes_and_one_byte_more_does_not() -> None:
    empty = len(build(images=(replace(PHOTO, content=b""),)))
    fitting = (BODY_LIMIT_BYTES - empty) // 4 * 3

    body = build(images=(replace(PHOTO, content=b"x" * fitting),))

    assert BODY_LIMIT_BYTES - 4 < len(body) <= BODY_LIMIT_BYTES
    with pytest.raises(PermanentError) as caught:
        build(images=(replace(PHOTO, content=b"x" * (fitting + 3)),))
    assert caught.value.code == "provider_payload_too_large"
    assert caught.value.params == {
        "size_bytes": len(body) + 4,
        "limit_bytes": 10 * 1024 * 1024 - 64 * 1024,
    }


@pytest.mark.parametrize("value", [math.nan, math.inf, "\ud800"])
def test_what_json_cannot_hold_is_refused(value: str | float) -> None:
    workflow = edit_workflow()
    workflow["3"]["inputs"]["cfg"] = value

    with pytest.raises(PermanentError) as caught:
        build(workflow)

    assert caught.value.code == "workflow_invalid"
