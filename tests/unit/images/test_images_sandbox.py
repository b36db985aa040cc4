"""The child: limited, alone with its picture, and never able to take the service with it."""

import asyncio
import gc
import os
import subprocess
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # has no types here
import pytest
from PIL import Image
from sandbox_children import fork_servers, sandbox_children

from shared.errors import InvalidInput, PermanentError, TransientError
from shared.images.sandbox import ImageSandbox
from shared.images.tasks import ChildLimits

MIB = 1024 * 1024


def photo(folder: Path, size: tuple[int, int] = (4000, 3000)) -> Path:
    path = folder / "photo.jpg"
    Image.effect_noise(size, 60).convert("RGB").save(path, "JPEG")
    return path


def open_files() -> int:
    return int(psutil.Process().num_fds())


def endless_photo(folder: Path) -> Path:
    """Return a photo of which nothing ever comes: a child that reads it works until it is ended."""
    path = folder / "endless.jpg"
    os.mkfifo(path)
    return path


def kill_fork_server() -> None:
    """Have it dead, and not yet waited for."""
    (server,) = fork_servers()
    server.kill()
    os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)


async def a_child() -> None:
    """Wait until one has started."""
    while not sandbox_children():
        await asyncio.sleep(0.002)


@pytest.mark.asyncio
async def test_a_child_over_its_time_is_killed(tmp_path: Path) -> None:
    source = endless_photo(tmp_path)
    async with ImageSandbox(wall_seconds=0.5) as sandbox:
        with pytest.raises(InvalidInput) as caught:
            await sandbox.prepare_upload(source, tmp_path)

    assert caught.value.code == "invalid_image"
    assert caught.value.params == {"reason": "child_died"}


@pytest.mark.asyncio
async def test_a_child_over_its_memory_ends_in_our_error(tmp_path: Path) -> None:
    source = photo(tmp_path)
    async with ImageSandbox(child_limits=ChildLimits(memory_bytes=112 * MIB)) as sandbox:
        with pytest.raises(InvalidInput) as caught:
            await sandbox.prepare_upload(source, tmp_path)

    assert caught.value.code == "invalid_image"


@pytest.mark.asyncio
async def test_a_child_over_its_file_size_ends_in_our_error(tmp_path: Path) -> None:
    source = photo(tmp_path)
    async with ImageSandbox(child_limits=ChildLimits(file_bytes=10_000)) as sandbox:
        with pytest.raises(InvalidInput) as caught:
            await sandbox.prepare_upload(source, tmp_path)

    assert caught.value.code == "invalid_image"


