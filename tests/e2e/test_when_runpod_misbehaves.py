"""What RunPod does wrong costs time and never a job, a credit, or a second picture."""

import time
from typing import Any

import httpx
import pytest

from e2e.stack import Stack
from e2e.visitor import Visitor, a_prompt, photo

RECOVERED: dict[str, tuple[dict[str, Any], int, int]] = {
    # fault: (the simulator's faults, attempts of the job, submissions that RunPod took)
    "429": ({"rate_limited": {"count": 2, "operations": ["run"]}}, 1, 1),
    "paused": ({"endpoint_paused": {"count": 2}}, 1, 1),
    "5xx before it was taken": ({"server_error": {"count": 1, "operations": ["run"]}}, 2, 1),
    "reset after it was taken": ({"accept_then_reset": {"count": 1}}, 1, 1),
    "5xx after it was taken": ({"accept_then_error": {"count": 1}}, 1, 1),
    "early 404": ({"not_found_after_submit": {"seconds": 1}}, 1, 1),
    "status fails": ({"server_error": {"count": 3, "operations": ["status"]}}, 1, 1),
    "status refused": (
        {"server_error": {"status": 400, "count": 2, "operations": ["status"]}},
        1,
        1,
    ),
    "unknown status": ({"unknown_status": {"count": 2}}, 1, 1),
    "lost": ({"lost_job": {"count": 1}}, 2, 2),
    "completed without output": ({"completed_without_output": {"count": 1}}, 2, 2),
    "success without images": ({"success_no_images": {"count": 1}}, 2, 2),
    "out of memory": ({"failed_out_of_memory": {"count": 1}}, 2, 2),
    "failed after retries": ({"failed_after_retries": {"count": 1}}, 2, 2),
    "timed out": ({"timed_out": {"count": 1}}, 2, 2),
    "local path for a URL": ({"local_path_url": {"count": 1}}, 2, 2),
    "webhook off": ({"webhook_off": {}}, 1, 1),
    "webhook thrice": ({"webhook_duplicate": {}}, 1, 1),
    "webhook with nonsense": ({"webhook_wrong_body": {}}, 1, 1),
    "webhook before the status": ({"webhook_before_status": {"seconds": 0.5}}, 1, 1),
    "progress": ({"progress_in_output": {}}, 1, 1),
    "input echoed": ({"input_in_status": {}}, 1, 1),
}


@pytest.mark.parametrize("name", RECOVERED)
def test_the_job_is_done_all_the_same(stack: Stack, visitor: Visitor, name: str) -> None:
    faults, attempts, submissions = RECOVERED[name]
    stack.faults(**faults)
    prompt = a_prompt()
    job = visitor.wait(visitor.create(prompt, image=photo()))
    assert job["status"] == "done", job
    assert job["attempts"] == attempts
    assert len(stack.submissions(prompt)) == submissions
    assert job["credits"]["charged"] == 2
    visitor.result(job).load()


ENDED: dict[str, tuple[dict[str, Any], str]] = {
    "always fails": ({"failed_with_details": {}}, "provider_failed"),
    "never a picture": ({"completed_without_output": {}}, "provider_no_image"),
    "always junk": ({"not_an_image": {}}, "provider_result_invalid"),
}


@pytest.mark.parametrize("name", ENDED)
def test_a_job_that_cannot_be_made_fails_with_a_reason_and_costs_nothing(
    stack: Stack, visitor: Visitor, name: str
) -> None:
    faults, code = ENDED[name]
    stack.faults(**faults)
    before = visitor.account()
    prompt = a_prompt()
    job = visitor.wait(visitor.create(prompt, image=photo()))
    assert (job["status"], job["error"]["code"]) == ("failed", code)
    assert job["error"]["en"]
    assert job["error"]["th"]
    assert job["credits"] == {"held": 0, "charged": 0, "released": 2, "reason": "failed"}
    assert visitor.account() == before
    assert len(stack.submissions(prompt)) == job["attempts"] <= 3


def test_a_job_nobody_has_taken_is_cancelled_for_free(stack: Stack, visitor: Visitor) -> None:
    stack.faults(stuck_in_queue={})
    before = visitor.account()
    prompt = a_prompt()
    created = visitor.create(prompt, image=photo())
    visitor.wait(created, {"warming"})
    answer = visitor.http.post(f"/v1/jobs/{created['id']}/cancel")
    assert answer.status_code == httpx.codes.ACCEPTED
    job = visitor.wait(created)
    assert job["status"] == "cancelled"
    assert job["credits"]["reason"] == "cancelled"
    assert visitor.account() == before
    (submission,) = stack.submissions(prompt)
    assert submission["status"] == "CANCELLED"


def test_a_running_job_is_stopped_at_runpod(stack: Stack, visitor: Visitor) -> None:
    stack.faults(stuck_in_progress={})
    prompt = a_prompt()
    created = visitor.create(prompt, image=photo())
    visitor.wait(created, {"generating"})
    visitor.http.post(f"/v1/jobs/{created['id']}/cancel").raise_for_status()
    assert visitor.wait(created)["status"] == "cancelled"
    (submission,) = stack.submissions(prompt)
    assert submission["status"] == "CANCELLED"


def test_a_deleted_job_leaves_nothing(visitor: Visitor) -> None:
    job = visitor.wait(visitor.create(a_prompt(), image=photo()))
    link = visitor.http.get(job["result_url"]).headers["location"]

    def status() -> int:
        return httpx.get(link, timeout=30, trust_env=False).status_code

    assert status() == httpx.codes.OK
    assert visitor.http.delete(f"/v1/jobs/{job['id']}").status_code == httpx.codes.NO_CONTENT
    assert visitor.http.get(f"/v1/jobs/{job['id']}").status_code == httpx.codes.NOT_FOUND
    deadline = time.monotonic() + 30
    while status() != httpx.codes.NOT_FOUND:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_forged_webhook_changes_nothing(stack: Stack, visitor: Visitor) -> None:
    stack.faults(stuck_in_progress={})
    prompt = a_prompt()
    created = visitor.create(prompt, image=photo())
    visitor.wait(created, {"generating"})
    (submission,) = stack.submissions(prompt)
    body = {"id": submission["id"], "status": "COMPLETED", "output": {"images": []}}
    for url in (f"{stack.url}/hooks/runpod/forged", submission["webhook"]):
        assert stack.http.post(url, json=body).status_code == httpx.codes.OK
    assert visitor.job(created["id"])["stage"] == "generating"
    stack.faults()
    assert visitor.wait(created)["status"] == "done"
