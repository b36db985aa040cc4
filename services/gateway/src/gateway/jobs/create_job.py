"""Take a job in: its picture is stored first, then one statement holds the price and makes it."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import UUID

from gateway.jobs.parents import Parents
from gateway.jobs.standing import check_standing
from gateway.jobs.upload import ReceivedFile
from gateway.jobs.wishes import JobWishes
from shared.db.accounts import Account, Accounts, Standing
from shared.db.breakers import OpenBreaker
from shared.db.jobs import EarlierRequest, JobRecord, Jobs, NewJob
from shared.domain.job import MAX_SEED
from shared.domain.limits import JobLimits
from shared.errors import InvalidInput, TransientError, Unauthorized
from shared.ids import new_id
from shared.images.pictures import PreparedUpload
from shared.images.sandbox import Fetch
from shared.storage.keys import model_input_key, upload_key
from shared.storage.objects import Objects
from shared.temp_folder import scratch


class PictureSandbox(Protocol):
    """Opens pictures where they can do no harm."""

    async def prepare_upload(
        self, source: Path, out_dir: Path, *, fetch: Fetch | None
    ) -> PreparedUpload:
        """Write the cleaned original and the model input of an upload.

        With `fetch` it is written to `source` first, when it is its turn.
        """


class GuestDesk(Protocol):
    """Makes accounts for visitors."""

    async def open_guest(self) -> Account:
        """Make an account."""


class Provider(Protocol):
    """The endpoint where jobs are made."""

    async def open_now(self) -> OpenBreaker | None:
        """Return why it takes nothing; None while it does."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A request for a job; `account_id` is None for a visitor who becomes a guest with it."""

    account_id: UUID | None
    wishes: JobWishes
    image: ReceivedFile | None
    idempotency_key: str | None

    @property
    def sha256(self) -> str:
        """What tells this request from another under the same key."""
        return self.wishes.sha256(None if self.image is None else self.image.sha256)


@dataclass(frozen=True, slots=True)
class CreatedJob:
    """The job of a request; `replayed` when an earlier request of the same key made it."""

    record: JobRecord
    replayed: bool
    is_new_guest: bool


@dataclass(frozen=True, slots=True)
class _StoredPicture:
    upload_key: str
    content_type: str
    input_key: str


