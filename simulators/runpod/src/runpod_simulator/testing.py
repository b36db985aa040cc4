"""A simulator inside a test: a real server on a free port and a client that knows its ways."""

import asyncio
import base64
import contextlib
import socket
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from pydantic import JsonValue, SecretStr, TypeAdapter

from runpod_simulator.jobs import TERMINAL, JsonObject
from runpod_simulator.ledger import LedgerEntry
from runpod_simulator.server import build_server
from runpod_simulator.settings import Settings
from runpod_simulator.timings import OutputMode

API_KEY: Final = "key-for-tests"
ENDPOINT_ID: Final = "endpoint-for-tests"
_ENDED: Final = frozenset(str(status) for status in TERMINAL)
_POLL_SECONDS: Final = 0.01
_OBJECT: Final = TypeAdapter[JsonObject](JsonObject)
_ENTRIES: Final = TypeAdapter(list[LedgerEntry])


def object_in(response: httpx.Response) -> JsonObject:
    """Return the JSON object of a response."""
    return _OBJECT.validate_json(response.content)


def edit_workflow(
    prompt: str = "",
    *,
    image_name: str = "in.png",
    seed: int = 1,
    size: tuple[int, int] = (64, 64),
    prefix: str = "ob",
) -> dict[str, JsonObject]:
    """Return a small valid workflow that edits a picture."""
    workflow = draw_workflow(prompt, seed=seed, size=size, prefix=prefix)
    workflow["6"] = {
        "class_type": "TextEncodeQwenImageEdit",
        "inputs": {"prompt": prompt, "clip": ["38", 0], "vae": ["39", 0], "image": ["78", 0]},
    }
    workflow["78"] = {"class_type": "LoadImage", "inputs": {"image": image_name}}
    return workflow


def draw_workflow(
    prompt: str = "",
    *,
    seed: int = 1,
    size: tuple[int, int] = (64, 64),
    prefix: str = "ob",
) -> dict[str, JsonObject]:
    """Return a small valid workflow that draws a picture from words."""
    nodes: dict[str, tuple[str, JsonObject]] = {
        "37": (
            "UNETLoader",
            {"unet_name": "qwen_image_fp8_e4m3fn.safetensors", "weight_dtype": "default"},
        ),
        "38": (
            "CLIPLoader",
            {"clip_name": "qwen_2.5_vl_7b_fp8_scaled.safetensors", "type": "qwen_image"},
        ),
        "39": ("VAELoader", {"vae_name": "qwen_image_vae.safetensors"}),
        "6": ("CLIPTextEncode", {"text": prompt, "clip": ["38", 0]}),
        "7": ("CLIPTextEncode", {"text": "", "clip": ["38", 0]}),
        "58": ("EmptySD3LatentImage", {"width": size[0], "height": size[1], "batch_size": 1}),
        "3": (
            "KSampler",
            {
                "model": ["37", 0],
                "seed": seed,
                "steps": 20,
                "cfg": 4,
                "sampler_name": "euler",
                "scheduler": "simple",
                "positive": ["6", 0],
                "negative": ["7", 0],
                "latent_image": ["58", 0],
                "denoise": 1,
            },
        ),
        "8": ("VAEDecode", {"samples": ["3", 0], "vae": ["39", 0]}),
        "60": ("SaveImage", {"images": ["8", 0], "filename_prefix": prefix}),
    }
    return {
        node_id: {"class_type": class_type, "inputs": inputs}
        for node_id, (class_type, inputs) in nodes.items()
    }


def input_of(
    workflow: Mapping[str, JsonValue], images: Mapping[str, bytes] | None = None
) -> JsonObject:
    """Return the `input` that runs a workflow with pictures, file name to bytes."""
    given: JsonObject = {"workflow": dict(workflow)}
    if images:
        given["images"] = [
            {"name": name, "image": base64.b64encode(data).decode()}
            for name, data in images.items()
        ]
    return given


