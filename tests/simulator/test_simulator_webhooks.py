"""What arrives at a webhook, how often, when, and what the ledger says about it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from runpod_simulator.jobs import JsonObject
from runpod_simulator.testing import draw_workflow, input_of, object_in, simulated


@dataclass
class Delivery:
    """One POST as it came in."""

    at: float
    headers: dict[str, str]
    body: bytes

    def json(self) -> JsonObject:
        document: JsonObject = json.loads(self.body)
        return document


@dataclass
class Receiver:
    """A webhook's server, which answers with the codes it was given and then with 200."""

    codes: list[int] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    on_delivery: Callable[[], None] = lambda: None
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                assert line.startswith(b"POST /hook/token ")
                headers: dict[str, str] = {}
                while (raw := (await reader.readline()).decode().strip()) != "":
                    name, _, value = raw.partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers["content-length"]))
                now = asyncio.get_running_loop().time()
                self.deliveries.append(Delivery(now, headers, body))
                self.on_delivery()
                code = self.codes.pop(0) if self.codes else 200
                writer.write(f"HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        finally:
            writer.close()

    async def received(self, count: int) -> list[Delivery]:
        async with asyncio.timeout(10):
            while len(self.deliveries) < count:
                await asyncio.sleep(0.01)
        return self.deliveries

    async def stays_at(self, count: int) -> None:
        await asyncio.sleep(0.25)
        assert len(self.deliveries) == count


@asynccontextmanager
async def a_receiver(*codes: int) -> AsyncIterator[Receiver]:
    receiver = Receiver(list(codes))
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"http://127.0.0.1:{port}/hook/token"
    async with server:
        yield receiver


@pytest.mark.asyncio
async def test_the_envelope_of_a_good_end() -> None:
    async with simulated() as sim, a_receiver() as hook:
        job = await sim.finish(webhook=hook.url)
        delivery = (await hook.received(1))[0]
        assert delivery.headers["content-type"] == "application/json"
        assert delivery.headers["user-agent"] == "Go-http-client/2.0"
        assert delivery.headers["traceparent"].startswith("00-")
        envelope = delivery.json()
        assert set(envelope) == {
            "delayTime",
            "executionTime",
            "id",
            "input",
            "output",
            "status",
            "webhook",
        }
        assert envelope["input"] == input_of(draw_workflow())
        assert (envelope["id"], envelope["webhook"]) == (job["id"], hook.url)
        assert (envelope["status"], envelope["output"]) == ("COMPLETED", job["output"])
        await hook.stays_at(1)
        tries = (await sim.entry(str(job["id"]))).webhook_tries
        assert [(attempt.number, attempt.status_code) for attempt in tries] == [(1, 200)]


@pytest.mark.asyncio
async def test_a_failure_is_told_too_and_a_cancelled_job_is_not() -> None:
    async with simulated() as sim, a_receiver() as hook:
        await sim.finish({"workflow": {}}, webhook=hook.url)
        envelope = (await hook.received(1))[0].json()
        assert envelope["status"] == "FAILED"
        assert str(envelope["error"]).startswith("Prompt has no outputs")
        await sim.timings(execution_ms=60_000)
        job_id = await sim.submit(webhook=hook.url)
        await sim.http.post(f"{sim.base}/cancel/{job_id}")
        await hook.stays_at(1)


@pytest.mark.asyncio
async def test_a_webhook_inside_input_is_ignored() -> None:
    async with simulated() as sim, a_receiver() as hook:
        await sim.finish({**input_of(draw_workflow()), "webhook": hook.url})
        await hook.stays_at(0)


@pytest.mark.asyncio
async def test_three_tries_at_0_5_and_20_seconds_then_no_more() -> None:
    async with simulated(clock_scale=0.04) as sim, a_receiver(500, 404, 503) as hook:
        job = await sim.finish(webhook=hook.url)
        await hook.received(3)
        await hook.stays_at(3)
        entry = await sim.entry(str(job["id"]))
        tries = entry.webhook_tries
        assert [attempt.status_code for attempt in tries] == [500, 404, 503]
        assert entry.ended_at is not None
        after = [(attempt.at - entry.ended_at).total_seconds() / 0.04 for attempt in tries]
        assert after[1] >= 4.9
        assert after[2] >= 19.9
        assert object_in(await sim.look(str(job["id"])))["status"] == "COMPLETED"


@pytest.mark.asyncio
async def test_any_2xx_ends_the_tries() -> None:
    async with simulated(clock_scale=0.01) as sim, a_receiver(502, 204) as hook:
        await sim.finish(webhook=hook.url)
        await hook.received(2)
        await hook.stays_at(2)


@pytest.mark.asyncio
async def test_a_receiver_that_is_not_there_is_noted() -> None:
    async with simulated(clock_scale=0.01) as sim, a_receiver() as hook:
        closed = "http://127.0.0.1:9/hook"
        job = await sim.finish(webhook=closed)
        async with asyncio.timeout(10):
            while len(tries := (await sim.entry(str(job["id"]))).webhook_tries) < 3:
                await asyncio.sleep(0.02)
        assert tries[0].status_code is None
        assert "ConnectError" in str(tries[0].error)
        await hook.stays_at(0)


@pytest.mark.asyncio
async def test_off_and_duplicate() -> None:
    async with simulated() as sim, a_receiver() as hook:
        await sim.faults(webhook_off={"count": 1})
        await sim.finish(webhook=hook.url)
        await hook.stays_at(0)
        await sim.faults(webhook_duplicate={"count": 1})
        await sim.finish(webhook=hook.url)
        one, other = await hook.received(2)
        assert one.body == other.body


@pytest.mark.asyncio
async def test_late() -> None:
    async with simulated() as sim, a_receiver() as hook:
        await sim.faults(webhook_late={"seconds": 60})
        await sim.finish(webhook=hook.url)
        await hook.stays_at(0)
        await sim.timings(clock_scale=0.01)
        await hook.received(1)


@pytest.mark.asyncio
async def test_out_of_order() -> None:
    async with simulated(clock_scale=0.1) as sim, a_receiver() as hook:
        await sim.faults(webhook_out_of_order={})
        await sim.finish(webhook=hook.url)
        statuses = [delivery.json()["status"] for delivery in await hook.received(2)]
        assert statuses == ["COMPLETED", "IN_PROGRESS"]


@pytest.mark.asyncio
async def test_before_status() -> None:
    async with simulated() as sim, a_receiver() as hook:
        await sim.faults(webhook_before_status={"seconds": 60})
        job_id = await sim.submit(webhook=hook.url)
        envelope = (await hook.received(1))[0].json()
        assert envelope["status"] == "COMPLETED"
        assert object_in(await sim.look(job_id))["status"] == "IN_PROGRESS"
        await sim.timings(clock_scale=0.01)
        assert (await sim.wait(job_id))["output"] == envelope["output"]
        await hook.stays_at(1)


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["output_only", "other_job", "not_json", "empty"])
async def test_wrong_bodies(kind: str) -> None:
    async with simulated() as sim, a_receiver() as hook:
        await sim.faults(webhook_wrong_body={"body": kind})
        job = await sim.finish(webhook=hook.url)
        delivery = (await hook.received(1))[0]
        match kind:
            case "output_only":
                assert delivery.json() == {"output": job["output"]}
            case "other_job":
                assert delivery.json()["id"] != job["id"]
            case "not_json":
                with pytest.raises(ValueError, match="Expecting"):
                    delivery.json()
            case _:
                assert delivery.body == b""
