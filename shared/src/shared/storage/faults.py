"""The store's errors as ours; what no rule knows stays as it is and counts as a bug."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import ClientError as TransportError
from botocore.exceptions import (  # type: ignore[import-untyped]  # has no types
    BotoCoreError,
    ClientError,
    ParamValidationError,
)

from shared.errors import AppError, NotFound, StorageUnavailable

_MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_TRANSIENT: Final = frozenset(
    {
        "ConditionalRequestConflict",
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
    }
)
_OPERATOR: Final = frozenset({401, 403})
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500


@contextmanager
def storage_errors() -> Iterator[None]:
    """Translate what botocore and its transport raise.

    Raises:
        NotFound: ``object_missing``.
        StorageUnavailable: network, time-outs, faults and limits of the store; also refused keys
            and a missing bucket, which an operator mends while the work waits.
    """
    try:
        yield
    except ParamValidationError:
        raise
    except ClientError as error:
        ours = _translate(error)
        if ours is None:
            raise
        raise ours from error
    except (BotoCoreError, TransportError, TimeoutError, ConnectionError) as error:
        raise StorageUnavailable(reason=type(error).__name__) from error


def status_of(error: ClientError) -> int:
    """Return the HTTP status of an answer of the store."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def code_of(error: ClientError) -> str:
    """Return the store's code of an error, like ``NoSuchKey``."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _translate(error: ClientError) -> AppError | None:
    code, http_status = code_of(error), status_of(error)
    if code in _MISSING:
        return NotFound("object_missing")
    waits = http_status >= _SERVER_FAULT or http_status == _TOO_MANY or http_status in _OPERATOR
    if waits or code in _TRANSIENT or code == "NoSuchBucket":
        return StorageUnavailable(reason=code, http_status=http_status)
    return None
