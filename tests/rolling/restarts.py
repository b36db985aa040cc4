"""The restarts: a new process, then the end of the old one, service after service."""

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from e2e.stack import SERVICES, UNLIMITED, Addresses, Process, Stack, free_port

from rolling.people import Balancer, Noticed, Person

DRAIN_LIMIT_SECONDS = 25.0
QUIET_SECONDS = 1.0
"""Between two restarts the newcomer does some work."""
NO_STUDIO = Path("/nonexistent")
EXECUTION = {"delay_ms": 50, "execution_ms": 300, "cold_start_ms": 300, "workers": 4}
ATTEMPTS = """
SELECT count(*) FILTER (WHERE state = 'completed')::int AS completed, count(*)::int AS attempts,
       count(*) FILTER (WHERE state IN ('unknown', 'abandoned'))::int AS unknown FROM attempts
"""
JOBS = "SELECT state, count(*)::int AS jobs FROM jobs GROUP BY state"


@dataclass(frozen=True)
class Restart:
    """One process that made way for another."""

    service: str
    ready_seconds: float
    drain_seconds: float
    exit_code: int


@dataclass
class Outcome:
    """Everything that was measured."""

    restarts: list[Restart]
    noticed: Noticed
    jobs: dict[str, int]
    attempts: int
    unknown_attempts: int
    submissions: int
    said_unknown: int
    seconds: float
    problems: list[str] = field(default_factory=list)

    def judge(self) -> None:
        """Note what must not be."""
        accepted = len(self.noticed.job_ids)
        wrong = {
            "requests failed": self.noticed.failures,
            "jobs did not end well": {s: n for s, n in self.jobs.items() if s != "done"},
            "people did not hear the end": {
                s: n for s, n in self.noticed.ended.items() if s != "done"
            },
            "jobs were lost": accepted - sum(self.jobs.values()),
            "attempts are unknown": self.unknown_attempts or self.said_unknown,
            "attempts were made twice": self.attempts - accepted,
            "submissions were made twice": self.submissions - accepted,
            "processes did not end with 0": [r for r in self.restarts if r.exit_code],
            "drains took too long": [
                r for r in self.restarts if r.drain_seconds > DRAIN_LIMIT_SECONDS
            ],
        }
        self.problems = [f"{name}: {found}" for name, found in wrong.items() if found]

    def markdown(self) -> str:
        """Return the report."""
        drains = [restart.drain_seconds for restart in self.restarts]
        seen = self.noticed
        rows = [
            f"| {r.service} | {r.ready_seconds:.1f} | {r.drain_seconds:.1f} | {r.exit_code} |"
            for r in self.restarts
        ]
        return "\n".join(
            [
                f"# {len(self.restarts)} rolling restarts under load",
                "",
                f"- verdict: {'; '.join(self.problems) or 'nothing was lost'}",
                f"- jobs: {len(seen.job_ids)} accepted, {self.jobs.get('done', 0)} done",
                f"- attempts: {self.attempts}, of them unknown: {self.unknown_attempts}",
                f"- submissions to RunPod: {self.submissions}",
                f"- requests: {seen.requests}, failed: {len(seen.failures)}",
                f"- refused by a gateway that had left, answered by the other: {seen.refused}",
                f"- {seen.streams} event streams, {seen.streams_again} of them opened again",
                f"- longest drain {max(drains):.1f} s, all in {self.seconds:.0f} s",
                "",
                "| service | ready after s | drained in s | exit code |",
                "|---|---|---|---|",
                *rows,
                "",
            ]
        )


def roll(addresses: Addresses, folder: Path, *, restarts: int, people: int) -> Outcome:
    """Run the product, restart its services in turn under load, and return what came of it."""
    begun = time.monotonic()
    environment = {"GUEST_FREE_CREDITS": "100000", **UNLIMITED}
    with Stack(addresses, folder, NO_STUDIO, environment) as stack:
        stack.timings(**EXECUTION)
        balancer, noticed = Balancer([stack.url]), Noticed()
        with _load(balancer, noticed, people):
            services = itertools.islice(itertools.cycle(SERVICES), restarts)
            done = [_restart(stack, balancer, service) for service in services]
        states, attempts, unknown = asyncio.run(_tables(addresses.database_url))
        outcome = Outcome(
            restarts=done,
            noticed=noticed,
            jobs=states,
            attempts=attempts,
            unknown_attempts=unknown,
            submissions=len(stack.submissions("blue hills")),
            said_unknown=stack.logs().count("outcome unknown"),
            seconds=time.monotonic() - begun,
        )
    outcome.judge()
    return outcome


def _restart(stack: Stack, balancer: Balancer, service: str) -> Restart:
    (old,) = stack.running(service)
    begun = time.monotonic()
    new, url = _start(stack, service)
    new.wait_ready()
    ready_seconds = time.monotonic() - begun
    if url is not None:
        balancer.urls.append(url)
    time.sleep(QUIET_SECONDS)
    begun = time.monotonic()
    exit_code = old.stop()
    drain_seconds = time.monotonic() - begun
    if url is not None:
        del balancer.urls[0]
    return Restart(service, ready_seconds, drain_seconds, exit_code)


def _start(stack: Stack, service: str) -> tuple[Process, str | None]:
    if service != "gateway":
        return stack.spawn(service), None
    port = free_port()
    return stack.spawn(service, {"PORT": str(port)}), f"http://127.0.0.1:{port}"


@contextmanager
def _load(balancer: Balancer, noticed: Noticed, people: int) -> Iterator[None]:
    over = threading.Event()
    lives = [Person(balancer, noticed, over).live for _ in range(people)]
    threads = [threading.Thread(target=live) for live in lives]
    threads.append(threading.Thread(target=balancer.watch, args=(over,)))
    for thread in threads:
        thread.start()
    try:
        time.sleep(QUIET_SECONDS)
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


async def _tables(database_url: str) -> tuple[dict[str, int], int, int]:
    connection = await asyncpg.connect(database_url)
    try:
        states = {row["state"]: row["jobs"] for row in await connection.fetch(JOBS)}
        attempts = await connection.fetchrow(ATTEMPTS)
    finally:
        await connection.close()
    assert attempts is not None
    return states, attempts["attempts"], attempts["unknown"]
