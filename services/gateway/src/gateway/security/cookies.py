"""The session cookie: an account id, signed and dated."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from itsdangerous import BadSignature, TimestampSigner
from starlette.responses import Response

COOKIE: Final = "ob_session"
LIFETIME_SECONDS: Final = 90 * 24 * 3600
_SALT: Final = "ob-session-1"


class SessionSigner:
    """Makes and reads the cookie's value."""

    def __init__(self, secret: str) -> None:
        self._signer = TimestampSigner(secret, salt=_SALT, digest_method=sha256)

    def sign(self, account_id: UUID) -> str:
        """Return the value that stands for an account from now on."""
        return self._signer.sign(account_id.hex).decode("ascii")

    def read(self, value: str) -> UUID | None:
        """Return the account of a value that we signed in the last 90 days, or None."""
        try:
            return UUID(self._signer.unsign(value, max_age=LIFETIME_SECONDS).decode("ascii"))
        except (BadSignature, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """Puts the session on an answer; `secure` keeps it off plain http."""

    signer: SessionSigner
    secure: bool

    def put(self, response: Response, account_id: UUID) -> None:
        """Sign the account in."""
        response.set_cookie(
            COOKIE,
            self.signer.sign(account_id),
            max_age=LIFETIME_SECONDS,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )
