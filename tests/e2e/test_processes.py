"""Services die, come back, and run side by side."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from e2e.stack import Stack
from e2e.visitor import Visitor, a_prompt, photo


@pytest.mark.parametrize("service", ["submitter", "poller", "storer"])
def test_a_killed_worker_is_replaced_and_nothing_is_lost(
    stack: Stack, visitor: Visitor, service: str
) -> None:
    for process in stack.running(service):
        process.kill()
    prompts = [a_prompt() for _ in range(3)]
    created = [visitor.create(prompt, image=photo()) for prompt in prompts]
    stack.spawn(service).wait_ready()
    for prompt, job in zip(prompts, created, strict=True):
        assert visitor.wait(job)["status"] == "done"
        assert len(stack.submissions(prompt)) == 1


def test_two_of_each_make_every_job_once(stack: Stack, visitor: Visitor) -> None:
    extra = [stack.spawn(name) for name in ("submitter", "poller", "storer")]
    for process in extra:
        process.wait_ready()
    prompts = [a_prompt("blue hills") for _ in range(16)]
    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(visitor.create, prompts))
    for prompt, job in zip(prompts, created, strict=True):
        assert visitor.wait(job)["status"] == "done"
        assert len(stack.submissions(prompt)) == 1
    for process in extra:
        assert process.stop() == 0


@pytest.mark.parametrize("service", ["submitter", "poller", "storer"])
def test_a_worker_that_still_waits_for_its_servers_ends_when_told(
    stack: Stack, service: str
) -> None:
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"}
    process = stack.spawn(service, nowhere)
    deadline = time.monotonic() + 30
    while "waiting" not in process.log.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert process.stop() == 0


def test_a_worker_that_is_told_to_stop_finishes_what_it_has(stack: Stack, visitor: Visitor) -> None:
    created = [visitor.create(a_prompt(), image=photo()) for _ in range(3)]
    for name in ("submitter", "poller", "storer"):
        (old,) = stack.running(name)
        stack.spawn(name).wait_ready()
        assert old.stop() == 0
    for job in created:
        assert visitor.wait(job)["status"] == "done"
