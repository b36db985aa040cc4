"""What happens in a run. Together the scenes make the services pass every point they have.

Every scene begins with two plain jobs, so that at least three are in the house when something
breaks; the fault is armed between the first and the second.
"""

import asyncio
import contextlib
import hashlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Unpack

import httpx
from failpoints.layer import Edge, Mode

from crash.run import Expected, Order, Run
from shared.storage.keys import output_key

Play = Callable[[Run], Awaitable[None]]
Faults = dict[str, dict[str, object]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A name and what is played."""

    name: str
    play: Play

    async def perform(self, run: Run) -> None:
        """Play it from the customer's arrival on."""
        if run.fault is not None and run.fault.service == "gateway":
            run.arm()
        await run.customer.arrive()
        await run.order()
        run.arm()
        await run.order("a mountain lake", picture=False)
        await self.play(run)


SCENES: Final[dict[str, Scene]] = {}


def scene(play: Play) -> Play:
    """List a scene under its function's name."""
    name = play.__name__
    SCENES[name] = Scene(name, play)
    return play


def a_prompt() -> str:
    """Return a prompt that no other job has."""
    return f"warm evening light {uuid.uuid4().hex[:12]}"


async def ordered_with(run: Run, faults: Faults, **expected: Unpack[Expected]) -> Order:
    """Order a job to which things happen at RunPod, and to no other."""
    prompt = a_prompt()
    await run.lane.faults(**{name: {**given, "match": prompt} for name, given in faults.items()})
    return await run.order_as(prompt, **expected)


async def running(run: Run, **expected: Unpack[Expected]) -> Order:
    """Order a job that stays at RunPod until its faults are over."""
    order = await ordered_with(run, {"stuck_in_progress": {}}, **expected)
    await run.until(order, lambda job: job["state"] == "running")
    return order


@scene
async def plain(run: Run) -> None:
    """Make a picture, look at everything, and take it home."""
    order = await run.order()
    await run.until(order, lambda job: job["finished_at"] is not None)
    for path in ("account", "jobs", f"jobs/{order.id}", f"jobs/{order.id}/result"):
        (await run.customer.call("GET", f"/v1/{path}")).raise_for_status()


@scene
async def ring_and_cancel(run: Run) -> None:
    """Ask for news of a running job, then cancel it."""
    order = await running(run, ends="cancelled")
    (await run.customer.call("POST", "/api/runpod-poll")).raise_for_status()
    await run.until(order, lambda job: job["stage"] == "generating")
    (await run.customer.call("POST", f"/v1/jobs/{order.id}/cancel")).raise_for_status()


@scene
async def cancel_unsent(run: Run) -> None:
    """Cancel jobs while one of them stands right before its POST."""
    pause = run.beside("submitter", "db.dispatching.BEGIN_POST", Edge.BEFORE, Mode.HANG)
    order = await run.order()
    await run.until_struck(pause)
    for each in run.orders:
        answer = await run.customer.call("POST", f"/v1/jobs/{each.id}/cancel")
        cancelled = answer.is_success and answer.json()["status"] != "done"
        each.ends = "cancelled" if cancelled else "done"
    await run.until(order, lambda job: job["finished_at"] is not None)


@scene
async def cancel_slowly(run: Run) -> None:
    """Cancel a running job while the submitter sleeps over it."""
    pause = run.beside("submitter", "http.cancel", Edge.BEFORE, Mode.HANG)
    order = await running(run, ends="cancelled")
    (await run.customer.call("POST", f"/v1/jobs/{order.id}/cancel")).raise_for_status()
    await run.until_struck(pause)


@scene
async def other_forms(run: Run) -> None:
    """Save a finished picture in another format, made once, and see its photo small."""
    order = await run.order()
    await run.until(order, lambda job: job["finished_at"] is not None)
    for path in ("result?format=jpeg", "result?format=jpeg", "image?size=384"):
        (await run.customer.call("GET", f"/v1/jobs/{order.id}/{path}")).raise_for_status()


@scene
async def go_on(run: Run) -> None:
    """A finished picture becomes the photo of the next job."""
    first = await run.order()
    await run.until(first, lambda job: job["finished_at"] is not None)
    second = await run.order("and now at night", parent=first)
    await run.until(second, lambda job: job["finished_at"] is not None)


@scene
async def expired(run: Run) -> None:
    """A finished job gets older than pictures are kept."""
    order = await run.order(deleted=True)
    await run.until(order, lambda job: job["finished_at"] is not None)
    await run.age_end(order)
    await run.until(order, lambda job: job["deleted_at"] is not None)
    answer = await run.customer.call("GET", f"/v1/jobs/{order.id}")
    assert answer.status_code == httpx.codes.GONE


@scene
async def delete(run: Run) -> None:
    """Delete a finished job."""
    order = await run.order(deleted=True)
    await run.until(order, lambda job: job["finished_at"] is not None)
    await _delete(run, order)


@scene
async def delete_slowly(run: Run) -> None:
    """Delete a finished job while the storer sleeps over it."""
    pause = run.beside("storer", "db.storing.DELETED", Edge.BEFORE, Mode.HANG)
    await delete(run)
    await run.until_struck(pause)


async def _delete(run: Run, order: Order) -> None:
    answer = await run.customer.call("DELETE", f"/v1/jobs/{order.id}")
    # Not found: it was deleted, and only the answer was lost.
    assert answer.status_code in {httpx.codes.NO_CONTENT, httpx.codes.NOT_FOUND}


@scene
async def retry(run: Run) -> None:
    """RunPod fails once."""
    await ordered_with(run, {"failed_out_of_memory": {"count": 1}}, retries=1)


@scene
async def fails_always(run: Run) -> None:
    """RunPod never makes it."""
    faults: Faults = {"failed_out_of_memory": {}}
    await ordered_with(run, faults, ends="failed provider_failed", retries=2)


@scene
async def refused(run: Run) -> None:
    """RunPod does not want it."""
    faults: Faults = {"server_error": {"status": 400, "operations": ["run"]}}
    await ordered_with(run, faults, ends="failed provider_rejected")


@scene
async def limited(run: Run) -> None:
    """RunPod has had enough for a moment."""
    await ordered_with(run, {"rate_limited": {"count": 1, "operations": ["run"]}})


@scene
async def adopted(run: Run) -> None:
    """A POST is taken and its answer lost; the webhook tells."""
    await ordered_with(run, {"accept_then_reset": {"count": 1}}, doubtful=1)


@scene
async def abandoned(run: Run) -> None:
    """A POST is not taken, but nobody says so."""
    faults: Faults = {"server_error": {"status": 503, "count": 1, "operations": ["run"]}}
    await ordered_with(run, faults, doubtful=1)


@scene
async def orphaned(run: Run) -> None:
    """A POST is taken and its answer lost; the webhook comes when nobody waits any more."""
    faults: Faults = {
        "accept_then_reset": {"count": 1},
        "webhook_late": {"seconds": 5, "count": 1},
    }
    order = await ordered_with(run, faults, doubtful=1)
    await run.until(order, lambda job: job["runpod_ids"][:1] not in ([], [None]))


@scene
async def unknown_for_a_moment(run: Run) -> None:
    """RunPod does not know a job that it has just taken."""
    order = await ordered_with(run, {"not_found_after_submit": {"seconds": 0.5}})
    await run.until(order, lambda job: job["state"] == "running")
    await run.ring()


@scene
async def lost(run: Run) -> None:
    """RunPod forgets a job."""
    order = await ordered_with(run, {"lost_job": {"count": 1}}, retries=1)
    await run.until(order, lambda job: job["state"] == "running")
    await run.ring()


@scene
async def strange_status(run: Run) -> None:
    """RunPod says something new, then that it waits, then works."""
    faults: Faults = {"unknown_status": {"count": 1}, "stuck_in_queue": {}}
    order = await ordered_with(run, faults)
    await run.until(order, lambda job: job["polls"] >= 4)
    await run.lane.faults()


@scene
async def junk_for_a_picture(run: Run) -> None:
    """RunPod never sends a picture."""
    faults: Faults = {"not_an_image": {}}
    await ordered_with(run, faults, ends="failed provider_result_invalid", retries=2)


@scene
async def linked_result(run: Run) -> None:
    """RunPod sends links in the place of pictures."""
    await run.lane.simulator_patch("modes", {"output": "s3_url"})
    order = await run.order()
    await run.until(order, lambda job: job["finished_at"] is not None)


@scene
async def taken_key(run: Run) -> None:
    """What a given-up attempt stored lies where the result belongs."""
    order = await running(run)
    job = await run.until(order, lambda _: True)
    other = run.lane.stack.folder / "other.png"
    other.write_bytes(b"another attempt's")
    file = (other, "image/png", hashlib.sha256(other.read_bytes()).hexdigest())
    key = output_key(order.id, job["created_at"])
    await run.lane.store(lambda objects: objects.put_file(key, *file))
    await run.lane.faults()


@scene
async def store_refuses(run: Run) -> None:
    """The store does not answer the storer once."""
    run.beside("storer", "s3.PutObject", Edge.BEFORE, Mode.RAISE)
    await run.order()


@scene
async def lost_doorbells(run: Run) -> None:
    """Every message to the submitter is lost while it is away."""
    await run.lane.kill("submitter")
    run.doubts += len(run.orders)
    await run.order()
    await run.until_quiet_outbox()
    await run.lane.purge("submitter.job-created")
    await run.lane.start("submitter")


@scene
async def slow_submitter(run: Run) -> None:
    """A submitter sleeps between its claim and its POST, and another one takes over."""
    pause = run.beside("submitter", "db.dispatching.BEGIN_POST", Edge.BEFORE, Mode.HANG)
    await run.order()
    await run.until_struck(pause)


@scene
async def dead_submitter(run: Run) -> None:
    """A submitter dies with its POST on the lips."""
    run.doubts += 3
    death = run.beside("submitter", "http.run", Edge.BEFORE, Mode.KILL)
    await run.order()
    await run.until_struck(death)


@scene
async def slow_storer(run: Run) -> None:
    """A storer sleeps before it settles, and another one takes over."""
    pause = run.beside("storer", "db.storing.FINISH", Edge.BEFORE, Mode.HANG)
    await run.order()
    await run.until_struck(pause)


@scene
async def late_storer(run: Run) -> None:
    """A storer sleeps until RunPod no longer keeps the result."""
    pause = run.beside("storer", "http.status", Edge.BEFORE, Mode.HANG)
    await run.order()
    await run.until_struck(pause)
    aged = await run.age_results()
    for order in run.orders:
        order.retries += order.id in aged


@scene
async def late_job(run: Run) -> None:
    """A job is not made in time."""
    faults: Faults = {"stuck_in_queue": {}}
    order = await ordered_with(run, faults, ends="failed deadline")
    await run.until(order, lambda job: job["state"] == "running")
    await run.age_deadline(order)


async def _poisoned(run: Run, queue: str) -> None:
    """Put a message into a queue that nobody can read and that names a running job."""
    order = await running(run)
    await run.lane.put_message(queue, b'{"job_id": "%s"}' % str(order.id).encode())
    await run.until_explained(order)
    await run.lane.faults()


@scene
async def poisoned_submitter(run: Run) -> None:
    """The submitter gets a message that it cannot read."""
    await _poisoned(run, "submitter.job-created")


@scene
async def poisoned_poller(run: Run) -> None:
    """The poller gets a message that it cannot read."""
    await _poisoned(run, "poller.job-submitted")


@scene
async def poisoned_storer(run: Run) -> None:
    """The storer gets a message that it cannot read."""
    await _poisoned(run, "storer.job-completed")


@scene
async def cancel_refused(run: Run) -> None:
    """RunPod does not understand that a job is to be stopped."""
    faults: Faults = {
        "stuck_in_progress": {},
        "server_error": {"status": 400, "count": 1, "operations": ["cancel"]},
    }
    order = await ordered_with(run, faults, ends="failed provider_rejected or cancelled")
    await run.until(order, lambda job: job["state"] == "running")
    (await run.customer.call("POST", f"/v1/jobs/{order.id}/cancel")).raise_for_status()


@scene
async def status_refused(run: Run) -> None:
    """RunPod does not understand a question."""
    faults: Faults = {"server_error": {"status": 400, "count": 1, "operations": ["status"]}}
    await ordered_with(run, faults)


@scene
async def store_unread(run: Run) -> None:
    """The store does not answer the submitter once."""
    run.beside("submitter", "s3.GetObject", Edge.BEFORE, Mode.RAISE)
    await run.order()


@scene
async def rejected(run: Run) -> None:
    """A message can neither be handled nor put aside: the broker moves it to the dead ones."""
    run.beside("submitter", "s3.GetObject", Edge.BEFORE, Mode.RAISE)
    run.beside("submitter", "publish.wait", Edge.BEFORE, Mode.RAISE)
    await run.order()


@scene
async def locked_out(run: Run) -> None:
    """RunPod does not know our key for a while."""
    for order in run.orders:
        await run.until(order, lambda job: job["started_at"] is not None)
    faults: Faults = {"server_error": {"status": 401, "count": 8, "operations": ["run"]}}
    await run.lane.faults(**faults)
    for _ in range(3):
        await run.order("a mountain lake", picture=False)
    await run.until_breaker()


@scene
async def no_workers(run: Run) -> None:
    """RunPod takes a job and has nobody to do it."""
    await run.lane.simulator_patch("timings", {"workers": 0})
    await run.order()
    await run.until_breaker()
    await run.lane.simulator_patch("timings", {"workers": 3})


@scene
async def storer_starts(run: Run) -> None:
    """A storer begins its life by looking for objects that belong to no job."""
    await run.lane.kill("storer")
    await run.lane.start("storer")
    await run.order()


@scene
async def gateway_starts(run: Run) -> None:
    """A gateway begins its life without knowing anything."""
    await run.lane.kill("gateway")
    await run.lane.start("gateway")
    await run.order()


@scene
async def listening(run: Run) -> None:
    """Follow the account's live events for longer than the hub waits between its own looks."""
    async with _events(run):
        await run.order()
        await asyncio.sleep(5.5)


@contextlib.asynccontextmanager
async def _events(run: Run) -> AsyncIterator[None]:
    async def listen() -> None:
        while True:
            with contextlib.suppress(httpx.TransportError):
                async with run.customer.http.stream("GET", "/v1/events", timeout=None) as answer:
                    async for _ in answer.aiter_lines():
                        pass
            await asyncio.sleep(0.1)

    task = asyncio.create_task(listen())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
