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

JOB_SECONDS: Final = 0.2

ENDLESS: Final = "bench-endless-"
"""How the id of a job begins that is in progress for ever."""

_JOB_MS: Final = round(JOB_SECONDS * 1000)
_HEALTHY: Final = reply(HTTPStatus.OK, b'{"jobs":{},"workers":{"idle":1,"ready":1}}')
_NOT_FOUND: Final = reply(HTTPStatus.NOT_FOUND, b'{"status":404,"title":"Not Found"}')


class Endpoint:
    """`/run`, `/status/{id}` and the little else that is asked for, and webhooks.

    Args:
        picture: What every job's output holds. It has no file name, so it is anybody's.
        webhooks: Who tells of jobs that are done.
    """

    def __init__(self, picture: bytes, webhooks: Webhooks) -> None:
        data = base64.b64encode(picture)
        self._result = (
            b',"status":"COMPLETED","delayTime":0,"executionTime":%d,"workerId":"bench",'
            b'"output":{"images":[{"filename":"","type":"base64","data":"%b"}]}}' % (_JOB_MS, data)
        )
        self._webhooks = webhooks
        self._numbers = itertools.count(1)
        self._began: dict[str, float] = {}
        self.asked = 0

    @property
    def submitted(self) -> int:
        """How many jobs came."""
        return len(self._began)

    def forget(self) -> None:
        """Start as a new endpoint."""
        self._began.clear()
        self.asked = 0

    def serve(self, request: Request) -> Reply:
        """Answer a request below `/v2`."""
        of_endpoint = request.target.decode("ascii").removeprefix("/v2/").partition("/")[2]
        operation, _, job_id = of_endpoint.partition("/")
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
            asyncio.get_running_loop().call_later(JOB_SECONDS, self._webhooks.send, webhook, told)
        return reply(HTTPStatus.OK, b'{"id":"%b","status":"IN_QUEUE"}' % job_id.encode())

    def _status(self, job_id: str) -> Reply:
        self.asked += 1
        if time.monotonic() - self._began.get(job_id, inf) < JOB_SECONDS:
            told = b'{"id":"%b","status":"IN_PROGRESS","workerId":"bench"}' % job_id.encode()
            return reply(HTTPStatus.OK, told)
        return reply(HTTPStatus.OK, b"".join(self._completed(job_id)))

    def _completed(self, job_id: str) -> tuple[bytes, bytes]:
        return (b'{"id":"%b"' % job_id.encode(), self._result)
