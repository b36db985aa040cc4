"""``/hooks/runpod/{token}``: RunPod says that it has news; the poller goes and looks.

The answer is 200 whatever comes, so that nobody learns which tokens are alive.
"""

import asyncio
import hashlib
from typing import Final

import structlog
from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from gateway.deps import Parts
from gateway.hooks.candidate import find_candidate
from shared.errors import TransientError

router = APIRouter(tags=["hooks"])

HEAD_BYTES: Final = 64 * 1024
MOST_BYTES: Final = 1024 * 1024
PATIENCE_SECONDS: Final = 5.0
_log = structlog.get_logger(__name__)


@router.post("/hooks/runpod/{token}", summary="RunPod's webhook", response_class=Response)
async def runpod(request: Request, parts: Parts, token: str) -> Response:
    """Make the attempt behind the token due for a look.

    RunPod has its answer before the poller is told: it is not to wait for our broker.
    """
    head = await _read_head(request)
    try:
        rung = await parts.following.webhook_rang(
            hashlib.sha256(token.encode()).digest(), find_candidate(head)
        )
    except TransientError as error:
        _log.warning("webhook lost; polling will find it", error=str(error))
        return Response(status_code=200)
    _log.info("webhook", known=bool(rung))
    return Response(status_code=200, background=BackgroundTask(parts.ring_poller, rung))


async def _read_head(request: Request) -> bytes:
    """Return the first 64 KiB; of the rest at most 1 MiB is looked at, and the server drops it."""
    head = bytearray()
    read_bytes = 0
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for chunk in request.stream():
                head += chunk[: HEAD_BYTES - len(head)]
                read_bytes += len(chunk)
                if read_bytes >= MOST_BYTES:
                    break
    except (ClientDisconnect, TimeoutError):
        pass
    return bytes(head)
