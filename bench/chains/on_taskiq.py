"""The chain on taskiq and taskiq-aio-pika.

Started as `taskiq worker bench.chains.on_taskiq:BROKER`; the intake is the module itself.
"""

from contextlib import AsyncExitStack

import uvloop
from taskiq import TaskiqEvents, TaskiqState
from taskiq_aio_pika import AioPikaBroker

from bench.chains.intake import serve_intake
from bench.chains.stages import Stages, open_stages
from bench.chains.work import AT_A_TIME
from bench.site import Site

SITE = Site.from_environment()
BROKER = AioPikaBroker(SITE.broker_url, qos=AT_A_TIME)
"""Its queues are durable quorum queues and its messages persistent, as it comes."""


async def _open(state: TaskiqState) -> None:
    state.resources = AsyncExitStack()
    state.stages = await state.resources.enter_async_context(open_stages(SITE))


async def _close(state: TaskiqState) -> None:
    await state.resources.aclose()


def _stages() -> Stages:
    """Return the stages of this worker."""
    stages: Stages = BROKER.state.stages
    return stages


async def _submit(job: int) -> None:
    await WAIT.kiq(job, *await _stages().submit(job))


async def _wait(job: int, provider_id: str, ask_at: float) -> None:
    await _stages().wait(job, provider_id, ask_at)
    await STORE.kiq(job, provider_id)


async def _store(job: int, provider_id: str) -> None:
    await _stages().store(job, provider_id)


BROKER.add_event_handler(TaskiqEvents.WORKER_STARTUP, _open)
BROKER.add_event_handler(TaskiqEvents.WORKER_SHUTDOWN, _close)
SUBMIT = BROKER.register_task(_submit, task_name="submit")
WAIT = BROKER.register_task(_wait, task_name="wait")
STORE = BROKER.register_task(_store, task_name="store")


async def _intake() -> None:
    await BROKER.startup()
    await serve_intake(SUBMIT.kiq)
    await BROKER.shutdown()


if __name__ == "__main__":
    uvloop.run(_intake())
