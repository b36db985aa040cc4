"""The ends that faults give to executions: pure functions from a job or a picture."""

import base64
import json
from collections.abc import Callable
from typing import Final

from runpod_simulator.jobs import Job, JobStatus, JsonObject, Outcome

OUT_OF_MEMORY: Final = (
    "Allocation on device 0 would exceed allowed memory. (out of memory)\n"
    "Currently allocated     : 22.41 GiB\nRequested               : 1.12 GiB"
)


def _failed_node(message: str) -> Outcome:
    text = f"Workflow execution error: Node Type: KSampler, Node ID: 3, Message: {message}"
    output = json.dumps({"details": [text]}).encode()
    return Outcome(JobStatus.FAILED, output, "Job processing failed")


def _traceback(job: Job) -> str:
    return crash_text(
        "<class 'RuntimeError'>", "CUDA error: an illegal memory access", job.worker_id
    )


def crash_text(error_type: str, message: str, worker_id: str | None) -> str:
    """Return the `error` of a job whose handler raised.

    Source: runpod SDK 1.12.0, observed: a JSON text in a JSON text.
    """
    trace = (
        f'Traceback (most recent call last):\n  File "/handler.py", line 1\n{error_type}: {message}'
    )
    return json.dumps(
        {
            "error_type": error_type,
            "error_message": message,
            "error_traceback": trace,
            "hostname": f"{worker_id}-64410fe5",
            "worker_id": worker_id,
            "runpod_version": "1.12.0",
        }
    )


def _truncated(text: str) -> str:
    """Return about two thirds of a base64 text, of a length that no padding can mend."""
    return text[: len(text) * 2 // 3 // 4 * 4 + 1]


def rewritten(output: bytes, rewrite: Callable[[JsonObject], JsonObject]) -> bytes:
    """Return an output whose pictures were changed."""
    document: JsonObject = json.loads(output)
    if isinstance(images := document.get("images"), list):
        document["images"] = [rewrite(i) if isinstance(i, dict) else i for i in images]
    return json.dumps(document).encode()


FORCED: Final[dict[str, Callable[[Job], Outcome]]] = {
    "completed_without_output": lambda _job: Outcome(JobStatus.COMPLETED),
    "success_no_images": lambda _job: Outcome(
        JobStatus.COMPLETED, b'{"status":"success_no_images","images":[]}'
    ),
    "failed_with_details": lambda _job: _failed_node("CUDA error: device-side assert triggered"),
    "failed_with_traceback": lambda job: Outcome(JobStatus.FAILED, error=_traceback(job)),
    "failed_after_retries": lambda _job: Outcome(
        JobStatus.FAILED, error="job timed out after 1 retries", retries=1
    ),
    "failed_out_of_memory": lambda _job: _failed_node(OUT_OF_MEMORY),
    "timed_out": lambda _job: Outcome(JobStatus.TIMED_OUT),
}
"""Ends that replace whatever came of an execution, by the name of the fault."""

REWRITES: Final[dict[str, Callable[[JsonObject], JsonObject]]] = {
    "truncated_base64": lambda image: {**image, "data": _truncated(str(image["data"]))},
    "not_an_image": lambda image: {
        **image,
        "data": base64.b64encode(b"<html>502 Bad Gateway</html>").decode(),
    },
    "local_path_url": lambda image: {
        **image,
        "type": "s3_url",
        "data": "simulated_uploaded/5f0c2a9e.png",
    },
}
"""Changes of each picture of a good end, by the name of the fault."""
