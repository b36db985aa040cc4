"""RunPod takes nothing for a while: no job is lost, none is charged, and nobody hammers."""

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from e2e.stack import Process
from e2e.visitor import Job, Visitor, a_prompt

from liveness.site import Site, all_done, seconds_until

REFUSED: dict[str, dict[str, Any]] = {
    "unauthorized": {"server_error": {"status": 401, "operations": ["run"]}},
    "endpoint_paused": {"endpoint_paused": {}},
}


@pytest.fixture
def mended(site: Site, visitor: Visitor) -> Iterator[Site]:
    """Leave a site that takes jobs again, whatever the test has found."""
    yield site
    site.stack.faults()
    site.stack.timings(workers=3)
    seconds_until(lambda: visitor.post(a_prompt()).status_code == httpx.codes.ACCEPTED, 60)


def refused(visitor: Visitor) -> bool:
    return visitor.post(a_prompt()).status_code == httpx.codes.SERVICE_UNAVAILABLE


def open_breakers(poller: Process) -> list[str]:
    metrics = httpx.get(poller.health_url.replace("/health/ready", "/metrics")).text
    return re.findall(r'ob_breaker_open\{endpoint="e2e",reason="(\w+)"\} 1.0', metrics)


def posts_refused(submitter: Process) -> int:
    return submitter.log.read_text(encoding="utf-8").count("RunPod refuses us")


@pytest.mark.parametrize("reason", REFUSED)
def test_refusals_in_a_row_open_it_and_a_job_that_gets_through_closes_it(
    mended: Site, visitor: Visitor, reason: str
) -> None:
    stack = mended.stack
    (submitter,), (poller,) = stack.running("submitter"), stack.running("poller")
    stack.faults(**REFUSED[reason])
    before = visitor.account()
    answers = [visitor.post(a_prompt()) for _ in range(8)]  # it may open before the last
    jobs: list[Job] = [a.json() for a in answers if a.status_code == httpx.codes.ACCEPTED]
    seconds_until(lambda: refused(visitor), 60)
    answer = visitor.post(a_prompt())
    if answer.status_code == httpx.codes.ACCEPTED:  # the next to try is let in
        jobs.append(answer.json())
        answer = visitor.post(a_prompt())
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, "provider_paused")
    assert problem["en"]
    assert problem["th"]
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    seconds_until(lambda: open_breakers(poller) == [reason], 20)

    pause_seconds = 3
    sent, begun = posts_refused(submitter), time.monotonic()
    time.sleep(3 * pause_seconds)
    more = posts_refused(submitter) - sent
    assert more <= (time.monotonic() - begun) / pause_seconds + 1
    assert {visitor.job(job["id"])["attempts"] for job in jobs} <= {0, 1}

    stack.faults()
    all_done(visitor, jobs, 60)
    seconds_until(lambda: open_breakers(poller) == [], 20)
    after = visitor.account()
    assert after["balance_credits"] <= before["balance_credits"] - 2 * len(jobs)


def test_without_workers_it_opens_and_a_worker_closes_it(mended: Site, visitor: Visitor) -> None:
    stack = mended.stack
    (poller,) = stack.running("poller")
    stack.timings(workers=0)
    waiting = [visitor.create(a_prompt()) for _ in range(2)]
    seconds_until(lambda: open_breakers(poller) == ["no_workers"], 60)
    assert refused(visitor)
    stack.timings(workers=3)
    all_done(visitor, waiting, 60)
    seconds_until(lambda: open_breakers(poller) == [], 20)
    all_done(visitor, [visitor.create(a_prompt())], 30)


def test_too_many_requests_delay_a_job_and_cost_no_attempt(site: Site, visitor: Visitor) -> None:
    site.stack.faults(rate_limited={"count": 4, "operations": ["run"]})
    job = visitor.create(a_prompt())
    all_done(visitor, [job], 60)
    assert visitor.job(job["id"])["attempts"] == 1
