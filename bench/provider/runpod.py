"""RunPod's endpoint with jobs that all take the same time and all bring the same picture.

The texts are those of `shared.runpod` and of the simulator; the input is not echoed.
"""

import asyncio
import base64
import itertools
import json
import time
from http import HTTPStatus
from math import inf
from typing import Final

from bench.provider.http import Reply, Request, reply
from bench.provider.webhooks import Webhooks
from bench.provider.window import Window

JOB_SECONDS: Final = 0.2
"""How long a job takes unless somebody wants it otherwise."""

ENDLESS: Final = "bench-endless-"
"""How the id of a job begins that is in progress for ever."""

LIMITED: Final = ("run", "status", "cancel")
"""Operations of which RunPod takes only so many in ten seconds."""

_HEALTHY: Final = reply(HTTPStatus.OK, b'{"jobs":{},"workers":{"idle":1,"ready":1}}')
_NOT_FOUND: Final = reply(HTTPStatus.NOT_FOUND, b'{"status":404,"title":"Not Found"}')


class Endpoint:
    """`/run`, `/status/{id}` and the little else that is asked for, and webhooks.

    Args:
        picture: What every job's output holds. It has no file name, so it is anybody's.
        webhooks: Who tells of jobs that are done.

    Attributes:
        job_seconds: How long a job takes that comes from now on.
    """

    def __init__(self, picture: bytes, webhooks: Webhooks) -> None:
        data = base64.b64encode(picture)
        self._output = b'"output":{"images":[{"filename":"","type":"base64","data":"%b"}]}}' % data
        self._webhooks = webhooks
        self._numbers = itertools.count(1)
        self._began: dict[str, float] = {}
        self.forget()

    @property
    def submitted(self) -> int:
        """How many jobs came."""
        return len(self._began)

    @property
    def busiest(self) -> dict[str, int]:
        """How many requests of each limited operation came within ten seconds, at the most."""
        return {f"most_{operation}": window.most for operation, window in self._windows.items()}

    def forget(self) -> None:
        """Start as a new endpoint."""
        self._began.clear()
        self._windows = {operation: Window() for operation in LIMITED}
        self.asked = 0
        self.job_seconds = JOB_SECONDS

    def serve(self, request: Request) -> Reply:
        """Answer a request below `/v2`."""
        of_endpoint = request.target.decode("ascii").removeprefix("/v2/").partition("/")[2]
        operation, _, job_id = of_endpoint.partition("/")
        if operation in self._windows:
            self._windows[operation].note(time.monotonic())
        if operation == "run" and request.method == b"POST":
            return self._run(request.body)
        if operation == "status" and (job_id in self._began or job_id.startswith(ENDLESS)):
            return self._status(job_id)
        if operation == "health":
            return _HEALTHY
        if operation == "cancel" and job_id in self._began:
            return reply(HTTPStatus.OK, b'{"id":"%b","status":"CANCELLED"}' % job_id.encode())
        return _NOT_FOUND

    def _run(self, body: bytes) -> Reply:
        job_id = f"bench-{next(self._numbers)}-u1"
        webhook = json.loads(body).get("webhook")
        self._began[job_id] = time.monotonic()
        if webhook:
            told = b"".join(self._completed(job_id))
            asyncio.get_running_loop().call_later(
                self.job_seconds, self._webhooks.send, webhook, told
            )
        return reply(HTTPStatus.OK, b'{"id":"%b","status":"IN_QUEUE"}' % job_id.encode())

    def _status(self, job_id: str) -> Reply:
        self.asked += 1
        if time.monotonic() - self._began.get(job_id, inf) < self.job_seconds:
            told = b'{"id":"%b","status":"IN_PROGRESS","workerId":"bench"}' % job_id.encode()
            return reply(HTTPStatus.OK, told)
        return reply(HTTPStatus.OK, b"".join(self._completed(job_id)))

    def _completed(self, job_id: str) -> tuple[bytes, bytes]:
        told = (
            b'{"id":"%b","status":"COMPLETED","delayTime":0,"executionTime":%d,"workerId":"bench",'
            % (job_id.encode(), round(self.job_seconds * 1000))
        )
        return (told, self._output)
