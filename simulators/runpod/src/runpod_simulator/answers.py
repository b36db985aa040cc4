"""What an operation can end in: a JSON answer, a stream of bytes, silence, or a torn connection."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from runpod_simulator.jobs import JsonObject


@dataclass(frozen=True, slots=True)
class Answer:
    """A status code and a small JSON document."""

    status: int
    body: JsonObject
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """200 with JSON text that is ready to be sent."""

    body: bytes


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """200 with JSON text that is made while it is sent."""

    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class AnswerLater:
    """Nothing for so many simulated seconds, then the connection is reset."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ResetConnection:
    """The connection is reset at once."""


Reaction = Answer | RawAnswer | StreamedAnswer | AnswerLater | ResetConnection


def problem(
    status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an error as RunPod words it, where `status` is a number and not a job's status.

    Source: RunPod's answers as recorded by public clients.
    """
    return Answer(status, {"status": status, "title": title, "detail": detail}, headers or {})
