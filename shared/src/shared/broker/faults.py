"""The broker's errors as ours; what no rule knows stays as it is and counts as a bug."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aio_pika.exceptions import AMQPError, ChannelPreconditionFailed

from shared.errors import BrokerUnavailable

_UNAVAILABLE: Final = (AMQPError, OSError, RuntimeError)


@contextmanager
def broker_errors() -> Iterator[None]:
    """Translate what aio-pika raises.

    When its connection goes, aiormq ends whatever waits for it with a bare `Exception`, or with a
    cancellation that nobody asked for, which would end a task as if it had been told to.
    Source: aiormq 7.2, `TaskWrapper`.

    Raises:
        BrokerUnavailable: the link is gone, or the broker refuses or does not answer.
        ChannelPreconditionFailed: a queue has other arguments than ours, which no waiting mends.
    """
    try:
        yield
    except ChannelPreconditionFailed:
        raise
    except asyncio.CancelledError as error:
        if _is_wanted():
            raise
        raise BrokerUnavailable from error
    except Exception as error:
        if isinstance(error, _UNAVAILABLE) or type(error) is Exception:
            raise BrokerUnavailable from error
        raise


def _is_wanted() -> bool:
    """Say whether somebody has asked this task to end, a time limit included."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