@dataclass(frozen=True, slots=True)
class CreateJob:
    """The use case."""

    accounts: Accounts
    guests: GuestDesk
    jobs: Jobs
    objects: Objects
    sandbox: PictureSandbox
    provider: Provider
    parents: Parents
    price_credits: int
    limits: JobLimits

    async def run(self, request: JobRequest) -> CreatedJob:
        """Make the job, or return the one that the same request made before.

        Raises:
            InvalidInput: the picture is refused, ``parent_unknown``, or ``idempotency_mismatch``.
            Conflict: ``result_not_ready``, the job to go on from is not done.
            PaymentRequired, RateLimited: as `check_standing` says.
            NotFound: the key belongs to a job that was deleted.
            TransientError: nothing is lost by trying again with the same key;
                ``provider_paused`` while the provider takes nothing.
        """
        if request.account_id is None:
            await self._check_provider()
            return await self._make(request, None)
        # Read before the earlier request is: what that one holds does not refuse its repetition.
        standing = await self.accounts.standing(request.account_id, self.limits)
        earlier = await self._earlier(request.account_id, request.idempotency_key)
        if earlier is not None:
            return await self._replay(earlier, request, request.account_id)
        await self._check_provider()
        return await self._make(request, self._account_of(standing))

    async def _make(self, request: JobRequest, account: Account | None) -> CreatedJob:
        parent = await self._parent(request)
        async with self._prepared(request.image, parent) as prepared:
            account = account or await self.guests.open_guest()
            return await self._accept(request, account, parent, prepared)

    async def _check_provider(self) -> None:
        """Refuse while nothing can be made; when the next job may try, one that comes may be it."""
        breaker = await self.provider.open_now()
        if breaker is not None and breaker.retry_in_seconds > 0:
            raise TransientError("provider_paused", retry_after_seconds=breaker.retry_in_seconds)

    async def _parent(self, request: JobRequest) -> JobRecord | None:
        """Return the job to go on from; beside a photo it is only remembered, if it is there."""
        parent_id = request.wishes.parent_id
        if parent_id is None:
            return None
        find = self.parents.of if request.image is None else self.parents.if_there
        return await find(parent_id, request.account_id)

    @asynccontextmanager
    async def _prepared(
        self, image: ReceivedFile | None, parent: JobRecord | None
    ) -> AsyncIterator[PreparedUpload | None]:
        if image is not None:
            yield await self._prepare(image.path)
        elif parent is not None:
            async with scratch("ob-parent-") as folder:
                fetch = partial(self.parents.fetch, parent)
                yield await self._prepare(folder / "source", fetch)
        else:
            yield None

    async def _prepare(self, source: Path, fetch: Fetch | None = None) -> PreparedUpload:
        out_dir = source.parent / "prepared"
        out_dir.mkdir()
        return await self.sandbox.prepare_upload(source, out_dir, fetch=fetch)

    async def _accept(
        self,
        request: JobRequest,
        account: Account,
        parent: JobRecord | None,
        prepared: PreparedUpload | None,
    ) -> CreatedJob:
        job_id = new_id()
        picture = await self._store(job_id, account.read_at, prepared)
        key = request.idempotency_key or str(job_id)
        new_job = self._new_job(job_id, key, request, account, parent, picture)
        if await self.jobs.accept(new_job, self.limits):
            record = await self.jobs.get(job_id, account.id)
            return CreatedJob(record, replayed=False, is_new_guest=request.account_id is None)
        if picture is not None:
            await self.objects.delete_many([picture.upload_key, picture.input_key])
        standing = await self.accounts.standing(account.id, self.limits)
        earlier = await self._earlier(account.id, key)
        if earlier is not None:
            return await self._replay(earlier, request, account.id)
        self._account_of(standing)
        # Credits that another job held a moment ago, or its place, are free again by now.
        raise TransientError(retry_after_seconds=1)

    async def _earlier(self, account_id: UUID, key: str | None) -> EarlierRequest | None:
        return None if key is None else await self.jobs.by_key(account_id, key)

    async def _replay(
        self, earlier: EarlierRequest, request: JobRequest, account_id: UUID
    ) -> CreatedJob:
        if earlier.request_sha256 != request.sha256:
            raise InvalidInput("idempotency_mismatch")
        record = await self.jobs.get(earlier.job_id, account_id)
        return CreatedJob(record, replayed=True, is_new_guest=False)

    def _account_of(self, standing: Standing | None) -> Account:
        """Return the account, if it may begin another job."""
        if standing is None:
            raise Unauthorized("session_invalid")
        check_standing(standing, self.price_credits, self.limits)
        return standing.account

    async def _store(
        self, job_id: UUID, created_at: datetime, prepared: PreparedUpload | None
    ) -> _StoredPicture | None:
        if prepared is None:
            return None
        original, small = prepared.original, prepared.model_input
        stored = _StoredPicture(
            upload_key(job_id, created_at, original.extension),
            original.content_type,
            model_input_key(job_id, created_at),
        )
        await asyncio.gather(
            self.objects.put_file(
                stored.upload_key, original.path, original.content_type, original.sha256
            ),
            self.objects.put_file(stored.input_key, small.path, small.content_type, small.sha256),
        )
        return stored

    def _new_job(
        self,
        job_id: UUID,
        key: str,
        request: JobRequest,
        account: Account,
        parent: JobRecord | None,
        picture: _StoredPicture | None,
    ) -> NewJob:
        wishes = request.wishes
        return NewJob(
            id=job_id,
            account_id=account.id,
            idempotency_key=key,
            request_sha256=request.sha256,
            prompt=wishes.prompt,
            negative_prompt=wishes.negative_prompt,
            model=wishes.model,
            ratio=wishes.ratio,
            seed=secrets.randbelow(MAX_SEED + 1) if wishes.seed is None else wishes.seed,
            price_credits=self.price_credits,
            created_at=account.read_at,
            upload_key=None if picture is None else picture.upload_key,
            upload_content_type=None if picture is None else picture.content_type,
            input_key=None if picture is None else picture.input_key,
            parent_id=None if parent is None else parent.id,
        )
