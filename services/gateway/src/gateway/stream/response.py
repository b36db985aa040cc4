"""A stream as an ASGI answer; it ends with its reader."""

from asyncio import create_task
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.stream.streams import OpenStream
from gateway.stream.subscription import Subscription

_HEADERS: Final = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}


class EventStreamResponse(Response):
    """Sends frames as they come."""

    media_type = "text/event-stream"

    def __init__(self, stream: OpenStream) -> None:
        self._stream = stream
        self.status_code = 200
        self.background = None
        self.body = b""
        self.init_headers(_HEADERS)
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the stream or its reader ends."""
        _ = scope
        subscription = self._stream.subscription
        reader = create_task(_close_when_gone(receive, subscription))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for frame in self._stream.frames:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            reader.cancel()
            subscription.close()


async def _close_when_gone(receive: Receive, subscription: Subscription) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscription.close()
