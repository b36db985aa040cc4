"""Use case: delete objects that belong to no job, one page of the store at a time.

An upload comes before its job, and a worker may die between the two; a result may come too late
for its job. Both leave an object that nobody would ever ask for. Whatever is young is left alone,
because its job may be about to be made.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from shared.db.orphans import Candidate
from shared.storage.keys import FOLDERS, ObjectKind, parse_key
from shared.storage.objects import ListedObject

STAGED_SECONDS: Final = 24 * 3600.0
RESULT_SECONDS: Final = 7 * 24 * 3600.0
"""Never scaled: an object too many costs nothing, one too few is a lost picture."""


class Objects(Protocol):
    """The object store."""

    async def list_page(self, prefix: str, *, after: str = "") -> list[ListedObject]: ...

    async def delete_many(self, keys: Iterable[str]) -> None: ...


class Orphans(Protocol):
    """Knows which objects belong to a job."""

    async def among(self, candidates: list[Candidate]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Page:
    """What one page of the store held.

    Attributes:
        looked_at: how many objects of each kind; `None` counts those that are not of our making.
        orphans: the keys that belong to no job, deleted by now unless it was only a look.
    """

    looked_at: Counter[ObjectKind | None]
    orphans: list[str]


@dataclass(frozen=True, slots=True)
class CollectOrphans:
    """Looks through the store and deletes what belongs to no job.

    Args:
        objects: the store.
        orphans: the tables.
        kept_seconds: how old an object of a kind must be before it may be one.
        only_look: delete nothing.
    """

    objects: Objects
    orphans: Orphans
    kept_seconds: dict[ObjectKind, float] = field(
        default_factory=lambda: {
            ObjectKind.STAGED: STAGED_SECONDS,
            ObjectKind.RESULT: RESULT_SECONDS,
        }
    )
    only_look: bool = False

    async def pages(self) -> AsyncIterator[Page]:
        """Go through everything once; objects not of our making stay.

        Raises:
            StorageUnavailable, DatabaseUnavailable: the next round starts afresh.
        """
        for folder in FOLDERS:
            after = ""
            while listed := await self.objects.list_page(folder, after=after):
                yield await self._collect(listed)
                after = listed[-1].key

    async def _collect(self, listed: list[ListedObject]) -> Page:
        looked_at: Counter[ObjectKind | None] = Counter()
        candidates = []
        for item in listed:
            parsed = parse_key(item.key)
            looked_at[None if parsed is None else parsed.kind] += 1
            if parsed is not None:
                kept = self.kept_seconds[parsed.kind]
                candidates.append(Candidate(item.key, parsed.job_id, item.modified_at, kept))
        orphans = await self.orphans.among(candidates)
        if not self.only_look:
            await self.objects.delete_many(orphans)
        return Page(looked_at, orphans)
