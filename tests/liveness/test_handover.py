"""Who is told to end, or loses its broker, finishes what must be and hands over the rest."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import asyncpg
import httpx
import pytest
from e2e.stack import Process, free_port
from e2e.visitor import Job, Visitor, a_prompt
from proxy import ProxyThread

from liveness.site import Site, all_done, seconds_until
from submitter.errands import Errands

pytestmark = pytest.mark.timeout(240)
SLOW_SECONDS = 3.0
AS_IT_POSTS = {"posting", "unknown"}
"""The second once its lease has ended, which says nothing about the POST."""
ROW = """
SELECT j.state, j.lease_until IS NOT NULL AS leased, j.lease_epoch, a.state AS attempt, j.attempts
FROM jobs j LEFT JOIN attempts a ON a.job_id = j.id WHERE j.id = $1
"""


def row(site: Site, job: Job) -> asyncpg.Record:
    async def read() -> asyncpg.Record:
        connection = await asyncpg.connect(site.stack.addresses.database_url)
        try:
            found = await connection.fetchrow(ROW, UUID(job["id"]))
        finally:
            await connection.close()
        assert found is not None
        return found

    return asyncio.run(read())


@contextmanager
def far_from_runpod(site: Site, service: str) -> Iterator[Process]:
    """Replace a worker by one whose every word to RunPod takes a while."""
    (near,) = site.stack.running(service)
    with ProxyThread("127.0.0.1", site.stack.simulator_port) as link:
        link.latency(SLOW_SECONDS)
        base_url = f"http://127.0.0.1:{link.port}/v2"
        far = site.stack.spawn(service, {"RUNPOD_BASE_URL": base_url})
        far.wait_ready()
        assert near.stop() == 0
        try:
            yield far
        finally:
            link.heal()
            site.stack.spawn(service).wait_ready()
            far.stop()


def test_a_submitter_told_to_end_while_it_posts_writes_down_what_came_of_it(
    site: Site, visitor: Visitor
) -> None:
    with far_from_runpod(site, "submitter") as far:
        job = visitor.create(a_prompt())
        seconds_until(lambda: row(site, job)["attempt"] in AS_IT_POSTS, 30)
        assert far.stop() == 0
        assert row(site, job)["attempt"] not in AS_IT_POSTS
    all_done(visitor, [job], 60)
    assert visitor.job(job["id"])["attempts"] == 1


def test_a_submitter_that_loses_its_broker_while_it_posts_writes_down_what_came_of_it(
    site: Site, visitor: Visitor
) -> None:
    with far_from_runpod(site, "submitter") as far:
        job = visitor.create(a_prompt())
        seconds_until(lambda: row(site, job)["attempt"] in AS_IT_POSTS, 30)
        site.to_broker.reset()
        all_done(visitor, [job], 60)
        assert visitor.job(job["id"])["attempts"] == 1
        # A webhook would have the job adopted all the same, later; RunPod's answer is not lost.
        seconds_until(lambda: '"event": "submitted"' in far.log.read_text(encoding="utf-8"), 30)


def test_a_storer_that_loses_its_broker_while_it_fetches_hands_the_job_over(
    site: Site, visitor: Visitor
) -> None:
    with far_from_runpod(site, "storer"):
        job = visitor.create(a_prompt())
        seconds_until(lambda: row(site, job)["leased"] and row(site, job)["state"] == "storing", 30)
        epoch = row(site, job)["lease_epoch"]
        site.to_broker.reset()

        now = row(site, job)

        def let_go() -> bool:
            nonlocal now
            now = row(site, job)
            return not now["leased"] or now["lease_epoch"] > epoch

        seconds_until(let_go, 30)
        # The message may come back at once: then the next owner has it between two looks.
        assert now["state"] == "storing" or now["lease_epoch"] > epoch, "it was kept to the end"
    all_done(visitor, [job], 60)
    assert visitor.job(job["id"])["attempts"] == 1


@pytest.mark.asyncio
async def test_an_errand_is_finished_although_nobody_waits_any_more() -> None:
    done = []

    async def errand() -> None:
        await asyncio.sleep(0.1)
        done.append(time.monotonic())

    errands = Errands()
    waiting = asyncio.create_task(errands.run(errand()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert done == []
    await errands.finish()
    assert len(done) == 1


def test_a_gateway_that_leaves_says_so_and_serves_until_it_was_noticed(site: Site) -> None:
    port = free_port()
    given = {"PORT": str(port), "LEAVE_NOTICE_SECONDS": "10"}
    leaving = site.stack.spawn("gateway", given)
    leaving.wait_ready()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        seconds_until(lambda: client.get("/health").status_code == httpx.codes.OK, 60)
        leaving.popen.send_signal(signal.SIGTERM)
        seconds_until(lambda: client.get("/health").status_code == 503, 10)
        answer = client.get("/v1/config")
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["connection"] == "close"
    assert leaving.popen.wait(40) == 0


@pytest.mark.parametrize(
    ("trouble", "told_after_seconds"), [("refuse", 0), ("black_hole", 0), ("black_hole", 14)]
)
def test_a_worker_ends_in_order_although_the_broker_is_away(
    site: Site, trouble: str, told_after_seconds: float
) -> None:
    """A dead link is noticed after 18 s: by then, while it runs or while it ends."""
    (worker,) = site.stack.running("storer")
    getattr(site.to_broker, trouble)()
    time.sleep(told_after_seconds)
    assert worker.stop() == 0
