"""The front of a stack: hands jobs in when the bench says so, and answers when each went in.

It reads a line of JSON, `{"first": 1, "count": 100, "per_second": 20}`, from its standard input,
and answers with a line of as many instants, in seconds since 1970. Without a rate all jobs go in
as fast as the stack takes them. It ends with its input.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TextIO

AT_ONCE = 64
"""Hand-overs that an intake on asyncio has under way when there is no rate."""

READY = "ready"


@dataclass(frozen=True, slots=True)
class Order:
    """Which jobs to hand in, and how many a second; all at once without a rate."""

    first: int
    count: int
    per_second: float | None

    def due_at(self, index: int, began_at: float) -> float:
        """Return when the job is to go in."""
        return began_at + index / self.per_second if self.per_second else began_at


def say(line: str) -> None:
    """Write a line to the bench."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def serve_intake(
    hand_in: Callable[[int], Awaitable[object]], orders: TextIO = sys.stdin
) -> None:
    """Carry out orders until there are no more; `hand_in` returns once the job is safe."""
    say(READY)
    while line := await asyncio.to_thread(orders.readline):
        say(json.dumps(await _carry_out(Order(**json.loads(line)), hand_in)))


async def _carry_out(order: Order, hand_in: Callable[[int], Awaitable[object]]) -> list[float]:
    began_at, turns = time.time(), asyncio.Semaphore(AT_ONCE)

    async def one(index: int) -> float:
        await asyncio.sleep(max(order.due_at(index, began_at) - time.time(), 0))
        async with turns:
            went_in_at = time.time()
            await hand_in(order.first + index)
            return went_in_at

    return await asyncio.gather(*map(one, range(order.count)))


def serve_blocking_intake(hand_in: Callable[[int], object], orders: TextIO = sys.stdin) -> None:
    """Do the same without asyncio, one job after the other."""
    say(READY)
    for line in orders:
        order, began_at = Order(**json.loads(line)), time.time()
        went_in_at = []
        for index in range(order.count):
            time.sleep(max(order.due_at(index, began_at) - time.time(), 0))
            went_in_at.append(time.time())
            hand_in(order.first + index)
        say(json.dumps(went_in_at))
