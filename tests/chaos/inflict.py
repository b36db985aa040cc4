"""Carries the schedule out: each fault at its time, and a note of when it was over."""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, time
from typing import Any, Final

import aio_pika
import asyncpg
import httpx
from aio_pika.exceptions import AMQPError

from chaos.clock import faked_clock
from chaos.fleet import Fleet
from chaos.history import History
from chaos.schedule import Fault, Kind, Schedule
from chaos.store_front import StoreFault
from shared.broker.topology import EVENTS_EXCHANGE
from shared.contracts.catalogue import ROUTES

SPY_LIMIT: Final = 5000
FAULT_SECONDS: Final = 240.0
"""No fault takes longer, restarts of servers included."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that has happened: `healed_at` is the wall clock's time at which it was over."""

    fault: Fault
    began_at: float
    healed_at: float
    trouble: str | None


class Inflict:
    """Lets everything in a schedule happen to a fleet."""

    def __init__(self, fleet: Fleet, history: History, *, seed: int) -> None:
        self._fleet = fleet
        self._history = history
        self._chance = random.Random(seed * 31 + 7)
        self._http = httpx.AsyncClient(trust_env=False, timeout=10)
        self.struck: list[Struck] = []
        self.simulator_struck: dict[str, int] = {}
        self._actions: Mapping[Kind, Callable[[Fault], Awaitable[None]]] = {
            Kind.KILL: self._kill,
            Kind.ZOMBIE: lambda f: fleet.pause(f.target, f.seconds),
            Kind.ROLLING: lambda f: fleet.roll(f.target),
            Kind.BROKER_KILL: lambda _: fleet.servers.kill_broker(),
            Kind.BROKER_STOP: lambda f: fleet.servers.stop_broker(f.seconds),
            Kind.BROKER_ALARM: lambda f: fleet.servers.alarm_broker(f.seconds),
            Kind.BROKER_WIPED: lambda _: fleet.servers.kill_broker(wiped=True),
            Kind.DATABASE_BACKEND_KILL: lambda _: fleet.servers.kill_database_backend(),
            Kind.DATABASE_RESTART: lambda _: fleet.servers.restart_database(),
            Kind.DATABASE_PAUSE: lambda f: fleet.servers.pause_database(f.seconds),
            Kind.DATABASE_FULL: lambda f: fleet.servers.fill_database(f.seconds),
            Kind.BLACK_HOLE: self._link,
            Kind.RESET: self._link,
            Kind.LATENCY: self._link,
            Kind.SLICER: self._link,
            Kind.HALF_CLOSE: self._link,
            Kind.RUNPOD: self._runpod,
            Kind.STORE: self._store,
            Kind.DUPLICATES: self._duplicates,
            Kind.JUNK: self._junk,
            Kind.QUEUE_DELETED: self._delete_queue,
            Kind.FORGED_HOOKS: self._forge_hooks,
            Kind.CLOCK: self._clock,
        }

    async def run(self, schedule: Schedule) -> None:
        """Inflict all faults, each at its time whatever the others do."""
        began = monotonic()
        async with asyncio.TaskGroup() as group:
            for fault in schedule.faults:
                await asyncio.sleep(began + fault.at_seconds - monotonic())
                group.create_task(self._inflict(fault))

    async def heal_everything(self) -> None:
        """End whatever still goes wrong."""
        for proxy in self._fleet.proxies.values():
            proxy.heal()
        self._fleet.store.behave()
        faults_url = f"{self._fleet.simulator_url}/_sim/faults"
        async with asyncio.timeout(FAULT_SECONDS):
            self.simulator_struck = (await self._patiently("GET", f"{faults_url}/struck")).json()
            await self._patiently("PUT", faults_url, json={})
        await self._http.aclose()

    async def _patiently(self, method: str, url: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        while True:
            with suppress(httpx.TransportError):
                return await self._http.request(method, url, **more)

    async def _inflict(self, fault: Fault) -> None:
        began_at = time()
        self._history.note("fault", number=fault.number, fault=str(fault))
        trouble = None
        try:
            async with asyncio.timeout(FAULT_SECONDS):
                await self._actions[fault.kind](fault)
        except Exception as error:  # noqa: BLE001 - the run goes on, the report says what was not done
            trouble = f"{type(error).__name__}: {error}"
        self.struck.append(Struck(fault, began_at, time(), trouble))
        self._history.note("healed", number=fault.number, trouble=trouble)

    async def _kill(self, fault: Fault) -> None:
        self._fleet.kill(fault.target)
        await asyncio.sleep(1)
        await self._fleet.wait_ready(fault.target, 60)

    async def _link(self, fault: Fault) -> None:
        proxy = self._fleet.proxies[fault.target]
        match fault.kind:
            case Kind.RESET:
                proxy.reset()
                return
            case Kind.HALF_CLOSE:
                proxy.half_close()
                return
            case Kind.BLACK_HOLE:
                proxy.black_hole()
            case Kind.LATENCY:
                proxy.latency(
                    float(fault.arguments["latency_seconds"] or 0),
                    float(fault.arguments["jitter_seconds"] or 0),
                )
            case _:
                proxy.slice(
                    int(fault.arguments["bytes_per_chunk"] or 1),
                    float(fault.arguments["pause_seconds"] or 0),
                )
        await asyncio.sleep(fault.seconds)
        proxy.heal()

    async def _runpod(self, fault: Fault) -> None:
        arguments = dict(fault.arguments)
        name = str(arguments.pop("fault"))
        url = f"{self._fleet.simulator_url}/_sim"
        if name == "no_workers":
            timings = (await self._http.get(f"{url}/timings")).json()
            await self._http.patch(f"{url}/timings", json={"workers": 0})
            await asyncio.sleep(float(arguments["seconds"] or 0))
            await self._http.patch(f"{url}/timings", json={"workers": timings["workers"]})
            return
        given = {key: value for key, value in arguments.items() if value is not None}
        (await self._http.patch(f"{url}/faults", json={name: given})).raise_for_status()
        await asyncio.sleep(float(given.get("window_s", 0)))

    async def _store(self, fault: Fault) -> None:
        given: dict[str, Any] = dict(fault.arguments)
        self._fleet.store.misbehave(StoreFault(**given))

    async def _until_servers_answer(self) -> None:
        """Wait until a message can be sent: another fault may have stopped what it takes."""
        servers = self._fleet.servers
        while True:
            with suppress(asyncpg.PostgresError, AMQPError, OSError, TimeoutError):
                async with servers.connected():
                    pass
                async with await aio_pika.connect(servers.rabbitmq_url, timeout=5):
                    return
            await asyncio.sleep(1)

    async def _duplicates(self, fault: Fault) -> None:
        """Hear some messages and send each again a few times, in another order."""
        wanted, times = int(fault.arguments["messages"] or 0), int(fault.arguments["times"] or 0)
        await self._until_servers_answer()
        connection = await aio_pika.connect(self._fleet.servers.rabbitmq_url, timeout=5)
        async with connection:
            channel = await connection.channel()
            exchange = await channel.get_exchange(EVENTS_EXCHANGE, ensure=False)
            spy = await channel.declare_queue(exclusive=True, arguments={"x-max-length": SPY_LIMIT})
            await spy.bind(exchange, "#")
            heard: list[tuple[str, bytes, str | None, str | None]] = []
            with suppress(TimeoutError):
                async with asyncio.timeout(30), spy.iterator(no_ack=True) as messages:
                    async for message in messages:
                        heard.append(
                            (
                                message.routing_key or "",
                                message.body,
                                message.message_id,
                                message.correlation_id,
                            )
                        )
                        if len(heard) >= wanted:
                            break
            again = heard * times
            self._chance.shuffle(again)
            for topic, body, message_id, correlation_id in again:
                copy = aio_pika.Message(
                    body,
                    message_id=message_id,
                    correlation_id=correlation_id,
                    content_type="application/json",
                )
                with suppress(aio_pika.exceptions.DeliveryError):
                    await exchange.publish(copy, topic, mandatory=False)

    async def _junk(self, fault: Fault) -> None:
        """Send what no service has ever sent, to the exchange and straight into work queues."""
        await self._until_servers_answer()
        async with self._fleet.servers.connected() as database:
            rows = await database.fetch("SELECT id FROM jobs ORDER BY created_at DESC LIMIT 20")
        job_ids = [str(row["id"]) for row in rows] or [""]
        queues = [route.queue for route in ROUTES if route.queue]
        connection = await aio_pika.connect(self._fleet.servers.rabbitmq_url, timeout=5)
        async with connection:
            channel = await connection.channel()
            for number in range(int(fault.arguments["messages"] or 0)):
                message = aio_pika.Message(
                    self._junk_body(number, self._chance.choice(job_ids)),
                    message_id=f"junk-{fault.number}-{number}",
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                )
                queue = self._chance.choice(queues)
                await channel.default_exchange.publish(message, queue, mandatory=True)
                self._history.note("junk", message_id=message.message_id, queue=queue)

    def _junk_body(self, number: int, job_id: str) -> bytes:
        bodies = (
            b"",
            b"\xff\xfe\x00junk",
            b"[]",
            b"{}",
            b'{"job_id": null}',
            b'{"job_id": "%s"}' % job_id.encode(),
            b'{"job_id": "%s", "schema_version": 99, "event_id": "x"}' % job_id.encode(),
            b"[" * 5000,
            b'{"a": "' + b"x" * 20_000 + b'"}',
        )
        return bodies[number % len(bodies)]

    async def _delete_queue(self, _: Fault) -> None:
        queues = [route.queue for route in ROUTES if route.queue]
        await self._fleet.servers.delete_queue(self._chance.choice(queues))

    async def _forge_hooks(self, fault: Fault) -> None:
        for number in range(int(fault.arguments["messages"] or 0)):
            url = self._fleet.gateway_urls[number % len(self._fleet.gateway_urls)]
            body = {"id": secrets.token_hex(8), "status": "COMPLETED", "output": {"images": []}}
            with suppress(httpx.HTTPError):
                await self._http.post(f"{url}/hooks/runpod/{secrets.token_urlsafe(32)}", json=body)

    async def _clock(self, fault: Fault) -> None:
        environment = await asyncio.to_thread(
            faked_clock, self._fleet.servers.places.cache, int(fault.arguments["hours"] or 0)
        )
        await self._fleet.replace(fault.target, environment)
        await asyncio.sleep(fault.seconds)
        await self._fleet.replace(fault.target)