@dataclass(frozen=True, slots=True)
class Caller:
    """A client of one simulator: its endpoint as RunPod's customers see it, and `/_sim`."""

    http: httpx.AsyncClient
    base: str = f"/v2/{ENDPOINT_ID}"

    async def run(self, body: JsonObject, operation: str = "run") -> httpx.Response:
        """Submit a whole request body."""
        return await self.http.post(f"{self.base}/{operation}", json=body)

    async def submit(self, job_input: JsonObject | None = None, **top_level: JsonValue) -> str:
        """Submit a job, by default a drawing, and return its id."""
        given = input_of(draw_workflow()) if job_input is None else job_input
        response = await self.run({"input": given, **top_level})
        return str(object_in(response.raise_for_status())["id"])

    async def look(self, job_id: str) -> httpx.Response:
        """Read `/status`."""
        return await self.http.get(f"{self.base}/status/{job_id}")

    async def wait(
        self, job_id: str, statuses: Collection[str] = _ENDED, seconds: float = 10.0
    ) -> JsonObject:
        """Poll until a job has one of some statuses, by default until it has ended.

        Raises:
            TimeoutError: It did not get there in time.
        """
        async with asyncio.timeout(seconds):
            while True:
                response = await self.look(job_id)
                job = object_in(response)
                if response.is_success and job["status"] in statuses:
                    return job
                await asyncio.sleep(_POLL_SECONDS)

    async def finish(
        self, job_input: JsonObject | None = None, **top_level: JsonValue
    ) -> JsonObject:
        """Submit a job and wait for its end."""
        return await self.wait(await self.submit(job_input, **top_level))

    async def faults(self, **faults: JsonValue) -> None:
        """Switch faults on (`{}` or with conditions) or off (None)."""
        (await self.http.patch("/_sim/faults", json=faults)).raise_for_status()

    async def struck(self) -> dict[str, JsonValue]:
        """Return how often each fault has struck."""
        return object_in(await self.http.get("/_sim/faults/struck"))

    async def timings(self, **timings: float) -> None:
        """Change timings."""
        (await self.http.patch("/_sim/timings", json=timings)).raise_for_status()

    async def entries(self) -> list[LedgerEntry]:
        """Return the ledger."""
        return _ENTRIES.validate_json((await self.http.get("/_sim/jobs")).content)

    async def entry(self, job_id: str) -> LedgerEntry:
        """Return what the ledger knows about a job."""
        return next(entry for entry in await self.entries() if entry.id == job_id)


@asynccontextmanager
async def simulated(
    *,
    delay_ms: int = 0,
    execution_ms: int = 10,
    cold_start_ms: int = 0,
    workers: int = 2,
    clock_scale: float = 1.0,
    output: OutputMode = OutputMode.BASE64,
    ledger_file: Path | None = None,
    bucket_endpoint_url: str | None = None,
) -> AsyncIterator[Caller]:
    """Run a simulator on a free port of the loopback and yield a client for it."""
    secret = None if bucket_endpoint_url is None else SecretStr("secret-for-tests")
    settings = Settings(
        api_key=SecretStr(API_KEY),
        endpoint_id=ENDPOINT_ID,
        delay_ms=delay_ms,
        execution_ms=execution_ms,
        cold_start_ms=cold_start_ms,
        workers=workers,
        clock_scale=clock_scale,
        output=output,
        ledger_file=ledger_file,
        bucket_endpoint_url=bucket_endpoint_url,
        bucket_access_key_id=secret,
        bucket_secret_access_key=secret,
    )
    async with serving(settings) as url:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with httpx.AsyncClient(
            base_url=url, headers=headers, timeout=15, trust_env=False
        ) as http:
            yield Caller(http)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    """Serve on a free port of the loopback, whatever the settings say, and yield the address."""
    server = build_server(settings)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server.serve([listener]))
        try:
            while not server.started and not task.done():  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(_POLL_SECONDS)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await task
