"""Everything that ever happened to every submission, for tests that count what was paid for."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, Field, JsonValue

from runpod_simulator.jobs import JobStatus


class Execution(BaseModel):
    """One run of a job on a worker; what ran was paid for, whatever came of it."""

    attempt: int
    worker_id: str
    started_at: datetime
    ended_at: datetime | None = None
    billed_ms: int = 0
    result: str = "running"


class WebhookTry(BaseModel):
    """One POST to a webhook and how it was answered."""

    at: datetime
    number: int
    status_code: int | None = None
    error: str | None = None


class LedgerEntry(BaseModel):
    """One submission."""

    id: str
    operation: str
    submitted_at: datetime
    marker: str | None = Field(
        default=None, description="The first text among the extra keys of input"
    )
    extra: dict[str, JsonValue] = Field(default_factory=dict)
    prompts: list[str] = Field(default_factory=list)
    filename_prefixes: list[str] = Field(default_factory=list)
    image_names: list[str] = Field(default_factory=list)
    webhook: str | None = None
    body_bytes: int = 0
    status: JobStatus = JobStatus.IN_QUEUE
    ended_at: datetime | None = None
    deleted: str | None = Field(
        default=None, description="Why it is no longer known: ttl, retention, .."
    )
    executions: list[Execution] = Field(default_factory=list)
    billed_ms: int = 0
    webhook_tries: list[WebhookTry] = Field(default_factory=list)


class Ledger:
    """The entries in memory and, if wanted, each change of one as a line of a file."""

    def __init__(self, path: Path | None) -> None:
        """Start empty.

        Args:
            path: A JSONL file to append to; the last line of an id holds its whole entry.
        """
        self._entries: dict[str, LedgerEntry] = {}
        self._path = path
        self._dirty: dict[str, LedgerEntry] = {}
        self._writing = asyncio.Lock()

    def __iter__(self) -> Iterator[LedgerEntry]:
        """Yield the entries, oldest first."""
        return iter(self._entries.values())

    def clear(self) -> None:
        """Forget the entries; the file keeps its lines."""
        self._entries.clear()

    def add(self, entry: LedgerEntry) -> None:
        """Note a new submission."""
        self._entries[entry.id] = entry
        self._dirty[entry.id] = entry

    def change(self, job_id: str) -> LedgerEntry | None:
        """Return an entry in order to change it."""
        entry = self._entries.get(job_id)
        if entry is not None:
            self._dirty[job_id] = entry
        return entry

    async def flush(self) -> None:
        """Bring all changes to the disk; returns when they are there."""
        if self._path is None:
            self._dirty.clear()
            return
        async with self._writing:
            lines = [entry.model_dump_json() + "\n" for entry in self._dirty.values()]
            self._dirty.clear()
            if lines:
                await asyncio.to_thread(_append, self._path, "".join(lines))


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def wall_time() -> datetime:
    """Return the real time, which ledgers are kept in."""
    return datetime.now(UTC)
