"""Whatever happens to the broker or to the way there, the workers work again by themselves."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractIncomingMessage
from e2e.stack import Process
from e2e.visitor import Visitor, a_prompt

from liveness.site import WORKERS, Site, all_done, figures, seconds_until, supervised
from shared.broker.publisher import PUBLISH_TIMEOUT_SECONDS

pytestmark = pytest.mark.timeout(400)
GENEROUS_SECONDS = 100
"""Several times what it takes: that they work again is the point, `figures` say how soon."""


def is_ready(process: Process) -> bool:
    return httpx.get(process.health_url, timeout=2).status_code == httpx.codes.OK


@pytest.mark.parametrize("hole_seconds", [20, 60])
def test_behind_a_black_hole_consumers_come_back(
    site: Site,
    visitor: Visitor,
    hole_seconds: int,
    record_property: Any,  # noqa: ANN401
) -> None:
    all_done(visitor, [visitor.create(a_prompt())], 30)
    with supervised(site.stack, *WORKERS):
        site.to_broker.black_hole()
        jobs = [visitor.create(a_prompt()) for _ in range(3)]
        time.sleep(hole_seconds)
        site.to_broker.heal()
        back = all_done(visitor, jobs, GENEROUS_SECONDS)
    figures(record_property, seconds_after_heal=back)


@pytest.mark.parametrize("queue", ["submitter.job-created", "storer.job-completed"])
def test_a_deleted_queue_is_declared_again_and_heard(
    site: Site,
    visitor: Visitor,
    queue: str,
    record_property: Any,  # noqa: ANN401
) -> None:
    all_done(visitor, [visitor.create(a_prompt())], 30)
    with supervised(site.stack, *WORKERS):
        site.broker.delete_queue(queue)
        figures(record_property, seconds=all_done(visitor, [visitor.create(a_prompt())], 90))


def test_a_killed_broker_is_used_again_once_it_listens(
    site: Site,
    visitor: Visitor,
    record_property: Any,  # noqa: ANN401
) -> None:
    all_done(visitor, [visitor.create(a_prompt())], 30)
    with supervised(site.stack, *WORKERS) as exits:
        site.broker.kill()
        jobs = [visitor.create(a_prompt()) for _ in range(3)]
        with ThreadPoolExecutor(1) as beside:
            starting = beside.submit(site.broker.start)
            seconds_until(site.broker.listens, GENEROUS_SECONDS)
            working = seconds_until(
                lambda: all(is_ready(p) for w in WORKERS for p in site.stack.running(w)),
                GENEROUS_SECONDS,
            )
            starting.result()
        done = all_done(visitor, jobs, 60)
    figures(record_property, consumers_after_the_port_opens=working, jobs_done_after_that=done)
    assert exits == []


def test_a_broker_that_lost_everything_gets_its_topology_and_every_job_ends(
    site: Site,
    visitor: Visitor,
    record_property: Any,  # noqa: ANN401
) -> None:
    site.stack.timings(execution_ms=3000)
    with supervised(site.stack, *WORKERS):
        jobs = [visitor.create(a_prompt()) for _ in range(6)]
        site.broker.kill()
        site.broker.wipe()
        jobs += [visitor.create(a_prompt()) for _ in range(3)]
        site.broker.start()
        figures(record_property, seconds_after_the_start=all_done(visitor, jobs, 120))


def test_while_the_broker_is_out_of_memory_the_gateway_takes_jobs(
    site: Site,
    visitor: Visitor,
    record_property: Any,  # noqa: ANN401
) -> None:
    all_done(visitor, [visitor.create(a_prompt())], 30)
    with supervised(site.stack, *WORKERS):
        site.broker.raise_memory_alarm()
        try:
            jobs, took = [], []
            for _ in range(25):
                begun = time.monotonic()
                jobs.append(visitor.create(a_prompt()))
                took.append(time.monotonic() - begun)
                time.sleep(0.4)
        finally:
            site.broker.end_memory_alarm()
        done = all_done(visitor, jobs, 90)
    figures(record_property, jobs=len(jobs), slowest_seconds=max(took), done_after_the_alarm=done)
    # A gateway that waited for the broker would take the whole of it each time.
    assert median(took) < PUBLISH_TIMEOUT_SECONDS / 2


async def drop(message: AbstractIncomingMessage) -> None:
    _ = message


async def take_everything(url: str, queue: str, until_over: asyncio.Event) -> None:
    """Consume a queue before anybody else gets anything from it."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        source = await channel.get_queue(queue)
        await source.consume(drop, no_ack=True, arguments={"x-priority": 10})
        await until_over.wait()


def test_a_consumer_that_hears_nothing_ends_its_process_with_1(site: Site) -> None:
    (deaf,) = site.stack.running("submitter")
    (healthy,) = site.stack.running("storer")

    async def listen_for_it() -> int:
        over = asyncio.Event()
        robber = asyncio.create_task(
            take_everything(site.broker.url, "submitter.job-created", over)
        )
        try:
            return await asyncio.to_thread(deaf.popen.wait, 60)
        finally:
            over.set()
            await robber

    assert asyncio.run(listen_for_it()) == 1
    assert "canaries in vain" in deaf.log.read_text(encoding="utf-8")
    assert healthy.popen.poll() is None