@pytest.mark.asyncio
async def test_a_child_never_uses_a_gibibyte(tmp_path: Path) -> None:
    source = photo(tmp_path, (7300, 5470))
    largest = 0
    slow = ChildLimits(cpu_seconds=120)
    async with ImageSandbox(wall_seconds=120, child_limits=slow) as sandbox:
        task = asyncio.ensure_future(sandbox.prepare_upload(source, tmp_path))
        while not task.done():
            for child in sandbox_children():
                try:
                    largest = max(largest, child.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue
            await asyncio.sleep(0.01)
        await task

    assert 0 < largest < 1024 * MIB


@pytest.mark.asyncio
async def test_a_cancelled_caller_leaves_no_child(tmp_path: Path) -> None:
    source = endless_photo(tmp_path)
    async with ImageSandbox() as sandbox:
        task = asyncio.ensure_future(sandbox.prepare_upload(source, tmp_path))
        await a_child()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert sandbox_children() == []


@pytest.mark.asyncio
async def test_closing_ends_what_runs(tmp_path: Path) -> None:
    source = endless_photo(tmp_path)
    sandbox = ImageSandbox()
    await sandbox.start()
    task = asyncio.ensure_future(sandbox.prepare_upload(source, tmp_path))
    await a_child()

    await sandbox.aclose()

    with pytest.raises(InvalidInput):
        await task


@pytest.mark.asyncio
async def test_no_more_children_than_allowed(tmp_path: Path) -> None:
    source = photo(tmp_path, (800, 600))
    folders = [tmp_path / str(n) for n in range(6)]
    for folder in folders:
        folder.mkdir()
    most = 0
    async with ImageSandbox(concurrency=2) as sandbox:
        tasks = asyncio.gather(*(sandbox.prepare_upload(source, folder) for folder in folders))
        while not tasks.done():
            most = max(most, len(sandbox_children()))
            await asyncio.sleep(0.002)
        await tasks

    assert 1 <= most <= 2


@pytest.mark.asyncio
async def test_nobody_waits_for_a_turn_without_end(tmp_path: Path) -> None:
    source = endless_photo(tmp_path)
    async with ImageSandbox(concurrency=1, wait_seconds=0.05) as sandbox:
        first = asyncio.ensure_future(sandbox.prepare_upload(source, tmp_path))
        await a_child()
        with pytest.raises(TransientError) as caught:
            await sandbox.prepare_upload(source, tmp_path)
        first.cancel()
        await asyncio.wait([first])
        await sandbox.prepare_upload(photo(tmp_path, (64, 64)), tmp_path)

    assert caught.value.code == "service_unavailable"
    assert caught.value.retry_after_seconds


@pytest.mark.asyncio
async def test_a_picture_that_does_not_come_gives_its_turn_back(tmp_path: Path) -> None:
    async def never(path: Path) -> None:
        await asyncio.to_thread(path.write_bytes, b"the beginning")
        await asyncio.Event().wait()

    source = tmp_path / "source"
    async with ImageSandbox(concurrency=1, fetch_seconds=0.05) as sandbox:
        with pytest.raises(TransientError) as caught:
            await sandbox.prepare_upload(source, tmp_path, fetch=never)
        assert not source.exists()
        await sandbox.prepare_upload(photo(tmp_path, (64, 64)), tmp_path)

    assert caught.value.code == "service_unavailable"
    assert caught.value.retry_after_seconds == 0.05


@pytest.mark.asyncio
async def test_the_event_loop_stays_free(tmp_path: Path) -> None:
    source = endless_photo(tmp_path)
    async with ImageSandbox() as sandbox:
        task = asyncio.ensure_future(sandbox.prepare_upload(source, tmp_path))
        await a_child()
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.asyncio
async def test_no_file_stays_open(tmp_path: Path) -> None:
    source = photo(tmp_path, (64, 64))
    async with ImageSandbox() as sandbox:
        await sandbox.prepare_upload(source, tmp_path)
        gc.collect()
        before = open_files()
        for _ in range(5):
            await sandbox.prepare_upload(source, tmp_path)
        assert open_files() <= before


@pytest.mark.asyncio
async def test_a_server_that_is_started_again_has_no_secrets_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "hush")
    source = photo(tmp_path, (64, 64))
    async with ImageSandbox() as sandbox:
        kill_fork_server()
        await sandbox.prepare_upload(source, tmp_path)

        (server,) = fork_servers()
        assert "A_SECRET" not in server.environ()


@pytest.mark.asyncio
async def test_a_missing_file_is_an_error_of_ours(sandbox: ImageSandbox, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        await sandbox.prepare_upload(tmp_path / "none", tmp_path)
    with pytest.raises(PermanentError):
        await sandbox.verify_result(tmp_path / "none", tmp_path)


def test_the_service_itself_never_loads_a_decoder() -> None:
    code = "import sys, shared.images.sandbox; sys.exit('PIL' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.asyncio
async def test_one_beside_has_a_line_of_its_own(tmp_path: Path) -> None:
    async with ImageSandbox(concurrency=1, wait_seconds=0.05) as sandbox:
        beside = sandbox.beside(concurrency=1)
        busy = asyncio.ensure_future(sandbox.prepare_upload(endless_photo(tmp_path), tmp_path))
        await a_child()
        out_dir = tmp_path / "beside"
        out_dir.mkdir()
        await beside.prepare_upload(photo(tmp_path), out_dir)
        busy.cancel()
        await asyncio.wait([busy])

    assert sorted(path.name for path in out_dir.iterdir()) == ["input.jpg", "original.jpg"]
