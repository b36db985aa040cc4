"""The chain on procrastinate: Postgres is its queue too, so there is no broker.

Started as `python -m bench.chains.on_procrastinate worker` and `… intake`, after `… set_up`.
"""

import logging
import sys

import procrastinate
import uvloop

from bench.chains.intake import serve_intake
from bench.chains.stages import Stages, open_stages
from bench.chains.work import AT_A_TIME, DATABASE_CONNECTIONS
from bench.site import Site

SITE = Site.from_environment()
APP = procrastinate.App(
    connector=procrastinate.PsycopgConnector(
        conninfo=SITE.database_url, min_size=DATABASE_CONNECTIONS, max_size=DATABASE_CONNECTIONS
    )
)


async def _submit(context: procrastinate.JobContext, job: int) -> None:
    provider_id, ask_at = await _stages(context).submit(job)
    await WAIT.defer_async(job=job, provider_id=provider_id, ask_at=ask_at)


async def _wait(
    context: procrastinate.JobContext, job: int, provider_id: str, ask_at: float
) -> None:
    await _stages(context).wait(job, provider_id, ask_at)
    await STORE.defer_async(job=job, provider_id=provider_id)


async def _store(context: procrastinate.JobContext, job: int, provider_id: str) -> None:
    await _stages(context).store(job, provider_id)


def _stages(context: procrastinate.JobContext) -> Stages:
    """Return the stages of this worker."""
    stages: Stages = context.additional_context["stages"]
    return stages


SUBMIT = APP.task(name="submit", pass_context=True)(_submit)
WAIT = APP.task(name="wait", pass_context=True)(_wait)
STORE = APP.task(name="store", pass_context=True)(_store)


async def _set_up() -> None:
    async with APP.open_async():
        await APP.schema_manager.apply_schema_async()


async def _work() -> None:
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("procrastinate.worker").addFilter(_tells_of_its_start)
    logging.getLogger("procrastinate.worker").setLevel(logging.INFO)
    async with APP.open_async(), open_stages(SITE) as stages:
        await APP.run_worker_async(concurrency=AT_A_TIME, additional_context={"stages": stages})


def _tells_of_its_start(record: logging.LogRecord) -> bool:
    """Keep one line of what a worker says about every job."""
    return record.levelno > logging.INFO or record.getMessage().startswith("Starting worker on")


async def _intake() -> None:
    async with APP.open_async():
        await serve_intake(lambda job: SUBMIT.defer_async(job=job))


if __name__ == "__main__":
    uvloop.run({"set_up": _set_up, "worker": _work, "intake": _intake}[sys.argv[1]]())
