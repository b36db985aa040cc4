"""The names of the points: every commit and every network call of the services has one.

db.<module>.<STATEMENT>   a statement of shared.db, which is a transaction of its own
http.<operation>          a request to RunPod, http.result the download of a picture
s3.<Operation>            a request to the object store
publish.<topic>           an event that goes out; publish.wait and publish.dead are copies
ack.<queue>               a message that is settled
publish.canary, ack.canary, ack.dead
"""

import importlib
import pkgutil
import re
from typing import Final

import shared.db
from shared.contracts.catalogue import ROUTES
from shared.db.invariants import RULES

UNNAMED: Final = "unnamed"
"""What a call is called that no rule knows; no test expects it, so it fails the suite."""

_SQL: Final = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")
_WRITES: Final = re.compile(r"\b(INSERT|UPDATE|DELETE|emit|emit_job)\b")
HTTP_READS: Final = ("status", "health", "result")
_S3_READS: Final = frozenset({"s3.GetObject", "s3.HeadObject", "s3.ListObjectsV2"})
HTTP_OPERATIONS: Final = ("run", "cancel", *HTTP_READS)
S3_OPERATIONS: Final = ("PutObject", "GetObject", "HeadObject", "ListObjectsV2", "DeleteObject")
COPIES: Final = ("wait", "dead")
OTHER_POINTS: Final = ("publish.canary", "ack.canary", "ack.dead")


def statements() -> dict[str, str]:
    """Return the SQL of `shared.db`, text to name; what begins with an underscore is a part."""
    named: dict[str, str] = {}
    for module in pkgutil.iter_modules(shared.db.__path__):
        if module.ispkg:
            continue
        loaded = importlib.import_module(f"shared.db.{module.name}")
        for name, value in vars(loaded).items():
            is_ours = name.isupper() and not name.startswith("_")
            if is_ours and isinstance(value, str) and _SQL.match(value):
                named[value] = f"{module.name}.{name}"
    return named | dict.fromkeys((rule.sql for rule in RULES), "invariants.RULES")


def read_only_points() -> frozenset[str]:
    """Return the points of calls that change nothing: before and after them is the same place."""
    reads = {f"db.{name}" for sql, name in statements().items() if not _WRITES.search(sql)}
    return frozenset(reads | {f"http.{name}" for name in HTTP_READS} | _S3_READS)


def known_points() -> frozenset[str]:
    """Return every point that the services can pass."""
    return frozenset(
        [f"db.{name}" for name in statements().values()]
        + [f"http.{name}" for name in HTTP_OPERATIONS]
        + [f"s3.{name}" for name in S3_OPERATIONS]
        + [f"publish.{route.event.topic}" for route in ROUTES]
        + [f"publish.{name}" for name in COPIES]
        + list(OTHER_POINTS)
        + [f"ack.{route.queue}" for route in ROUTES if route.queue is not None]
    )
