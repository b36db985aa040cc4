"""From a reaction to an HTTP response, including those that are none."""

import asyncio
import json

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from runpod_simulator.answers import (
    Answer,
    AnswerLater,
    RawAnswer,
    Reaction,
    ResetConnection,
    StreamedAnswer,
)
from runpod_simulator.simulator import Simulator

_JSON = "application/json"


def respond(reaction: Reaction, sim: Simulator) -> Response:
    """Return the response that carries a reaction out."""
    match reaction:
        case Answer(status, body, headers):
            return JSONResponse(json.loads(json.dumps(body)), status, dict(headers))
        case RawAnswer(body):
            return Response(body, media_type=_JSON)
        case StreamedAnswer(chunks):
            return StreamingResponse(chunks, media_type=_JSON)
        case AnswerLater(seconds):
            return _NoAnswer(sim, seconds)
        case ResetConnection():
            return _NoAnswer(sim, 0.0)


class _NoAnswer(Response):
    """Keeps silent for a while, then resets the connection."""

    def __init__(self, sim: Simulator, seconds: float) -> None:
        super().__init__()
        self._sim = sim
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        gone = asyncio.create_task(_disconnected(receive))
        waited = asyncio.create_task(self._sim.clock.sleep(self._seconds))
        try:
            await asyncio.wait({gone, waited}, return_when=asyncio.FIRST_COMPLETED)
            self._sim.connections.reset(scope["client"])
            await gone
        finally:
            gone.cancel()
            waited.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
