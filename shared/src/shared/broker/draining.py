"""The orderly end of consuming: nothing new comes in, what runs is finished, then the link goes."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Final

import structlog
from faststream.rabbit import RabbitBroker
from faststream.rabbit.subscriber.usecase import RabbitSubscriber

from shared.broker.consuming import GRACEFUL_SECONDS
from shared.broker.faults import broker_errors
from shared.errors import BrokerUnavailable

CANCEL_SECONDS: Final = 3.0
LINK_SECONDS: Final = 5.0
"""A link that hangs is left to its fate."""

_log = structlog.get_logger(__name__)


async def drain(broker: RabbitBroker) -> None:
    """Stop consuming; handlers that run have `GRACEFUL_SECONDS` to finish.

    FastStream's own stop waits for the handlers first, and drops unacknowledged what is delivered
    meanwhile: each such message comes nearer to its delivery limit with each deploy. So the
    consumers are cancelled before, while what they were given is still handled.
    """
    consumers = [one for one in broker.subscribers if isinstance(one, RabbitSubscriber)]
    await _within(CANCEL_SECONDS, *(_cancel(one) for one in consumers))
    await _within(GRACEFUL_SECONDS, *(one.stop() for one in consumers))
    link = broker._connection  # noqa: SLF001 - no public way
    await _within(LINK_SECONDS, broker.stop())
    if link is not None:
        # The stop ends with the first thing that goes wrong, and a link that nobody has closed
        # connects again for ever, whoever cancels it.
        await _within(LINK_SECONDS, link.close())


async def _within(seconds: float, *steps: Coroutine[None, None, None]) -> None:
    """Take some steps at once; whatever is wrong with the broker, the process ends."""
    try:
        with broker_errors():
            async with asyncio.timeout(seconds):
                await asyncio.gather(*steps)
    except (BrokerUnavailable, ExceptionGroup) as error:
        _log.warning("the broker heard no goodbye", error=repr(error.__cause__ or error))


async def _cancel(consumer: RabbitSubscriber) -> None:
    queue, tag = consumer._queue_obj, consumer._consumer_tag  # noqa: SLF001 - no public way
    consumer._consumer_tag = None  # noqa: SLF001 - or its own stop would cancel it again
    if queue is not None and tag is not None:
        with contextlib.suppress(BrokerUnavailable), broker_errors():
            await queue.cancel(tag)
