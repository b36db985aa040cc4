"""Photos at one gateway: how many it takes, and whether many at once need more memory."""

import asyncio
import itertools
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from bench.arena import Arena
from bench.helper import Helper
from bench.load.api import Browser, Refused
from bench.load.pictures import Photo, make_photo
from bench.load.wishes import Wish
from bench.loopback import require_loopback
from bench.measures.memory import own_pss_mib
from bench.product import GATEWAY, running_product
from bench.vitals.part import Claim, Part, Say, Watch
from bench.vitals.plan import Plan

RATE_SHARE: Final = 0.5
FLAT_MIB: Final = 30
LOOK_SECONDS: Final = 0.2
FIRST_SECONDS: Final = 30.0
"""For so long a first upload is waited for beyond the time that was planned."""


@dataclass(frozen=True, slots=True)
class Uploading:
    """Some uploads at a time, for a while.

    Attributes:
        per_second: accepted, after the lead.
        most_mib: the gateway's own memory at its highest.
        come_backs: how often somebody was asked to come back.
    """

    per_second: float
    most_mib: float
    come_backs: int


@dataclass(frozen=True, slots=True)
class Uploads:
    """What a photo costs the gateway beside its decoding.

    Attributes:
        photo_bytes: of the photo as uploaded.
        decoded_per_second: photos that all cores prepare when they do nothing else.
        one: one upload at a time.
        few: as many as a rate is promised for.
        many: as many as the memory is promised for.
    """

    plan: Plan
    photo_bytes: int
    decoded_per_second: float
    one: Uploading
    few: Uploading
    many: Uploading

    def claims(self) -> list[Claim]:
        """Return what is promised."""
        plan, share = self.plan, self.few.per_second / self.decoded_per_second
        grown_mib = self.many.most_mib - self.one.most_mib
        return [
            Claim(
                share >= RATE_SHARE,
                f"photos of {self.photo_bytes / 1e6:.1f} MB, {plan.few_at_once} at a time: at least"
                f" {RATE_SHARE} of what the cores decode",
                f"{share:.2f}: {self.few.per_second:.1f} of {self.decoded_per_second:.1f} a second",
            ),
            Claim(
                abs(grown_mib) <= FLAT_MIB,
                f"the gateway's memory with {plan.many_at_once} uploads at a time is that with one,"
                f" give or take {FLAT_MIB} MiB",
                f"{grown_mib:+.0f} MiB: {self.one.most_mib:.0f} with one,"
                f" {self.few.most_mib:.0f} with {plan.few_at_once},"
                f" {self.many.most_mib:.0f} with {plan.many_at_once}",
            ),
        ]


def measure_uploads(plan: Plan, arena: Arena, folder: Path, say: Say) -> Part:
    """Decode on all cores, then upload to a gateway that stores into the sink.

    Raises:
        StackError: the gateway does not come up.
        HelperFailed: nothing was decoded.
        Refused: an upload was not taken.
    """
    photo, watch = make_photo(plan.photo, seed=1), Watch()
    with arena.site() as site, running_product(site, folder, {GATEWAY: 1}) as gateway:
        (pid,) = gateway.pids()[GATEWAY]
        source = folder / photo.name
        source.write_bytes(photo.content)
        say(f"uploads: decoding alone, {plan.decode_seconds:.0f} s ...")
        with watch.measuring():
            decoded = _decoded_per_second(source, plan.decode_seconds, folder)

        def upload(at_once: int) -> Uploading:
            say(f"uploads: {at_once} at a time, {plan.upload_seconds:.0f} s ...")
            with watch.measuring():
                return asyncio.run(_upload(gateway.urls[0], photo, at_once, plan, pid))

        one, few, many = map(upload, (1, plan.few_at_once, plan.many_at_once))
    outcome = Uploads(plan, len(photo.content), decoded, one, few, many)
    note = (
        f"JPEG of {plan.photo.width} x {plan.photo.height}; with one at a time"
        f" {one.per_second:.1f} a second, with {plan.many_at_once} {many.per_second:.1f} and"
        f" {many.come_backs} times somebody was asked to come back. The senders are on the same"
        " cores."
    )
    return Part("Uploads", outcome.claims(), note, watch.disturbance)


def _decoded_per_second(source: Path, seconds: float, folder: Path) -> float:
    order = {"source": str(source), "seconds": seconds}
    with _decoders(folder) as decoders, ThreadPoolExecutor(len(decoders)) as threads:
        return sum(threads.map(lambda one: float(one.ask(order, takes_seconds=seconds)), decoders))


@contextmanager
def _decoders(folder: Path) -> Iterator[list[Helper]]:
    """Start as many as there are cores for us."""
    command = [sys.executable, "-m", "bench.vitals.decoding"]
    with ExitStack() as opened:
        started = []
        for _ in os.sched_getaffinity(0):
            decoder = Helper(command, os.environ, folder / "logs" / "decoding.log")
            opened.callback(decoder.stop)
            started.append(decoder)
        yield started


async def _upload(url: str, photo: Photo, at_once: int, plan: Plan, pid: int) -> Uploading:
    clock = time.monotonic
    counted_from = clock() + plan.lead_seconds
    until = clock() + plan.upload_seconds
    accepted, come_backs, most_mib = 0, 0, 0.0

    async def uploader(browser: Browser, number: int) -> None:
        nonlocal accepted, come_backs
        await browser.open_account()
        for turn in itertools.count():
            asked = await browser.ask(_wish(photo), f"upload-{at_once}-{number}-{turn}")
            if asked is None:
                raise Refused("an account has no credits left")
            come_backs += asked.come_backs
            accepted += clock() >= counted_from

    async with AsyncExitStack() as opened:
        connector = await opened.enter_async_context(aiohttp.TCPConnector(limit=0))
        uploaders = [
            asyncio.create_task(uploader(browser, number))
            for number in range(at_once)
            for browser in [
                await opened.enter_async_context(Browser(require_loopback(url), connector))
            ]
        ]
        opened.push_async_callback(_end, uploaders)
        while clock() < until or (not accepted and clock() < until + FIRST_SECONDS):
            most_mib = max(most_mib, own_pss_mib(pid))
            await _watched(uploaders)
        seconds = clock() - counted_from
        return Uploading(accepted / seconds, most_mib, come_backs)


async def _watched(uploaders: "list[asyncio.Task[None]]") -> None:
    """Wait a little; whoever cannot go on ends it all."""
    ended, _ = await asyncio.wait(
        uploaders, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_EXCEPTION
    )
    for task in ended:
        task.result()


async def _end(uploaders: "list[asyncio.Task[None]]") -> None:
    for task in uploaders:
        task.cancel()
    for task in uploaders:
        with suppress(asyncio.CancelledError):
            await task


def _wish(photo: Photo) -> Wish:
    return Wish(
        prompt="a rainy night",
        ratio="1:1",
        photo=photo,
        listens=False,
        patience_seconds=None,
        deletes=False,
        pause_seconds=0,
    )
