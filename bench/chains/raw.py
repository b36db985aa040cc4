"""Nothing but drivers: aio-pika between the stages, and questions to the provider.

Started as `python -m bench.chains.raw worker` and `… intake`.
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import aio_pika
import uvloop
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustChannel, AbstractRobustConnection

from bench.chains.intake import READY, say, serve_intake
from bench.chains.stages import Stages, open_stages
from bench.chains.work import AT_A_TIME
from bench.site import Site

SUBMIT, WAIT, STORE = QUEUES = "submit", "wait", "store"

_QUORUM: Final = {"x-queue-type": "quorum"}

Handle = Callable[..., Awaitable[None]]


class Line:
    """The queues between the stages; a message is the arguments of what is to be called."""

    def __init__(
        self, connection: AbstractRobustConnection, publishing: AbstractRobustChannel
    ) -> None:
        self._connection = connection
        self._publishing = publishing

    async def hand_over(self, queue: str, *arguments: object) -> None:
        """Publish a durable message; back when the broker has it safe."""
        message = aio_pika.Message(
            json.dumps(arguments).encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT
        )
        await self._publishing.default_exchange.publish(message, routing_key=queue)

    async def declare(self) -> None:
        """Make the queues."""
        for name in QUEUES:
            await self._publishing.declare_queue(name, durable=True, arguments=_QUORUM)

    async def consume(self, name: str, handle: Handle) -> None:
        """Call with every message of a queue, and acknowledge it after that."""
        channel = await self._connection.channel()
        await channel.set_qos(prefetch_count=AT_A_TIME)
        queue = await channel.get_queue(name)

        async def on_message(message: AbstractIncomingMessage) -> None:
            arguments: list[Any] = json.loads(message.body)
            await handle(*arguments)
            await message.ack()

        await queue.consume(on_message)


@asynccontextmanager
async def open_line(site: Site) -> AsyncIterator[Line]:
    """Connect to the broker."""
    async with await aio_pika.connect_robust(site.broker_url) as connection:
        yield Line(connection, await connection.channel(publisher_confirms=True))


async def work(consume: Callable[[Line, Stages], Awaitable[None]]) -> None:
    """Consume until SIGTERM."""
    site, ended = Site.from_environment(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with open_stages(site) as stages, open_line(site) as line:
        await consume(line, stages)
        say(READY)
        await ended.wait()


async def intake() -> None:
    """Make the queues, and hand jobs to the first."""
    async with open_line(Site.from_environment()) as line:
        await line.declare()
        await serve_intake(lambda job: line.hand_over(SUBMIT, job))


async def consume_all(line: Line, stages: Stages, store: Handle) -> None:
    """Do all stages, the last one as `store` does it."""

    async def submit(job: int) -> None:
        await line.hand_over(WAIT, job, *await stages.submit(job))

    async def wait(job: int, provider_id: str, ask_at: float) -> None:
        await stages.wait(job, provider_id, ask_at)
        await line.hand_over(STORE, job, provider_id)

    await line.consume(STORE, store)
    await line.consume(WAIT, wait)
    await line.consume(SUBMIT, submit)


async def _consume(line: Line, stages: Stages) -> None:
    await consume_all(line, stages, stages.store)


if __name__ == "__main__":
    uvloop.run(intake() if sys.argv[1] == "intake" else work(_consume))
