"""How long a rescue takes with the timers of production: the promises of the pipeline, measured.

Each promise is put to the test by what it is about: workers killed at the worst moment, the
broker killed, stopped and out of memory.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import httpx
from aio_pika.exceptions import AMQPError
from e2e.visitor import photo

from chaos.fleet import Fleet
from chaos.run import commit, new_folder
from chaos.schedule import REPLICAS
from chaos.servers import remove
from chaos.store_front import StoreFault
from local_stack.ports import listening
from shared.contracts.catalogue import ROUTES

PATIENCE_SECONDS: Final = 260.0
POSTS_WHILE_AWAY: Final = 160


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, and the longest that it may take."""

    text: str
    limit_seconds: float

    def measured(self, seconds: float) -> "Measured":
        """Return what came of it."""
        return Measured(self.text, self.limit_seconds, seconds)


@dataclass(frozen=True, slots=True)
class Measured:
    """A promise and what came of it."""

    promise: str
    limit_seconds: float
    seconds: float

    @property
    def kept(self) -> bool:
        """Whether it was kept."""
        return self.seconds <= self.limit_seconds


class Rescue:
    """The measurements on one fleet with the timers of production."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._http = httpx.AsyncClient(trust_env=False, timeout=30, base_url=fleet.gateway_urls[0])

    async def run(self) -> list[Measured]:
        """Measure everything; what can do so goes on at the same time."""
        (await self._http.post("/v1/session")).raise_for_status()
        measured = [await self._killed_before_post()]
        measured += await asyncio.gather(self._killed_while_storing(), self._killed_while_posting())
        measured.append(await self._broker_killed())
        measured.append(await self._accepts("while the broker is stopped", self._stopped_broker))
        measured.append(await self._accepts("while the broker has no memory", self._starved_broker))
        await self._http.aclose()
        return measured

    async def _killed_before_post(self) -> Measured:
        """Kill every submitter while it fetches a claimed job's photo."""
        self._fleet.store.misbehave(StoreFault("slow", 1, delay_seconds=20, method="GET"))
        job = await self._create(picture=photo())
        await self._until(job, "sending")
        await asyncio.sleep(1)
        rescued = Promise("killed before the POST: sent again", 45)
        return await self._killed("submitter", job, "sending", "warming", rescued)

    async def _killed_while_posting(self) -> Measured:
        """Kill every submitter while RunPod has the job and does not answer; no webhook comes."""
        prompt = "an answer that is lost"
        hang: dict[str, float | str] = {"count": 1, "match": prompt, "seconds": 60}
        await self._faults(accept_then_hang=hang, webhook_off={"count": 1, "match": prompt})
        job = await self._create(prompt)
        await self._until(job, "sending")
        await asyncio.sleep(2)
        rescued = Promise("killed while posting: known or sent again", 180)
        return await self._killed("submitter", job, "sending", "warming", rescued)

    async def _killed_while_storing(self) -> Measured:
        """Kill every storer while it writes a result."""
        self._fleet.store.misbehave(StoreFault("slow", 1, delay_seconds=20, method="PUT"))
        job = await self._create()
        await self._until(job, "saving")
        await asyncio.sleep(2)
        rescued = Promise("killed while storing: stored", 135)
        return await self._killed("storer", job, "saving", "done", rescued)

    async def _killed(
        self, service: str, job: str, at: str, stage: str, promise: Promise
    ) -> Measured:
        """Kill a service while it has a job in one stage, and wait until another has it further."""
        if (await self._stages(job))[-1] != at:
            raise RuntimeError(f"{promise.text}: {job} is not {at} any more")
        began = monotonic()
        for number in range(REPLICAS):
            self._fleet.kill(f"{service}-{number}")
        await self._until(job, stage)
        took = monotonic() - began
        # Or it would take the next measurement's faults upon itself.
        await self._until(job, "done")
        return promise.measured(took)

    async def _broker_killed(self) -> Measured:
        """Kill the broker; from its port's answer on, count until every consumer is there again."""
        restarting = asyncio.create_task(self._fleet.servers.kill_broker())
        port = self._fleet.servers.ports.rabbitmq.amqp

        async def is_there() -> bool:
            return await asyncio.to_thread(listening, port)

        async def is_gone() -> bool:
            return not await is_there()

        # The old one is there at first, with all of its consumers.
        await _until(is_gone)
        await _until(is_there)
        began = monotonic()
        await _until(self._all_consume)
        consuming = monotonic() - began
        await restarting
        await self._until(await self._create(), "done")
        return Promise("broker killed: every consumer works", 10).measured(consuming)

    async def _all_consume(self) -> bool:
        queues = [route.queue for route in ROUTES if route.queue is not None]
        try:
            counts = [await self._fleet.servers.consumer_count(queue) for queue in queues]
        except (AMQPError, OSError, TimeoutError):
            return False
        return all(count >= REPLICAS for count in counts)

    async def _accepts(self, when: str, broken: Callable[[], Awaitable[None]]) -> Measured:
        """Post jobs while something is broken; every one must be accepted."""
        breaking = asyncio.ensure_future(broken())
        await asyncio.sleep(6)
        took: list[float] = []
        jobs: list[str] = []
        for _ in range(POSTS_WHILE_AWAY // 2):
            began = monotonic()
            jobs += await asyncio.gather(*(self._timed_create(took) for _ in range(2)))
            await asyncio.sleep(max(0.0, 0.2 - (monotonic() - began)))
        still_broken = not breaking.done()
        await breaking
        if not still_broken:
            raise RuntimeError(f"it was over too soon: {when}")
        for job in jobs:
            await self._until(job, "done")
        p99 = sorted(took)[min(len(took) - 1, round(len(took) * 0.99))]
        return Promise(f"jobs are accepted {when}, p99 of {len(took)}", 0.5).measured(p99)

    async def _timed_create(self, took: list[float]) -> str:
        began = monotonic()
        job = await self._create()
        took.append(monotonic() - began)
        return job

    async def _stopped_broker(self) -> None:
        await self._fleet.servers.stop_broker(25)

    async def _starved_broker(self) -> None:
        await self._fleet.servers.alarm_broker(25)

    async def _create(self, prompt: str = "golden hour", *, picture: bytes | None = None) -> str:
        files: dict[str, Any] = {"prompt": (None, prompt)}
        if picture is not None:
            files["image"] = ("photo.jpg", picture, "image/jpeg")
        answer = await self._http.post("/v1/jobs", files=files)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise RuntimeError(f"not accepted: {answer.status_code} {answer.text[:200]}")
        return str(answer.json()["id"])

    async def _until(self, job: str, stage: str) -> None:
        """Wait until a job's log has had a stage again since now, or has it as its last."""
        seen = len(await self._stages(job))

        async def there() -> bool:
            stages = await self._stages(job)
            return stages[-1] == stage or stage in stages[seen:]

        await _until(there)

    async def _stages(self, job: str) -> list[str]:
        answer = (await self._http.get(f"/v1/jobs/{job}")).raise_for_status()
        return [entry["stage"] for entry in answer.json()["timeline"]]

    async def _faults(self, **faults: dict[str, float | str]) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            url = f"{self._fleet.simulator_url}/_sim/faults"
            (await http.patch(url, json=faults)).raise_for_status()


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():
            await asyncio.sleep(0.1)


async def measure() -> list[Measured]:
    """Start a fleet with the timers of production and measure."""
    folder = new_folder("rescue-")
    try:
        async with Fleet(folder, time_scale=1.0) as fleet:
            return await Rescue(fleet).run()
    finally:
        remove(folder)


def markdown(measured: Sequence[Measured]) -> str:
    """Return the measurements as a table."""
    lines = [f"Commit `{commit()}`.", "", "| promise | limit, s | measured, s |", "|---|---|---|"]
    for one in measured:
        mark = "" if one.kept else " **missed**"
        lines.append(f"| {one.promise} | {one.limit_seconds:g} | {one.seconds:.2f}{mark} |")
    return "\n".join(lines) + "\n"
