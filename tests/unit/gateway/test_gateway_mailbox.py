"""A listener's mailbox."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from gateway.stream.news import JobNews
from gateway.stream.subscription import Subscription

pytestmark = pytest.mark.asyncio


def news(seq: int, *, progress: bool = False) -> JobNews:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return JobNews(
        UUID(int=1), seq, at, b"{}", is_stage=not progress, is_progress=progress, is_end=False
    )


def mailbox(left: list[Subscription], size: int = 3) -> Subscription:
    return Subscription(UUID(int=2), None, left.append, size=size)


async def drained(box: Subscription) -> list[int]:
    seqs = []
    while isinstance(one := await box.next(0), JobNews):
        seqs.append(one.seq)
    return seqs


async def test_news_come_in_order() -> None:
    box = mailbox([])
    for seq in (1, 2, 3):
        box.offer(news(seq))
    assert await drained(box) == [1, 2, 3]


async def test_a_full_mailbox_drops_progress_first() -> None:
    box = mailbox([])
    for seq in (1, 2, 3):
        box.offer(news(seq, progress=seq == 2))
    box.offer(news(4, progress=True))
    box.offer(news(5))
    assert await drained(box) == [1, 3, 5]
    assert not box.closed


async def test_a_mailbox_full_of_what_may_not_be_lost_closes() -> None:
    left: list[Subscription] = []
    box = mailbox(left)
    for seq in (1, 2, 3, 4):
        box.offer(news(seq))
    assert box.closed
    assert left == [box]
    assert await box.next(1) is None
    box.offer(news(5))
    box.close()
    assert left == [box]


async def test_waiting_ends_with_news_or_with_the_mailbox() -> None:
    box = mailbox([])
    waiting = asyncio.create_task(box.next(5))
    await asyncio.sleep(0)
    box.offer(news(1))
    assert isinstance(await waiting, JobNews)
    waiting = asyncio.create_task(box.next(5))
    await asyncio.sleep(0)
    box.close()
    assert await waiting is None


async def test_waiting_in_vain_ends_in_time() -> None:
    assert await mailbox([]).next(0.01) is None
