"""The same drivers as `raw`, woken by the provider's webhook where `raw` asks.

Started as `python -m bench.chains.raw_webhook worker` and `… intake`.
"""

import asyncio
import sys

import uvloop
from aiohttp import web
from pydantic_core import from_json

from bench.chains.raw import STORE, SUBMIT, Line, intake, work
from bench.chains.stages import Stages

HOST = "127.0.0.1"


async def _consume(line: Line, stages: Stages) -> None:
    noted: dict[int, asyncio.Event] = {}  # a webhook may overtake the row of its submission

    async def hear(request: web.Request) -> web.Response:
        """Hand the job over before the provider is told that we know."""
        job, provider_id = int(request.match_info["job"]), from_json(await request.read())["id"]
        await noted.pop(job).wait()
        await stages.complete(job)
        await line.hand_over(STORE, job, provider_id)
        return web.Response()

    application = web.Application()
    application.router.add_post("/done/{job}", hear)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    listener = web.TCPSite(runner, HOST, 0)
    await listener.start()
    port = runner.addresses[0][1]

    async def submit(job: int) -> None:
        is_noted = noted[job] = asyncio.Event()
        await stages.submit(job, webhook=f"http://{HOST}:{port}/done/{job}")
        is_noted.set()

    await line.consume(STORE, stages.store)
    await line.consume(SUBMIT, submit)


if __name__ == "__main__":
    uvloop.run(intake() if sys.argv[1] == "intake" else work(_consume))
