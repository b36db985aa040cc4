"""The line before the decoders."""

import asyncio

import pytest

from shared.errors import TransientError
from shared.images.line import Line

pytestmark = pytest.mark.asyncio


class Work:
    """Turns that take as many seconds as they are told to, on a clock of their own."""

    def __init__(self, *, places: int, patience_seconds: float) -> None:
        self._now = 0.0
        self._let_go = asyncio.Event()
        self.line = Line(places, patience_seconds, clock=lambda: self._now)

    async def take(self, seconds: float = 0.0) -> None:
        async with self.line.turn():
            await self._let_go.wait()
            self._now += seconds

    async def begin(self, count: int) -> list[asyncio.Task[None]]:
        tasks = [asyncio.ensure_future(self.take()) for _ in range(count)]
        await asyncio.sleep(0)
        return tasks

    async def finish(self, tasks: list[asyncio.Task[None]]) -> None:
        self._let_go.set()
        await asyncio.gather(*tasks)
        self._let_go.clear()


async def test_so_many_are_in_at_a_time_as_there_are_places() -> None:
    work = Work(places=2, patience_seconds=0.05)
    tasks = await work.begin(2)

    with pytest.raises(TransientError) as caught:
        await work.take()

    assert caught.value.retry_after_seconds == 0.05
    await work.finish(tasks)


async def test_who_would_wait_too_long_is_told_at_once() -> None:
    work = Work(places=2, patience_seconds=60)
    work_learns = asyncio.ensure_future(work.take(seconds=600))
    await asyncio.sleep(0)
    await work.finish([work_learns])
    tasks = await work.begin(2 + 2)

    async with asyncio.timeout(1):
        with pytest.raises(TransientError) as caught:
            await work.take()

    assert caught.value.retry_after_seconds == pytest.approx(2 * 60.18 / 2)
    await work.finish(tasks)


async def test_short_turns_make_the_line_short_again() -> None:
    work = Work(places=1, patience_seconds=60)
    slow = asyncio.ensure_future(work.take(seconds=6000))
    await asyncio.sleep(0)
    await work.finish([slow])
    for _ in range(60):
        await work.finish(await work.begin(1))

    tasks = await work.begin(1 + 20)
    await work.finish([*tasks, *await work.begin(1)])


async def test_whoever_gives_up_leaves_the_line() -> None:
    work = Work(places=1, patience_seconds=60)
    tasks = await work.begin(2)
    tasks[1].cancel()
    await work.finish(tasks[:1])

    await work.finish(await work.begin(1))
