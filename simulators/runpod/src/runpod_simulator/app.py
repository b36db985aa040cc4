"""The application: the endpoint's routes, the control routes, health, and a plain front page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from runpod_simulator.answers import problem
from runpod_simulator.connections import Connections
from runpod_simulator.control import control_routes
from runpod_simulator.routes import endpoint_routes
from runpod_simulator.settings import Settings
from runpod_simulator.simulator import Simulator, running_simulator

_FRONT_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<title>RunPod simulator</title>
<body style="font:16px/1.5 system-ui;max-width:42rem;margin:4rem auto;padding:0 1rem">
<h1>This is a simulator</h1>
<p>It stands in for a RunPod Serverless endpoint running worker-comfyui. No model runs here and
nothing is billed: pictures are edited with simple filters and marked &ldquo;SIMULATED&rdquo;.</p>
<p>Endpoint: <code>/v2/{endpoint_id}</code> &middot; control: <a href="/docs">/_sim</a> &middot;
<a href="/health/live">health</a></p></body></html>"""


def build_app(settings: Settings, connections: Connections) -> FastAPI:
    """Return the application; its simulator lives from start-up to shut-down."""
    live: list[Simulator] = []

    def simulator() -> Simulator:
        return live[0]

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with running_simulator(settings, connections) as sim:
            live.append(sim)
            yield

    app = FastAPI(title="RunPod simulator", lifespan=lifespan)

    @app.get("/", include_in_schema=False)
    async def front_page() -> HTMLResponse:
        return HTMLResponse(_FRONT_PAGE.replace("{endpoint_id}", settings.endpoint_id))

    @app.get("/health/live")
    async def live_check() -> dict[str, str]:
        return {"status": "ok", "service": "runpod-simulator"}

    @app.exception_handler(HTTPException)
    async def as_problem(_request: Request, error: HTTPException) -> Response:
        answer = problem(error.status_code, error.detail, error.detail, error.headers)
        return JSONResponse(answer.body, answer.status, dict(answer.headers))

    app.include_router(endpoint_routes(simulator))
    app.include_router(control_routes(simulator))
    return app
