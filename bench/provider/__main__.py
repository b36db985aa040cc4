"""`python -m bench.provider PORT`: RunPod below `/v2`, what was counted at `/_bench`, else S3.

A POST of `{"job_seconds": 10}` to `/_bench` lets jobs take so long, a DELETE begins anew.
"""

import asyncio
import json
import signal
import sys
from http import HTTPStatus

import uvloop

from bench.provider.http import HttpConnection, Reply, Request, reply
from bench.provider.picture import make_picture
from bench.provider.runpod import Endpoint
from bench.provider.store import Store
from bench.provider.webhooks import Webhooks

HOST = "127.0.0.1"


class Provider:
    """Both servers, and what they have counted since the last DELETE of `/_bench`."""

    def __init__(self) -> None:
        self._picture = make_picture()
        self._webhooks = Webhooks()
        self._endpoint = Endpoint(self._picture, self._webhooks)
        self._store = Store()

    def serve(self, request: Request) -> Reply:
        """Answer any request."""
        if request.target.startswith(b"/v2/"):
            return self._endpoint.serve(request)
        if request.target == b"/_bench":
            if request.method == b"POST":
                self._endpoint.job_seconds = json.loads(request.body)["job_seconds"]
            return self._count(forget=request.method == b"DELETE")
        return self._store.serve(request)

    def _count(self, *, forget: bool) -> Reply:
        counted = {
            "submitted": self._endpoint.submitted,
            "asked": self._endpoint.asked,
            **self._endpoint.busiest,
            "webhooks": self._webhooks.sent,
            "objects": self._store.objects,
            "object_bytes": self._store.total_bytes,
            "picture_bytes": len(self._picture),
        }
        if forget:
            self._endpoint.forget()
            self._store.forget()
            self._webhooks.forget()
            self._webhooks.sent = 0
        return reply(HTTPStatus.OK, json.dumps(counted).encode())


async def main(port: int) -> None:
    """Serve until SIGTERM."""
    loop = asyncio.get_running_loop()
    provider, ended = Provider(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    server = await loop.create_server(lambda: HttpConnection(provider.serve), HOST, port)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
