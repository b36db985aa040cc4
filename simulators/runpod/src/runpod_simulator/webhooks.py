"""Telling the client that a job ended: a POST, and two more tries when it is not taken.

Source: live captures of RunPod: Go client, tries at 0, +5 and +20 s, any 2xx is success.
"""

import asyncio
import json
import secrets
from collections.abc import Coroutine
from dataclasses import replace
from typing import Final

import httpx

from runpod_simulator.bodies import Bodies
from runpod_simulator.clock import ScaledClock
from runpod_simulator.fault_layer import WebhookPlan
from runpod_simulator.job_view import splice, webhook_fields
from runpod_simulator.jobs import Job, JobStatus, JsonObject
from runpod_simulator.ledger import Ledger, WebhookTry, wall_time

TRIES_AT_SECONDS: Final = (0.0, 5.0, 20.0)
TIMEOUT_SECONDS: Final = 30.0


class Webhooks:
    """Sends webhooks in the background."""

    def __init__(self, clock: ScaledClock, bodies: Bodies, ledger: Ledger) -> None:
        """Start without anything to send."""
        self._clock = clock
        self._bodies = bodies
        self._ledger = ledger
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Stop sending."""
        self.forget()
        await self._client.aclose()

    def forget(self) -> None:
        """Drop what is not sent yet."""
        for task in self._tasks:
            task.cancel()

    async def announce(self, job: Job, plan: WebhookPlan, output: bytes | None) -> None:
        """Send the webhook of a job that ended, or is about to, according to a plan.

        Returns as soon as the body is made; the sending goes on in the background.

        Args:
            job: As it is to be shown: a copy when its real state is still another.
            plan: How the sending goes.
            output: The output as JSON text.
        """
        if job.webhook is None or not plan.is_sent:
            return
        job_input = await self._bodies.get(job.id, "input") or b"{}"
        body = _body(plan, job, job_input, output)
        for _ in range(plan.copies):
            self._spawn(self._send(job.webhook, job.id, body, plan.delay_seconds))
        if plan.is_followed_by_older:
            older = replace(job, status=JobStatus.IN_PROGRESS, execution_ms=None, error=None)
            fields = webhook_fields(older)
            late = splice(fields, {"input": job_input})
            self._spawn(self._send(job.webhook, job.id, late, plan.delay_seconds + 1.0))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, url: str, job_id: str, body: bytes, delay_seconds: float) -> None:
        first_at = self._clock.now() + delay_seconds
        for number, offset in enumerate(TRIES_AT_SECONDS, start=1):
            await self._clock.sleep_until(first_at + offset)
            attempt = WebhookTry(at=wall_time(), number=number)
            if (entry := self._ledger.change(job_id)) is not None:
                entry.webhook_tries.append(attempt)
            is_taken = await self._post(url, body, attempt)
            self._ledger.change(job_id)
            await self._ledger.flush()
            if is_taken:
                return

    async def _post(self, url: str, body: bytes, attempt: WebhookTry) -> bool:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Go-http-client/2.0",
            "traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
        }
        try:
            response = await self._client.post(url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            attempt.error = f"{type(error).__name__}: {error}"
            return False
        attempt.status_code = response.status_code
        return response.is_success


def _body(plan: WebhookPlan, job: Job, job_input: bytes, output: bytes | None) -> bytes:
    fields: JsonObject = webhook_fields(job)
    match plan.body:
        case "envelope":
            return splice(fields, {"input": job_input, "output": output})
        case "output_only":
            return b'{"output":' + (output or b"null") + b"}"
        case "other_job":
            other = {**fields, "id": "00000000-0000-4000-8000-000000000000-u1"}
            return splice(other, {"input": job_input, "output": output})
        case "not_json":
            return b"<html>" + json.dumps(fields).encode()[:-1]
        case "empty":
            return b""
