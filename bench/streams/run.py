"""Opens streams at one gateway and measures it, silent and when something happens."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bench.arena import Arena
from bench.contenders.contender import Need
from bench.helper import Helper
from bench.measures.cpu import CpuReading
from bench.measures.figures import percentile
from bench.measures.memory import pss_mib
from bench.product import GATEWAY, Product, running_product

Say = Callable[[str], None]

ACCOUNT_EVENTS: Final = "/v1/events"
CANCELLED: Final = '"job.cancelled"'
ANSWER_SECONDS: Final = 30.0
OPENING_SECONDS: Final = 120.0
GUESTS_AT_ONCE: Final = 16
GETS: Final = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """How many streams there are.

    Attributes:
        idle: streams of as many accounts, to which nothing happens.
        listeners: streams of one account, to whose job something does.
        quiet_seconds: for which the idle ones are watched; several times what lies between two
            signs of life.
    """

    idle: int = 5000
    listeners: int = 1000
    quiet_seconds: float = 45.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured.

    Attributes:
        opened: idle streams that are open, of those that were wanted.
        opened_per_second: while they were opened one after the other.
        before_mib: the gateway's memory before the first of them.
        after_mib: with all of them, after they were silent for a while.
        quiet_cores: what the gateway uses then.
        quiet_postgres_cores: what Postgres does.
        get_ms: how long small requests take then.
        told_seconds: from asking for the cancellation to each listener's being told of it.
    """

    plan: Plan
    opened: int
    opened_per_second: float
    before_mib: float
    after_mib: float
    quiet_cores: float
    quiet_postgres_cores: float
    get_ms: Sequence[float]
    told_seconds: Sequence[float]

    @property
    def stream_kib(self) -> float:
        """Memory of one idle stream."""
        return (self.after_mib - self.before_mib) * 1024 / max(self.opened, 1)


def watch_streams(plan: Plan, arena: Arena, folder: Path, say: Say) -> Outcome:
    """Start one gateway and do it all.

    Raises:
        StackError: it does not come up.
        HelperFailed: streams were not opened, or not told in time.
        httpx.HTTPError: it refused something.
    """
    with (
        arena.site() as site,
        running_product(site, folder, {GATEWAY: 1}) as gateway,
        _helper(gateway, folder) as listeners,
    ):
        pids = {**gateway.pids(), **arena.parts()}
        say(f"{plan.idle} accounts ...")
        cookies = _open_accounts(gateway.urls[0], plan.idle)
        before_mib = pss_mib(pids[GATEWAY])
        say(f"{plan.idle} streams ...")
        began_at = time.monotonic()
        opened = _opened(listeners, cookies)
        opened_per_second = opened / (time.monotonic() - began_at)
        say(f"{opened} are open and silent ...")
        before = CpuReading.of(pids)
        time.sleep(plan.quiet_seconds)
        used = CpuReading.of(pids).since(before)
        after_mib = pss_mib(pids[GATEWAY])
        get_ms = _get_ms(gateway.urls[0])
        say(f"{plan.listeners} more, all of one account ...")
        told_seconds = _told_seconds(gateway.urls[0], listeners, plan.listeners)
    return Outcome(
        plan=plan,
        opened=opened,
        opened_per_second=opened_per_second,
        before_mib=before_mib,
        after_mib=after_mib,
        quiet_cores=used[GATEWAY] / plan.quiet_seconds,
        quiet_postgres_cores=used.get(Need.POSTGRES, 0.0) / plan.quiet_seconds,
        get_ms=get_ms,
        told_seconds=told_seconds,
    )


@contextmanager
def _helper(gateway: Product, folder: Path) -> Iterator[Helper]:
    command = [sys.executable, "-m", "bench.streams.listeners", gateway.urls[0]]
    helper = Helper(command, os.environ, folder / "logs" / "listeners.log")
    try:
        yield helper
    finally:
        helper.stop()


def _opened(listeners: Helper, cookies: Sequence[str]) -> int:
    order = {"open": cookies, "path": ACCOUNT_EVENTS}
    return int(listeners.ask(order, takes_seconds=OPENING_SECONDS))


def _open_accounts(url: str, count: int) -> list[str]:
    """Return the cookie of each of as many new guests."""
    with (
        httpx.Client(base_url=url, trust_env=False, timeout=ANSWER_SECONDS) as http,
        ThreadPoolExecutor(GUESTS_AT_ONCE) as threads,
    ):
        return list(threads.map(lambda _: _open_account(http), range(count)))


def _open_account(http: httpx.Client) -> str:
    # Without the cookies of the guest before, which the client has kept.
    answer = http.post("/v1/session", headers={"Cookie": ""}).raise_for_status()
    return answer.headers["set-cookie"].partition(";")[0]


def _get_ms(url: str) -> list[float]:
    taken = []
    with httpx.Client(base_url=url, trust_env=False, timeout=ANSWER_SECONDS) as http:
        http.post("/v1/session").raise_for_status()
        for _ in range(GETS):
            began_at = time.perf_counter()
            http.get("/v1/account").raise_for_status()
            taken.append(1000 * (time.perf_counter() - began_at))
    return taken


def _told_seconds(url: str, listeners: Helper, count: int) -> list[float]:
    """Cancel a job whose account has many streams, and return when each was told, in seconds."""
    with httpx.Client(base_url=url, trust_env=False, timeout=ANSWER_SECONDS) as http:
        http.post("/v1/session").raise_for_status()
        cookie = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        job = http.post("/v1/jobs", files={"prompt": (None, "a quiet lake")}).raise_for_status()
        _opened(listeners, [cookie] * count)
        listeners.ask({"arm": CANCELLED, "count": count})
        asked_at = time.time()
        http.post(f"/v1/jobs/{job.json()['id']}/cancel").raise_for_status()
        told_at: list[float] = listeners.ask({"told": CANCELLED})
    return [at - asked_at for at in told_at]


def spread(values: Sequence[float]) -> str:
    """Return median, 99th percentile and longest in words."""
    found = (percentile(values, percent) for percent in (50, 99, 100))
    return "p50 {:.3f}, p99 {:.3f}, longest {:.3f}".format(*found)
