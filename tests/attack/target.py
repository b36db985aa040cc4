"""The gateway under attack: a real process on real servers, with a folder for what it leaves."""

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
from e2e.stack import UNLIMITED, Addresses, Stack

from attack.parts import parts_beside_pixels
from attack.specimens import CANARY
from attack.watch import descendants_of, memory_kib, open_files
from shared.storage.r2 import R2Objects
from shared.temp_folder import OWNER, PREFIX

CREDITS = 1_000_000
_KEY = re.compile(
    r"uploads/\d{4}/\d\d/[0-9a-f-]{36}\.(jpg|png|webp)|jobs/\d{4}/\d\d/[0-9a-f-]{36}/input\.jpg"
)
_OBJECT_LIMIT_BYTES = 64 * 1024 * 1024
_AT_A_TIME = 16


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a service holds at a moment."""

    memory_kib: int
    open_files: int
    processes: int
    files_left: int


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway that is ready, and a guest with credits without end."""

    url: str
    pid: int
    cookie: str
    temporary: Path
    stack: Stack

    def footprint(self) -> Footprint:
        """Look at the service."""
        return Footprint(
            memory_kib=memory_kib(self.pid, "VmRSS"),
            open_files=open_files(self.pid),
            processes=len(descendants_of(self.pid)),
            files_left=sum(path.name != OWNER for path in self.temporary.glob(f"{PREFIX}*/*")),
        )

    def jobs(self) -> list[tuple[str, ...]]:
        """Return the keys of the pictures of every job that was taken in."""

        async def read() -> list[tuple[str, ...]]:
            connection = await asyncpg.connect(self.stack.addresses.database_url)
            try:
                rows = await connection.fetch("SELECT upload_key, input_key FROM jobs")
            finally:
                await connection.close()
            return [tuple(key for key in row.values() if key) for row in rows]

        return asyncio.run(read())

    def unclean_pictures(self) -> list[str]:
        """Return what the store keeps of the jobs and holds more than pixels, or an odd name."""
        keys = [key for row in self.jobs() for key in row]

        async def judge() -> list[str]:
            slots = asyncio.Semaphore(_AT_A_TIME)
            async with R2Objects(self.stack.storage) as objects:

                async def one(key: str) -> str | None:
                    if not _KEY.fullmatch(key):
                        return f"{key}: made of something that was sent"
                    async with slots:
                        picture = await objects.get_bytes(key, limit_bytes=_OBJECT_LIMIT_BYTES)
                    beside = parts_beside_pixels(picture) or CANARY in picture
                    return f"{key}: {beside}" if beside else None

                found = await asyncio.gather(*map(one, keys))
            return [line for line in found if line]

        return asyncio.run(judge())


@contextmanager
def gateway_under_attack(addresses: Addresses, folder: Path) -> Iterator[Target]:
    """Start a gateway on empty servers."""
    temporary = Path(tempfile.mkdtemp(prefix="ob-attack-"))  # short: sockets lie in it
    more = {
        "GUEST_FREE_CREDITS": str(CREDITS),
        **UNLIMITED,
        "TMPDIR": str(temporary),
        "STUDIO_DIR": "",
        "LOG_LEVEL": "WARNING",
    }
    stack = Stack(addresses, folder, folder, more)
    set_up = [sys.executable, "-m", "shared.operator", "setup"]
    subprocess.run(set_up, env=stack.environment, check=True)
    gateway = stack.spawn("gateway")
    try:
        gateway.wait_ready()
        session = httpx.post(f"{stack.url}/v1/session", trust_env=False).raise_for_status()
        cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
        yield Target(stack.url, gateway.popen.pid, cookie, temporary, stack)
    finally:
        gateway.stop()
        shutil.rmtree(temporary, ignore_errors=True)
