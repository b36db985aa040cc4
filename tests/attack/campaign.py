"""The attack itself: mutants from several senders at once, beside connections that dawdle."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from attack.mutants import Kind, kind_of, mutant
from attack.target import Footprint, Target
from attack.watch import Watch
from attack.wire import Answer, send

PROGRESS_SECONDS: Final = 5.0
POOLED_LIMIT: Final = 16
"""Connections to Postgres and to the store that stay open; 200 uploads are cut and 200 dawdle."""

_WARM_UP: Final = 200
_WARM_UP_SEED: Final = 0
_DAWDLE_SECONDS: Final = 1.0
_SETTLE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard to attack.

    ``senders`` is the number of requests at a time; ``dawdlers`` the number of connections that
    send a byte of their headers a second meanwhile.
    """

    seed: int = 1
    count: int = 10_000
    senders: int = 4
    dawdlers: int = 200
    warm_up: int = _WARM_UP


@dataclass(frozen=True, slots=True)
class Shot:
    """A mutant and what came back; no answer when there was no end of it in time."""

    index: int
    kind: Kind
    answer: Answer | None


@dataclass
class Outcome:
    """Everything that was seen."""

    plan: Plan
    shots: list[Shot] = field(default_factory=list)
    seconds: float = 0.0
    before: Footprint | None = None
    after: Footprint | None = None
    watch: Watch | None = None
    rows_expected: int = 0
    rows: int = 0
    unclean: list[str] = field(default_factory=list)
    dawdled_seconds: list[float] = field(default_factory=list)


def attack(target: Target, plan: Plan, say: Callable[[str], None]) -> Outcome:
    """Send every mutant of a plan and return what was seen."""
    outcome = Outcome(plan)
    warm_up = Plan(seed=_WARM_UP_SEED, count=plan.warm_up, senders=plan.senders, dawdlers=0)
    warmed = asyncio.run(_attack(target, warm_up, lambda _: None, []))
    outcome.before = _settled(target, None)
    with Watch(target.pid) as outcome.watch:
        began = time.monotonic()
        outcome.shots = asyncio.run(_attack(target, plan, say, outcome.dawdled_seconds))
        outcome.seconds = time.monotonic() - began
        outcome.after = _settled(target, outcome.before)
    outcome.rows_expected = sum(_accepted(shot) for shot in (*warmed, *outcome.shots))
    outcome.rows = len(target.jobs())
    outcome.unclean = target.unclean_pictures()
    return outcome


def _accepted(shot: Shot) -> bool:
    return shot.answer is not None and shot.answer.status == 202


def _settled(target: Target, before: Footprint | None) -> Footprint:
    """Return what the service holds once what was cut off is cleared away, or does not go."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        now = target.footprint()
        if before is None or time.monotonic() > deadline:
            return now
        if (
            now.files_left <= before.files_left
            and now.processes <= before.processes
            and now.open_files <= before.open_files + POOLED_LIMIT
        ):
            return now
        time.sleep(0.1)


async def _attack(
    target: Target, plan: Plan, say: Callable[[str], None], held: list[float]
) -> list[Shot]:
    indices = iter(range(plan.count))
    shots: list[Shot] = []
    dawdlers = [asyncio.create_task(_dawdle(target.url, held)) for _ in range(plan.dawdlers)]
    telling = asyncio.create_task(_tell(shots, plan, say))
    try:
        await asyncio.gather(
            *(_fire(target, plan.seed, indices, shots) for _ in range(plan.senders))
        )
    finally:
        for task in (*dawdlers, telling):
            task.cancel()
        await asyncio.gather(*dawdlers, telling, return_exceptions=True)
    return shots


async def _fire(target: Target, seed: int, indices: Iterator[int], shots: list[Shot]) -> None:
    for index in indices:
        # Making a bomb takes the processor for a while, which is none of the gateway's time.
        made = await asyncio.to_thread(mutant, seed, index)
        try:
            answer: Answer | None = await send(target.url, target.cookie, made.form)
        except TimeoutError:
            answer = None
        shots.append(Shot(index, kind_of(index), answer))


async def _dawdle(url: str, held: list[float]) -> None:
    """Open a connection, send a byte of a header a second, and open another when it is closed."""
    address = urlsplit(url)
    while True:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        began = time.monotonic()
        writing = asyncio.create_task(_drip(writer))
        try:
            with suppress(ConnectionError):
                await reader.read()
        finally:
            held.append(time.monotonic() - began)
            writing.cancel()
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"POST /v1/jobs HTTP/1.1\r\nhost: x\r\nx-slow: ")
    while True:
        writer.write(b"a")
        await asyncio.sleep(_DAWDLE_SECONDS)


async def _tell(shots: list[Shot], plan: Plan, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        statuses = Counter(shot.answer.status if shot.answer else None for shot in shots)
        rate = len(shots) / (time.monotonic() - began)
        say(f"{len(shots)}/{plan.count} sent, {rate:.0f} a second, {dict(statuses)}")
