"""Jobs whose pictures really lie in the store."""

import hashlib
from pathlib import Path
from typing import Self

from shared.storage.objects import ObjectInfo
from shared.storage.r2 import R2Objects
from test_gateway.rig import Json, Rig, Visitor, photo


class WatchedObjects(R2Objects):
    """A store that counts how many of the pictures read from it lie on the disk at once."""

    most_at_once = 0

    async def __aenter__(self) -> Self:
        self._read: list[Path] = []
        return await super().__aenter__()

    async def get_to_file(self, key: str, path: Path, *, limit_bytes: int) -> ObjectInfo:
        info = await super().get_to_file(key, path, limit_bytes=limit_bytes)
        self._read.append(path)
        self.most_at_once = max(self.most_at_once, sum(file.exists() for file in self._read))
        return info


async def finished(
    rig: Rig, visitor: Visitor, objects: R2Objects, folder: Path, size: tuple[int, int] = (96, 64)
) -> Json:
    """Return a done job whose result is a picture."""
    job = await visitor.new_job()
    await rig.factory.bring_to(job["id"], "done")
    row = await rig.database.row("SELECT result_key FROM jobs WHERE id = $1", job["id"])
    assert row is not None
    await objects.put_file(row["result_key"], *picture_file(folder, size))
    return await visitor.job(job["id"])


def picture_file(folder: Path, size: tuple[int, int]) -> tuple[Path, str, str]:
    """Write a PNG and return its path, type and sha256."""
    path = folder / f"{size[0]}x{size[1]}.png"
    path.write_bytes(photo(size))
    return path, "image/png", hashlib.sha256(path.read_bytes()).hexdigest()
