"""What the customers did and were told, written down as it happened: the outside's own truth."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any, TextIO

Record = dict[str, Any]


class History:
    """Appends records to a JSONL file; each carries its instant."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO = path.open("a", encoding="utf-8")

    def note(self, what: str, **facts: object) -> None:
        """Write one record."""
        self._file.write(
            json.dumps({"at": time(), "what": what, **facts}, ensure_ascii=False) + "\n"
        )

    def close(self) -> None:
        """Write everything out."""
        self._file.close()


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a JSONL file in order."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


@dataclass(slots=True)
class Wish:
    """One job that a customer asked for, and everything that was answered.

    Attributes:
        account: whose.
        key: the Idempotency-Key of every try.
        expects: `job`, or the code of the refusal that must come.
        job_id: out of an answer 202.
        answers: status and code of each try; status 0 is no answer.
        timelines: each list of (seq, stage) that was read later.
    """

    account: str
    key: str
    expects: str
    prompt: str = ""
    job_id: str | None = None
    answers: list[tuple[int, str]] = field(default_factory=list)
    timelines: list[list[tuple[int, str]]] = field(default_factory=list)
    cancelled: bool = False
    deleted: bool = False

    @property
    def acknowledged(self) -> bool:
        """Whether the customer was told that the job is accepted."""
        return self.job_id is not None


def read_junk(path: Path) -> frozenset[str]:
    """Return the ids of the messages that were made to be unreadable."""
    return frozenset(r["message_id"] for r in read_records(path) if r["what"] == "junk")


def read_wishes(path: Path) -> list[Wish]:
    """Put a history's records together, one wish for each key."""
    wishes: dict[str, Wish] = {}
    for record in read_records(path):
        match record["what"]:
            case "wish":
                wishes[record["key"]] = Wish(
                    record["account"], record["key"], record["expects"], record["prompt"]
                )
            case "answer":
                wish = wishes[record["key"]]
                wish.answers.append((record["status"], record["code"]))
                wish.job_id = record["job_id"] or wish.job_id
            case "read":
                timeline = [(seq, stage) for seq, stage in record["timeline"]]
                wishes[record["key"]].timelines.append(timeline)
            case "cancel":
                wishes[record["key"]].cancelled = True
            case "delete":
                wishes[record["key"]].deleted = True
    return list(wishes.values())
