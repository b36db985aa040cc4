"""Every failure text that was seen, and whether another attempt is worth its money."""

import pytest

from shared.errors import CATALOGUE
from shared.runpod.answers import FailureKind
from shared.runpod.failures import classify_failure
from shared.runpod.safe_text import LIMIT_CHARACTERS, safe_text

NODE_FAILED = "Workflow execution error: Node Type: KSampler, Node ID: 3, Message: "

SEEN: list[tuple[FailureKind, str, tuple[str, ...]]] = [
    (FailureKind.REJECTED, "Please provide input", ()),
    (FailureKind.REJECTED, "Invalid JSON format in input", ()),
    (FailureKind.REJECTED, "AttributeError: 'list' object has no attribute 'get'", ()),
    (FailureKind.REJECTED, "Missing 'workflow' parameter", ()),
    (
        FailureKind.REJECTED,
        "'images' must be a list of objects with 'name' and 'image' keys",
        (),
    ),
    (
        FailureKind.COMFY_UNREACHABLE,
        "ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.",
        (),
    ),
    (
        FailureKind.REJECTED,
        "Failed to upload one or more input images",
        ("Error decoding base64 for a.png: Incorrect padding",),
    ),
    (
        FailureKind.REJECTED,
        "Failed to upload one or more input images",
        ("Error uploading a.png: 400 Client Error: Bad Request for url: http://127.0.0.1",),
    ),
    (
        FailureKind.COMFY_UNREACHABLE,
        "Failed to upload one or more input images",
        ("Error uploading a.png: Connection refused",),
    ),
    (
        FailureKind.REJECTED,
        "Prompt has no outputs. Raw response: {'error': {'type': 'prompt_no_outputs'}}",
        (),
    ),
    (
        FailureKind.REJECTED,
        "Error queuing workflow: 500 Server Error: Internal Server Error for url: ../prompt",
        (),
    ),
    (
        FailureKind.REJECTED,
        "Cannot execute because a node is missing the class_type property.. Raw response: ..",
        (),
    ),
    (FailureKind.REJECTED, "Cannot execute because node X does not exist.. Raw response: ..", ()),
    (
        FailureKind.REJECTED,
        "Workflow validation failed:\n- Node 37 (errors): [{'type': 'value_not_in_list'}]",
        (),
    ),
    (
        FailureKind.REJECTED,
        "Workflow validation failed:\n- Node 76 (errors): 'a websocket out of memory'",
        (),
    ),
    (FailureKind.EXECUTION, "Job processing failed", (NODE_FAILED + "shape mismatch",)),
    (
        FailureKind.EXECUTION,
        "Job processing failed, prompt ID not found in history.",
        (NODE_FAILED + "Error while deserializing header",),
    ),
    (
        FailureKind.OUT_OF_MEMORY,
        "Job processing failed",
        (NODE_FAILED + "CUDA out of memory. Tried to allocate 2.00 GiB",),
    ),
    (FailureKind.OUT_OF_MEMORY, "Job processing failed", (NODE_FAILED + "Allocation on device ",)),
    (
        FailureKind.REJECTED,
        "Job processing failed",
        ("Workflow execution error: Node Type: LoadImage: cannot identify image file 'a.png'",),
    ),
    (
        FailureKind.EXECUTION,
        "Job processing failed",
        ("Error uploading job_00001_.png to S3: An error occurred (AccessDenied)",),
    ),
    (FailureKind.EXECUTION, "Prompt ID abc not found in history after execution.", ()),
    (FailureKind.COMFY_UNREACHABLE, "WebSocket communication error: timed out", ()),
    (
        FailureKind.COMFY_UNREACHABLE,
        "WebSocket communication error: ComfyUI HTTP unreachable during websocket reconnect",
        (),
    ),
    (FailureKind.COMFY_UNREACHABLE, "HTTP communication error with ComfyUI: 502", ()),
    (FailureKind.EXECUTION, "An unexpected error occurred: 'images'", ()),
    (
        FailureKind.EXECUTION,
        "Workflow monitoring loop exited without confirmation of completion or error.",
        (),
    ),
    (FailureKind.TIMED_OUT, "executionTimeout exceeded", ()),
    (FailureKind.TIMED_OUT, "job timed out after 1 retries", ()),
    (FailureKind.WORKER_LOST, "worker abc123 exited unexpectedly", ()),
    (FailureKind.EXECUTION, "", ()),
]


@pytest.mark.parametrize(
    ("kind", "error", "details"), SEEN, ids=[f"{n}-{row[0]}" for n, row in enumerate(SEEN)]
)
def test_a_seen_failure_has_its_kind(
    kind: FailureKind, error: str, details: tuple[str, ...]
) -> None:
    assert classify_failure(error, details) is kind


def test_only_what_we_sent_wrong_is_not_tried_again() -> None:
    assert {kind for kind in FailureKind if not kind.retryable} == {FailureKind.REJECTED}
    assert FailureKind.REJECTED.code == "provider_rejected"
    assert FailureKind.TIMED_OUT.code == "timed_out"
    assert FailureKind.OUT_OF_MEMORY.code == "provider_failed"
    assert {kind.code for kind in FailureKind} <= CATALOGUE.keys()


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a\r\nb\x00c", "a b c"),
        ("Authorization: Bearer rpa_ABCDEFGH12345678", "Authorization: [key]"),
        ("key rpa_ABCDEFGH12345678.", "key [key]."),
        ("GET /a.png?X-Amz-Signature=abc123&x=1", "GET /a.png?X-Amz-Signature=[hidden]&x=1"),
        (f"got {'iVBORw0KGgo' * 40}== back", "got [data] back"),
        ("ภาพเสีย", "ภาพเสีย"),
    ],
)
def test_a_text_for_the_log_has_no_secrets_and_no_data(text: str, safe: str) -> None:
    assert safe_text(text) == safe


def test_a_text_for_the_log_is_short() -> None:
    assert len(safe_text("a b " * 100_000)) <= LIMIT_CHARACTERS
