"""`python -m bench.unchecked_storer`: the storer, trusting what it is given."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.provider.picture import SIDE_PX
from shared.domain.workflow import Size
from shared.images.pictures import Picture, VerifiedResult
from shared.service import run_process
from storer.app import run
from storer.settings import StorerSettings
from storer.store_result import Verifier


class Trusting:
    """Describes a picture without opening it; see `Verifier`."""

    async def verify_result(
        self, source: Path, out_dir: Path, expected_size: Size | None = None
    ) -> VerifiedResult:
        """See `Verifier.verify_result`."""
        _ = out_dir, expected_size
        content = await asyncio.to_thread(source.read_bytes)
        picture = Picture(
            path=source,
            format="png",
            content_type="image/png",
            extension="png",
            width=SIDE_PX,
            height=SIDE_PX,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        return VerifiedResult(picture, picture, reencoded=False)


@asynccontextmanager
async def trusting(_: StorerSettings) -> AsyncIterator[Verifier]:
    """Open what trusts."""
    yield Trusting()


if __name__ == "__main__":
    run_process(run(StorerSettings.from_environment(), trusting))
