"""A listener's mailbox."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from gateway.stream.news import JobNews
from gateway.stream.subscription import BEAT, Subscription

pytestmark = pytest.mark.asyncio


def news(seq: int, *, progress: bool = False) -> JobNews:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return JobNews(
        UUID(int=1), seq, at, b"{}", is_stage=not progress, is_progress=progress, is_end=False
    )


def mailbox(left: list[Subscription], size: int = 3) -> Subscription:
    return Subscription(UUID(int=2), None, left.append, size=size)


async def taken(box: Subscription, count: int) -> list[int]:
    return [one.seq for _ in range(count) if isinstance(one := await box.next(), JobNews)]


async def test_news_come_in_order() -> None:
    box = mailbox([])
    for seq in (1, 2, 3):
        box.offer(news(seq))
    assert await taken(box, 3) == [1, 2, 3]


async def test_a_full_mailbox_drops_progress_first() -> None:
    box = mailbox([])
    for seq in (1, 2, 3):
        box.offer(news(seq, progress=seq == 2))
    box.offer(news(4, progress=True))
    box.offer(news(5))
    assert await taken(box, 3) == [1, 3, 5]
    assert not box.closed


async def test_a_mailbox_full_of_what_may_not_be_lost_closes() -> None:
    left: list[Subscription] = []
    box = mailbox(left)
    for seq in (1, 2, 3, 4):
        box.offer(news(seq))
    assert box.closed
    assert left == [box]
    assert await box.next() is None
    box.offer(news(5))
    box.close()
    assert left == [box]


async def test_waiting_ends_with_news_or_with_the_mailbox() -> None:
    box = mailbox([])
    waiting = asyncio.create_task(box.next())
    await asyncio.sleep(0)
    box.offer(news(1))
    assert isinstance(await waiting, JobNews)
    waiting = asyncio.create_task(box.next())
    await asyncio.sleep(0)
    box.close()
    assert await waiting is None


async def test_a_beat_comes_before_the_news_and_once_however_many_were_due() -> None:
    box = mailbox([])
    box.beat_every(0.01)
    await asyncio.sleep(0.05)
    box.offer(news(1))
    assert await box.next() is BEAT
    assert await taken(box, 1) == [1]
    assert await box.next() is BEAT


async def test_a_closed_mailbox_beats_no_more() -> None:
    box = mailbox([])
    box.beat_every(0.01)
    box.close()
    await asyncio.sleep(0.02)
    assert await box.next() is None
