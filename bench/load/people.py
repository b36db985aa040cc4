"""People: each has one wish after the other, follows it to its end, and fetches the picture."""

import asyncio
import time
import uuid
from collections.abc import Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final

import aiohttp

from bench.load.api import TERMINAL, Browser, Job, Refused
from bench.load.journal import (
    DOWNLOAD,
    HEARD,
    UPLOAD,
    End,
    Errand,
    Journal,
    finished_at,
    stage_seconds,
)
from bench.load.wishes import Wish

LOOK_SECONDS: Final = 1.0
WAIT_SECONDS: Final = 300.0
"""For how long a person waits for a picture."""

LISTEN_AGAIN_SECONDS: Final = 0.5

_BROKEN: Final = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the studio.

    Args:
        browser: their session.
        wants: their wishes.
        journal: where everything is written down.
        over: set when no new wish begins.
    """

    browser: Browser
    wants: Iterator[Wish]
    journal: Journal
    over: asyncio.Event

    async def live(self) -> None:
        """Go on until it is over; a wish that has begun is followed to its end."""
        wish = next(self.wants)
        await self._pause(wish.pause_seconds)
        has_account = False
        while not self.over.is_set():
            errand = Errand(began_at=time.time())
            self.journal.open_now += 1
            try:
                if not has_account:
                    await self._open_account()
                    has_account = True
                has_account = await self._run(wish, errand)
            except Refused as refused:
                errand.end, errand.why = End.REFUSED, str(refused)[:200]
            except _BROKEN as error:
                errand.end, errand.why = End.BROKEN, repr(error)[:200]
            finally:
                self.journal.open_now -= 1
                errand.ended_at = errand.ended_at or time.time()
            if has_account or errand.why:
                self.journal.errands.append(errand)
                wish = next(self.wants)
                await self._pause(wish.pause_seconds)

    async def _open_account(self) -> None:
        await self.browser.open_account()
        self.journal.accounts += 1

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.over.wait()
        except TimeoutError:
            return

    async def _run(self, wish: Wish, errand: Errand) -> bool:
        """Live through one wish; False when it takes another account first."""
        errand.began_at = time.time()
        asked = await self.browser.ask(wish, uuid.uuid4().hex)
        if asked is None:
            return False
        errand.seconds[UPLOAD] = time.time() - errand.began_at
        errand.sent_bytes, errand.come_backs = asked.sent_bytes, asked.come_backs
        job = await self._follow(asked.job, wish, errand)
        errand.ended_at = time.time()
        if job is None:
            errand.why = f"no end within {WAIT_SECONDS:.0f} s"
            return True
        errand.seconds |= stage_seconds(job)
        errand.seconds[HEARD] = max(errand.ended_at - finished_at(job), 0.0)
        await self._take(job, wish, errand)
        return True

    async def _take(self, job: Job, wish: Wish, errand: Errand) -> None:
        match job["status"]:
            case "done":
                began_at = time.time()
                await self.browser.download(job)
                errand.ended_at = time.time()
                errand.seconds[DOWNLOAD] = errand.ended_at - began_at
                errand.end = End.DONE
                if wish.deletes:
                    await self.browser.delete(job["id"])
            case "cancelled" if wish.patience_seconds is not None:
                errand.end = End.CANCELLED
            case status:
                errand.end = End.FAILED
                errand.why = f"{status}: {(job['error'] or {}).get('code')}"

    async def _follow(self, job: Job, wish: Wish, errand: Errand) -> Job | None:
        """Return the job as it ended, or None when it did not in time."""
        impatience = asyncio.create_task(self._lose_patience(job["id"], wish, errand))
        try:
            return await self._see_end(job["id"], wish, errand)
        finally:
            impatience.cancel()
            await asyncio.wait([impatience])

    async def _see_end(self, job_id: str, wish: Wish, errand: Errand) -> Job | None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while True:
                    job = await (self._hear(job_id, errand) if wish.listens else self._look(job_id))
                    if job is not None and job["status"] in TERMINAL:
                        return job
        except TimeoutError:
            return None

    async def _look(self, job_id: str) -> Job:
        await asyncio.sleep(LOOK_SECONDS)
        return await self.browser.look(job_id)

    async def _hear(self, job_id: str, errand: Errand) -> Job | None:
        """Listen until the job or its stream ends; as a browser does, wait before the next one."""
        errand.streams += 1
        with suppress(*_BROKEN):
            async with aclosing(self.browser.listen(job_id)) as heard:
                async for job in heard:
                    if job["status"] in TERMINAL:
                        return job
        await asyncio.sleep(LISTEN_AGAIN_SECONDS)
        return None

    async def _lose_patience(self, job_id: str, wish: Wish, errand: Errand) -> None:
        if wish.patience_seconds is None:
            return
        await asyncio.sleep(wish.patience_seconds)
        try:
            await self.browser.cancel(job_id)
        except (Refused, *_BROKEN) as error:
            errand.why = repr(error)[:200]
