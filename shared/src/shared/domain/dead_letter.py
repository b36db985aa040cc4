"""A message that no handler could take: what it is, and what may be done about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

UNREADABLE: Final = "event_unreadable"
DELIVERY_LIMIT: Final = "delivery_limit"
BROKER_REASONS: Final = frozenset({DELIVERY_LIMIT, "rejected", "expired", "maxlen"})
"""Why RabbitMQ itself moves a message to a dead queue."""
MAX_REDRIVES: Final = 3
"""A job whose messages end the processes that take them is rung again so often, then fails."""


class DeadState(StrEnum):
    """What has become of a dead message."""

    OPEN = "open"
    """Nobody has done anything about it; an operator should look."""
    REPLAYED = "replayed"
    """Its job was rung again."""
    SETTLED = "settled"
    """Nothing is left to do."""
    DISMISSED = "dismissed"
    """An operator has looked and let it be."""


class Cause(StrEnum):
    """Whose fault it is, as far as the message shows."""

    UNREADABLE = "unreadable"
    """It is no event of ours."""
    REFUSED = "refused"
    """Its handler said that trying again cannot help."""
    UNDELIVERED = "undelivered"
    """No handler came to an end with it; the message itself may be innocent."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead message as it was found.

    Attributes:
        queue: the work queue.
        fingerprint: the same for the same message read twice.
        body: its first 4 KB as text.
        reason: a code of the error catalogue, or one of `BROKER_REASONS`.
        tries: how often it was handled in vain.
        deaths: what RabbitMQ notes of it, as JSON.
    """

    queue: str
    fingerprint: bytes
    message_id: str | None
    topic: str | None
    job_id: UUID | None
    body: str
    body_bytes: int
    reason: str
    tries: int
    deaths: str
    died_at: datetime | None


def cause_of(reason: str) -> Cause:
    """Return whose fault a reason is."""
    if reason == UNREADABLE:
        return Cause.UNREADABLE
    return Cause.UNDELIVERED if reason in BROKER_REASONS else Cause.REFUSED


def why(reason: str, tries: int) -> str:
    """Return in a sentence why the message died."""
    match cause_of(reason):
        case Cause.UNREADABLE:
            return "It is no event that this version can read."
        case Cause.REFUSED:
            return f"Its handler gave up with '{reason}' at try {tries}."
    if reason == DELIVERY_LIMIT:
        return "It was delivered again and again, and no process came to an end with it."
    return f"RabbitMQ moved it here ('{reason}') without a handler's verdict."
