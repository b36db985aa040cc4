"""The simulator as a process, its files, and results in an object store."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from e2e.stack import free_port
from PIL import Image

from runpod_simulator.ledger import LedgerEntry
from runpod_simulator.provenance import read_code
from runpod_simulator.settings import Settings
from runpod_simulator.testing import Caller, simulated
from runpod_simulator.timings import OutputMode


async def first_image(sim: Caller) -> dict[str, str]:
    output = (await sim.finish())["output"]
    assert isinstance(output, dict)
    images = output["images"]
    assert isinstance(images, list)
    assert isinstance(images[0], dict)
    return {name: str(value) for name, value in images[0].items()}


@pytest.mark.asyncio
async def test_the_process_starts_from_the_environment_and_exits_0_on_sigterm(
    tmp_path: Path,
) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("from-a-file\n", encoding="utf-8")
    port = free_port()
    environment = {
        **os.environ,
        "RUNPOD_SIMULATOR_PORT": str(port),
        "RUNPOD_API_KEY_FILE": str(key_file),
        "RUNPOD_ENDPOINT_ID": "abc",
    }
    environment.pop("RUNPOD_API_KEY", None)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "runpod_simulator",
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    headers = {"Authorization": "Bearer from-a-file"}
    try:
        async with (
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as http,
        ):
            while True:
                try:
                    response = await http.get("/v2/abc/health")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        assert response.status_code == 200
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.asyncio
async def test_the_ledger_file_has_a_submission_before_it_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    async with simulated(ledger_file=path, workers=0) as sim:
        job_id = await sim.submit()
        first = LedgerEntry.model_validate_json(path.read_text(encoding="utf-8"))
        assert (first.id, first.status) == (job_id, "IN_QUEUE")
        await sim.timings(workers=1)
        await sim.wait(job_id)
    lines = path.read_text(encoding="utf-8").splitlines()
    last = LedgerEntry.model_validate_json(lines[-1])
    assert (last.id, last.status, len(last.executions)) == (job_id, "COMPLETED", 1)


def test_credentials_without_an_address_are_refused() -> None:
    with pytest.raises(ValueError, match="BUCKET_ENDPOINT_URL"):
        Settings.model_validate({"bucket_access_key_id": "a", "bucket_secret_access_key": "b"})


@asynccontextmanager
async def an_object_store(objects: dict[str, bytes], status: int = 200) -> AsyncIterator[str]:
    """Serve PUT and GET of objects by path, without looking at signatures."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = (await reader.readline()).decode().split(" ")
        length = 0
        while (line := (await reader.readline()).decode().strip().lower()) != "":
            if line.startswith("content-length:"):
                length = int(line.partition(":")[2])
            if line.startswith("expect:"):
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        path = target.partition("?")[0]
        body = b""
        if method == "PUT":
            objects[path] = await reader.readexactly(length)
        else:
            body = objects[path]
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/results"


@pytest.mark.asyncio
async def test_s3_mode_stores_the_picture_and_answers_a_signed_link() -> None:
    objects: dict[str, bytes] = {}
    async with (
        an_object_store(objects) as url,
        simulated(output=OutputMode.S3_URL, bucket_endpoint_url=url) as sim,
    ):
        image = await first_image(sim)
        assert image["type"] == "s3_url"
        assert "X-Amz-Signature=" in image["data"]
        path = next(iter(objects))
        assert path.startswith("/results/")
        async with httpx.AsyncClient() as http:
            png = (await http.get(image["data"])).content
        assert len(read_code(Image.open(io.BytesIO(png)))) == 8
        assert objects[path] == png


@pytest.mark.asyncio
async def test_s3_mode_fails_the_job_when_the_store_refuses() -> None:
    async with (
        an_object_store({}, status=403) as url,
        simulated(output=OutputMode.S3_URL, bucket_endpoint_url=url) as sim,
    ):
        job = await sim.finish()
        assert (job["status"], job["error"]) == ("FAILED", "Job processing failed")
        assert "Error uploading ob_00001_.png to S3: " in str(job["output"])
