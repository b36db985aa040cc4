"""One run: people come, stay for a while, and are waited for."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import aiohttp

from bench.load.api import Browser
from bench.load.gauges import Gauges
from bench.load.journal import GOOD, Journal
from bench.load.people import Person
from bench.load.pictures import Photo, make_photos
from bench.load.target import Target
from bench.load.wishes import wishes

PROGRESS_SECONDS: Final = 10.0
LONGEST_SECONDS: Final = 600.0
"""A run lets nobody begin anything after ten minutes."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many people come, for how long, and how they behave.

    Attributes:
        seconds: during which wishes begin; those that have begun are followed to their end.
        pause_seconds: between two wishes of a person, on average; they come within one pause.
        workers: GPUs of the simulated RunPod.
    """

    people: int = 100
    seconds: float = 120.0
    pause_seconds: float = 20.0
    workers: int = 64
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a run has found.

    Attributes:
        began_at: of the wall clock.
        seconds: until the last wish had ended.
        own_cpu_seconds: what the people themselves took of the machine.
    """

    plan: Plan
    journal: Journal
    gauges: Gauges
    began_at: float
    seconds: float
    own_cpu_seconds: float


def load(plan: Plan, target: Target, say: Say) -> Outcome:
    """Let people at a stack and return what they lived through.

    Raises:
        httpx.HTTPError: the simulated RunPod could not be told how many GPUs it has.
    """
    journal = Journal()
    gauges = Gauges(target.parts, lambda: journal.open_now)
    photos = make_photos(plan.seed)
    with target.with_workers(plan.workers):
        began_at, began, own = time.time(), time.monotonic(), time.process_time()
        with gauges:
            asyncio.run(_people(plan, target, journal, photos, say))
        seconds, own_cpu_seconds = time.monotonic() - began, time.process_time() - own
    return Outcome(plan, journal, gauges, began_at, seconds, own_cpu_seconds)


async def _people(
    plan: Plan, target: Target, journal: Journal, photos: Sequence[Photo], say: Say
) -> None:
    over = asyncio.Event()
    async with AsyncExitStack() as opened:
        connector = await opened.enter_async_context(aiohttp.TCPConnector(limit=0))
        progress = asyncio.create_task(_tell(journal, say))
        opened.callback(progress.cancel)
        async with asyncio.TaskGroup() as group:
            for number in range(plan.people):
                browser = await opened.enter_async_context(Browser(target.url, connector))
                wants = wishes(plan.seed, number, photos, plan.pause_seconds)
                group.create_task(Person(browser, wants, journal, over).live())
            await asyncio.sleep(min(plan.seconds, LONGEST_SECONDS))
            over.set()
            say(f"nothing new begins; {journal.open_now} are followed to their end")


async def _tell(journal: Journal, say: Say) -> None:
    began_at = time.monotonic()
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        bad = len(journal.errands) - sum(journal.ends()[end] for end in GOOD)
        say(
            f"{time.monotonic() - began_at:5.0f} s  {len(journal.errands)} ended, {bad} of them"
            f" badly, {journal.open_now} under way"
        )
