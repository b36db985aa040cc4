"""A multipart form from the network: counted while it streams, on disk beyond 64 KiB, then gone."""

import asyncio
import errno
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from shared.errors import InvalidInput, TransientError
from shared.temp_folder import scratch

MIB: Final = 1024 * 1024
UPLOAD_LIMIT_BYTES: Final = 25 * MIB
_AROUND_THE_FILE_BYTES: Final = 64 * 1024
BODY_LIMIT_BYTES: Final = UPLOAD_LIMIT_BYTES + _AROUND_THE_FILE_BYTES
MAX_FIELDS: Final = 20
MAX_FIELD_BYTES: Final = 64 * 1024
SILENCE_LIMIT_SECONDS: Final = 30.0
WHOLE_LIMIT_SECONDS: Final = 600.0
"""25 MB in ten minutes are 42 KB a second, less than any mobile network that shows a page."""

_IMAGE: Final = "image"
_PIECE_BYTES: Final = 64 * 1024
"""Larger ones, six threads at a time, leave their size in the heap."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as it came; its name at the sender is forgotten."""

    path: Path
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A form: its text fields and its picture, which lies in a folder of its own."""

    fields: dict[str, str]
    image: ReceivedFile | None


@asynccontextmanager
async def receive_upload(
    request: Request, *, limit_seconds: float = WHOLE_LIMIT_SECONDS
) -> AsyncIterator[Upload]:
    """Read the form of a request; whatever it put on disk is removed in the end.

    Raises:
        InvalidInput: ``unsupported_media_type``, ``payload_too_large``, ``request_malformed``, or
            ``upload_interrupted`` when the sender went away, fell silent for 30 s, or took longer
            than ``limit_seconds`` for the whole.
        TransientError: there is no room on the disk.
    """
    _check_headers(request)
    with _disk_errors():
        form = await _parse(request, limit_seconds)
    try:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        file = _image_of(form)
        if file is None:
            yield Upload(fields, None)
            return
        async with scratch("ob-upload-") as folder:
            with _disk_errors():
                image = await asyncio.to_thread(_copy, file.file, folder / "source")
            await form.close()
            yield Upload(fields, image)
    finally:
        await form.close()


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise TransientError from error


def _check_headers(request: Request) -> None:
    media_type, _, options = request.headers.get("content-type", "").partition(";")
    charset = options.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    if media_type.strip().lower() != "multipart/form-data" or charset not in {"", "utf-8"}:
        raise InvalidInput("unsupported_media_type")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > BODY_LIMIT_BYTES:
        raise _too_large()


class _Parser(MultiPartParser):
    spool_max_size = 4 * 1024
    """So that the memory of many uploads at once is that of one."""


async def _parse(request: Request, limit_seconds: float) -> FormData:
    parser = _Parser(
        request.headers,
        _counted(request),
        max_files=1,
        max_fields=MAX_FIELDS,
        max_part_size=MAX_FIELD_BYTES,
    )
    try:
        async with asyncio.timeout(limit_seconds):
            return await parser.parse()
    except (MultiPartException, ValueError) as error:
        raise InvalidInput("request_malformed") from error
    except (ClientDisconnect, TimeoutError) as error:
        raise InvalidInput("upload_interrupted") from error


async def _counted(request: Request) -> AsyncGenerator[bytes, None]:
    received_bytes = 0
    chunks = request.stream()
    while True:
        async with asyncio.timeout(SILENCE_LIMIT_SECONDS):
            chunk = await anext(chunks, None)
        if chunk is None:
            return
        received_bytes += len(chunk)
        if received_bytes > BODY_LIMIT_BYTES:
            raise _too_large()
        yield chunk


def _image_of(form: FormData) -> UploadFile | None:
    value = form.get(_IMAGE)
    if isinstance(value, UploadFile) and (value.size or value.filename):
        if (value.size or 0) > UPLOAD_LIMIT_BYTES:
            raise _too_large()
        return value
    if isinstance(value, str) and value:
        raise InvalidInput("request_malformed")
    return None


def _copy(source: BinaryIO, path: Path) -> ReceivedFile:
    digest = hashlib.sha256()
    size_bytes = 0
    with path.open("wb") as target:
        while chunk := source.read(_PIECE_BYTES):
            digest.update(chunk)
            size_bytes += target.write(chunk)
    return ReceivedFile(path, digest.hexdigest(), size_bytes)


def _too_large() -> InvalidInput:
    return InvalidInput("payload_too_large", limit_mb=UPLOAD_LIMIT_BYTES // MIB)
