"""What operators look at, on the running product."""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import aio_pika
import httpx
from prometheus_client.parser import text_string_to_metric_families

from e2e.stack import SERVICES, Process, Stack
from e2e.visitor import Visitor, a_prompt

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
QUEUE = "submitter.job-created"


def metrics(process: Process) -> dict[str, dict[str, float]]:
    """Return our metrics of a process: the samples of each by their labels."""
    url = process.health_url.replace("/health/ready", "/metrics")
    text = httpx.get(url, timeout=30, trust_env=False).text
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = re.sub("_(bucket|sum|count)$", "", sample.name)
            if name.startswith("ob_") and not name.endswith("_created"):
                found.setdefault(name, {})[json.dumps(sample.labels)] = sample.value
    return found


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_every_metric_is_on_the_page_and_no_other(stack: Stack, visitor: Visitor) -> None:
    visitor.wait(visitor.create(a_prompt()))
    shown = {name for service in SERVICES for p in stack.running(service) for name in metrics(p)}
    table = PAGE.read_text(encoding="utf-8").split("## Metrics")[1].split("\n## ")[0]
    named = set(re.findall(r"`(ob_\w+)", table))
    only_in_trouble = {"ob_breaker_open", "ob_dead_messages_total"}
    assert shown - named == set()
    assert named - shown <= only_in_trouble


def test_a_life_of_a_job_leaves_every_rule_at_zero(stack: Stack, visitor: Visitor) -> None:
    assert visitor.wait(visitor.create(a_prompt()))["status"] == "done"
    (poller, *_) = stack.running("poller")
    seen = next(iter(metrics(poller)["ob_watched_timestamp_seconds"].values()))
    until(lambda: next(iter(metrics(poller)["ob_watched_timestamp_seconds"].values())) > seen)
    assert len(metrics(poller)["ob_invariant_violations"]) > 20
    until(lambda: set(metrics(poller)["ob_invariant_violations"].values()) == {0})


def test_junk_is_shown_to_the_operator_and_dismissed(stack: Stack) -> None:
    async def put() -> None:
        async with await aio_pika.connect(stack.addresses.rabbitmq_url) as connection:
            channel = await connection.channel()
            await channel.default_exchange.publish(aio_pika.Message(b"junk"), QUEUE)

    def dlq(*words: str) -> str:
        command = [sys.executable, "-m", "shared.operator", "dlq", *words]
        return subprocess.run(
            command, env=stack.environment, check=True, capture_output=True, text=True
        ).stdout

    def open_messages() -> float:
        (poller, *_) = stack.running("poller")
        return next(iter(metrics(poller)["ob_dead_messages_open"].values()))

    asyncio.run(put())
    until(lambda: open_messages() == 1)
    assert "event_unreadable" in dlq("list", "--queue", QUEUE)
    assert "No job was changed by it" in dlq("explain", "--all")
    dlq("dismiss", "--all")
    until(lambda: open_messages() == 0)
