"""Who is asking: from a cookie's value to an account, and a new guest for a visitor without one."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Final
from uuid import UUID

from gateway.security.cookies import SessionSigner
from shared.db.accounts import Account, Accounts
from shared.errors import Unauthorized

KNOWN_FOR_SECONDS: Final = 15.0
LOOK_UP_SECONDS: Final = 5.0
MAX_KNOWN: Final = 20_000


class Sessions:
    """Reads sessions; an account that was seen lately is not looked up again."""

    def __init__(
        self,
        accounts: Accounts,
        signer: SessionSigner,
        *,
        guests_allowed: bool,
        guest_free_credits: int,
    ) -> None:
        self._accounts = accounts
        self._signer = signer
        self._guests_allowed = guests_allowed
        self._guest_free_credits = guest_free_credits
        self._known_until: OrderedDict[UUID, float] = OrderedDict()
        self._listening: frozenset[UUID] = frozenset()
        self._listening_known_until = 0.0

    async def account_of(self, cookie: str | None) -> UUID:
        """Return the account that a cookie stands for.

        Raises:
            Unauthorized: ``unauthorized`` without a cookie, ``session_invalid`` with one that is
                not ours, too old, or of no account.
        """
        if cookie is None:
            raise Unauthorized("unauthorized")
        account_id = self._signer.read(cookie)
        if account_id is None or not await self._exists(account_id):
            raise Unauthorized("session_invalid")
        return account_id

    async def check(self, account_id: UUID) -> None:
        """See that an account that was asked for by its cookie is still there.

        Raises:
            Unauthorized: ``session_invalid``.
        """
        if not await self._exists(account_id):
            raise Unauthorized("session_invalid")

    async def visitor_of(self, cookie: str | None) -> UUID | None:
        """As `account_of`, but None for a visitor who may become a guest.

        Raises:
            Unauthorized: as `account_of`.
        """
        if cookie is None and self._guests_allowed:
            return None
        return await self.account_of(cookie)

    async def open(self, cookie: str | None) -> Account:
        """Return the cookie's account, or a new guest.

        Raises:
            Unauthorized: as `account_of`, where guests are not allowed.
        """
        account_id = None if cookie is None else self._signer.read(cookie)
        account = None if account_id is None else await self._accounts.get(account_id)
        if account is not None:
            return account
        if not self._guests_allowed:
            raise Unauthorized("unauthorized" if cookie is None else "session_invalid")
        return await self.open_guest()

    async def open_guest(self) -> Account:
        """Make an account for a visitor."""
        return await self._accounts.open_guest(self._guest_free_credits)

    async def keep_known(self, account_ids: Callable[[], Collection[UUID]]) -> None:
        """Wait a while, then look up together who listens, so that nobody is looked up alone.

        Raises:
            DatabaseUnavailable: as it says.
        """
        await asyncio.sleep(LOOK_UP_SECONDS)
        if listening := frozenset(account_ids()):
            await self.look_up(listening)

    async def look_up(self, listening: frozenset[UUID]) -> None:
        """Look them up; those who are there are known for a while, those who are not no longer.

        Raises:
            DatabaseUnavailable: as it says.
        """
        missing = await self._accounts.missing(listening)
        for account_id in missing:
            self._known_until.pop(account_id, None)
        self._listening = listening - missing
        self._listening_known_until = time.monotonic() + KNOWN_FOR_SECONDS

    def forget(self) -> None:
        """Look every account up again."""
        self._known_until.clear()
        self._listening = frozenset()

    async def _exists(self, account_id: UUID) -> bool:
        now = time.monotonic()
        if account_id in self._listening and self._listening_known_until > now:
            return True
        if self._known_until.get(account_id, 0) > now:
            return True
        if await self._accounts.get(account_id) is None:
            return False
        self._note_known(account_id)
        return True

    def _note_known(self, account_id: UUID) -> None:
        self._known_until[account_id] = time.monotonic() + KNOWN_FOR_SECONDS
        self._known_until.move_to_end(account_id)
        if len(self._known_until) > MAX_KNOWN:
            self._known_until.popitem(last=False)
