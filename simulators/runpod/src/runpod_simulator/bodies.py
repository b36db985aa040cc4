"""Inputs and outputs of jobs on disk, so that thousands of pictures do not fill the memory."""

import asyncio
import tempfile
from pathlib import Path


class Bodies:
    """JSON texts by job id and kind, in a temporary folder that goes with the process."""

    def __init__(self) -> None:
        """Make the folder."""
        self._folder = tempfile.TemporaryDirectory(prefix="runpod-simulator-")
        self._root = Path(self._folder.name)

    async def put(self, job_id: str, kind: str, body: bytes) -> None:
        """Store a body, replacing an earlier one."""
        await asyncio.to_thread(self._path(job_id, kind).write_bytes, body)

    async def get(self, job_id: str, kind: str) -> bytes | None:
        """Return a body, or None when there is none."""
        try:
            return await asyncio.to_thread(self._path(job_id, kind).read_bytes)
        except FileNotFoundError:
            return None

    def drop(self, job_id: str) -> None:
        """Delete everything of a job."""
        for kind in ("input", "output"):
            self._path(job_id, kind).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def _path(self, job_id: str, kind: str) -> Path:
        return self._root / f"{job_id}.{kind}"
