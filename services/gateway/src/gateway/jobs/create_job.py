"""Take a job in: its picture is stored first, then one statement holds the price and makes it."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from gateway.jobs.upload import ReceivedFile
from gateway.jobs.wishes import JobWishes
from shared.db.accounts import Account, Accounts
from shared.db.breakers import OpenBreaker
from shared.db.jobs import EarlierRequest, JobRecord, Jobs, NewJob
from shared.domain.job import MAX_SEED
from shared.errors import InvalidInput, PaymentRequired, TransientError, Unauthorized
from shared.ids import new_id
from shared.images.pictures import PreparedUpload
from shared.storage.keys import model_input_key, upload_key
from shared.storage.objects import Objects


class PictureSandbox(Protocol):
    """Opens pictures where they can do no harm."""

    async def prepare_upload(self, source: Path, out_dir: Path) -> PreparedUpload:
        """Write the cleaned original and the model input of an upload."""


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
    price_credits: int

    async def run(self, request: JobRequest) -> CreatedJob:
        """Make the job, or return the one that the same request made before.

        Raises:
            InvalidInput: the picture is refused, or ``idempotency_mismatch``.
            PaymentRequired: ``insufficient_credits`` with need and have.
            NotFound: the key belongs to a job that was deleted.
            TransientError: nothing is lost by trying again with the same key;
                ``provider_paused`` while the provider takes nothing.
        """
        if request.account_id is not None:
            earlier = await self._earlier(request.account_id, request.idempotency_key)
            if earlier is not None:
                return await self._replay(earlier, request, request.account_id)
            await self._check_provider()
            account = await self._solvent(request.account_id)
            prepared = await self._prepare(request)
        else:
            await self._check_provider()
            prepared = await self._prepare(request)
            account = await self.guests.open_guest()
        return await self._accept(request, account, prepared)

    async def _check_provider(self) -> None:
        """Refuse while nothing can be made; when the next job may try, one that comes may be it."""
        breaker = await self.provider.open_now()
        if breaker is not None and breaker.retry_in_seconds > 0:
            raise TransientError("provider_paused", retry_after_seconds=breaker.retry_in_seconds)

    async def _accept(
        self, request: JobRequest, account: Account, prepared: PreparedUpload | None
    ) -> CreatedJob:
        job_id = new_id()
        picture = await self._store(job_id, account.read_at, prepared)
        key = request.idempotency_key or str(job_id)
        accepted = await self.jobs.accept(self._new_job(job_id, key, request, account, picture))
        if accepted:
            record = await self.jobs.get(job_id, account.id)
            return CreatedJob(record, replayed=False, is_new_guest=request.account_id is None)
        if picture is not None:
            await self.objects.delete_many([picture.upload_key, picture.input_key])
        earlier = await self._earlier(account.id, key)
        if earlier is not None:
            return await self._replay(earlier, request, account.id)
        await self._solvent(account.id)
        # Credits that another job held a moment ago are free again by now.
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

    async def _solvent(self, account_id: UUID) -> Account:
        account = await self.accounts.get(account_id)
        if account is None:
            raise Unauthorized("session_invalid")
        if account.available_credits < self.price_credits:
            raise PaymentRequired(
                "insufficient_credits", need=self.price_credits, have=account.available_credits
            )
        return account

    async def _prepare(self, request: JobRequest) -> PreparedUpload | None:
        if request.image is None:
            return None
        out_dir = request.image.path.parent / "prepared"
        out_dir.mkdir()
        return await self.sandbox.prepare_upload(request.image.path, out_dir)

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
        )
