"""`python -m bench.chains.raw_checked`: a worker; jobs are handed in as to `raw`.

A package, because the sandbox's children would run any other main module again.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench.chains.raw import Line, consume_all, work
from bench.chains.stages import Stages
from bench.chains.work import picture_in
from shared.images.sandbox import ImageSandbox


@dataclass(frozen=True, slots=True)
class Checking:
    """The last stage with a look at the picture."""

    stages: Stages
    sandbox: ImageSandbox

    async def store(self, job: int, provider_id: str) -> None:
        """Fetch the picture, check it, put it and its thumbnail into the store, mark it done."""
        picture = picture_in(await self.stages.ask(provider_id))
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            (folder / "raw").write_bytes(picture)
            verified = await self.sandbox.verify_result(folder / "raw", folder)
            await asyncio.gather(
                self.stages.put(f"{job}.png", verified.picture.path.read_bytes()),
                self.stages.put(f"{job}.webp", verified.thumbnail.path.read_bytes()),
            )
        await self.stages.mark_stored(job)


async def main() -> None:
    """Work until SIGTERM."""
    async with ImageSandbox(wait_seconds=600) as sandbox:

        async def consume(line: Line, stages: Stages) -> None:
            await consume_all(line, stages, Checking(stages, sandbox).store)

        await work(consume)


if __name__ == "__main__":
    uvloop.run(main())
