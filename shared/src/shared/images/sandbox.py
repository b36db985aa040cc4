"""The only way into a picture: a fresh, limited child process for each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

from shared.domain.variants import Variant
from shared.domain.workflow import Size
from shared.errors import InvalidInput, Param, PermanentError, TransientError
from shared.images.line import Line
from shared.images.pictures import (
    Picture,
    PreparedUpload,
    ResultLimits,
    UploadLimits,
    VerifiedResult,
)
from shared.images.process import ChildProcesses
from shared.images.tasks import (
    FILES,
    SYSTEM_CALLS,
    ChildLimits,
    PrepareTask,
    VariantTask,
    VerifyTask,
    WarmUpTask,
)

_UPLOAD_CODES: Final = frozenset(
    {"unsupported_format", "invalid_image", "image_too_large", "image_too_small", "image_animated"}
)


_log = structlog.get_logger(__name__)

START_SECONDS: Final = 60.0
"""For the first child, which waits until the fork server has loaded the decoders."""

Fetch = Callable[[Path], Awaitable[None]]
"""Writes a picture that lies elsewhere to a path."""


class ImageSandbox:
    """Reads pictures in children that the kernel limits.

    Args:
        concurrency: children at a time; further calls wait their turn.
        wait_seconds: the longest that a call waits for its turn.
        fetch_seconds: for a picture to be fetched; its turn lasts meanwhile.
        wall_seconds: for one child, from its start.
        child_limits: what the kernel allows it.
        upload_limits: what an upload may measure.
        result_limits: what a result may measure.
    """

    def __init__(
        self,
        *,
        concurrency: int = 2,
        wait_seconds: float = 30.0,
        fetch_seconds: float = 20.0,
        wall_seconds: float = 20.0,
        child_limits: ChildLimits | None = None,
        upload_limits: UploadLimits | None = None,
        result_limits: ResultLimits | None = None,
    ) -> None:
        self._line = Line(concurrency, wait_seconds)
        self._wait_seconds = wait_seconds
        self._fetch_seconds = fetch_seconds
        self._children = ChildProcesses(child_limits or ChildLimits(), wall_seconds)
        self._upload_limits = upload_limits or UploadLimits()
        self._result_limits = result_limits or ResultLimits()

    def beside(self, *, concurrency: int) -> Self:
        """Return one with a line of its own, whose children come from this one's server.

        It is open as long as this one, and need not be opened or closed.
        """
        other = copy(self)
        other._line = Line(concurrency, self._wait_seconds)  # noqa: SLF001 - one of us
        return other

    async def start(self) -> None:
        """Start the server that children are forked from, which takes about half a second.

        Raises:
            RuntimeError: children cannot be started here, or must be confined and cannot be.
        """
        self._children.start_server()
        answer = await self._children.run(WarmUpTask(), wall_seconds=START_SECONDS)
        said = _read(_WARM, answer)
        if isinstance(said, _Refused):
            message = f"the image sandbox does not start: {said.params.get('reason')}"
            raise RuntimeError(message)  # noqa: TRY004 - it is not the type that is wrong
        missing = {FILES, SYSTEM_CALLS} - set(said.result.held_to)
        if missing:
            _log.warning("decoders are not confined", missing=sorted(missing))

    async def aclose(self) -> None:
        """Kill the children that still run; whoever awaits them gets ``invalid_image``."""
        self._children.kill_all()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        await self.aclose()

    async def prepare_upload(
        self, source: Path, out_dir: Path, *, fetch: Fetch | None = None
    ) -> PreparedUpload:
        """Write ``original.{jpg,png,webp}`` and ``input.jpg`` of an upload into ``out_dir``.

        The original keeps its size and kind (HEIC becomes JPEG), upright in sRGB and without any
        metadata. The input is RGB on white, at most 1.5 megapixels, JPEG 4:4:4.

        With `fetch` the source is written in its turn, and deleted when that is over.

        Raises:
            InvalidInput: ``unsupported_format``, ``image_animated``, ``image_too_large`` (params
                megapixels, limit_megapixels), ``image_too_small`` (px), or ``invalid_image``, which
                also stands for a child that died or took too long.
            TransientError: too many pictures are waiting for their turn, or it was not fetched in
                time.
        """
        task = PrepareTask(source, out_dir, self._upload_limits)
        said = _read(_PREPARED, await self._run(task, fetch))
        if isinstance(said, _Refused):
            code = said.code if said.code in _UPLOAD_CODES else None
            raise InvalidInput(code or "invalid_image", **said.params)
        if not _are_in(out_dir, said.result.original, said.result.model_input):
            raise InvalidInput("invalid_image", reason="wrong_place")
        return said.result

    async def verify_result(
        self, source: Path, out_dir: Path, expected_size: Size | None = None
    ) -> VerifiedResult:
        """Write ``output.png`` and ``thumbnail.webp`` of a finished picture into ``out_dir``.

        The provider's bytes are kept when they are a PNG with nothing in it but pixels.

        Raises:
            PermanentError: ``provider_result_invalid`` with the reason.
            TransientError: too many pictures are waiting for their turn.
        """
        task = VerifyTask(source, out_dir, expected_size, self._result_limits)
        said = _read(_VERIFIED, await self._run(task))
        if isinstance(said, _Refused):
            reason = said.params.get("reason") or said.code
            raise PermanentError("provider_result_invalid", reason=reason)
        if not _are_in(out_dir, said.result.picture, said.result.thumbnail):
            raise PermanentError("provider_result_invalid", reason="wrong_place")
        return said.result

    async def make_variant(
        self, source: Path, out_dir: Path, variant: Variant, *, fetch: Fetch | None = None
    ) -> Picture:
        """Write another form of a picture of our own into ``out_dir``.

        `fetch` is as for `prepare_upload`.

        Raises:
            PermanentError: ``internal_error`` with the reason; our own pictures can be read.
            TransientError: as `prepare_upload`.
        """
        task = VariantTask(source, out_dir, variant, self._upload_limits)
        said = _read(_VARIANT, await self._run(task, fetch))
        if isinstance(said, _Refused):
            raise PermanentError("internal_error", reason=said.params.get("reason") or said.code)
        if not _are_in(out_dir, said.result):
            raise PermanentError("internal_error", reason="wrong_place")
        return said.result

    async def _run(
        self, task: PrepareTask | VerifyTask | VariantTask, fetch: Fetch | None = None
    ) -> bytes:
        async with self._line.turn(), self._there(task.source, fetch):
            return await self._children.run(task)

    @asynccontextmanager
    async def _there(self, source: Path, fetch: Fetch | None) -> AsyncIterator[None]:
        if fetch is None:
            yield
            return
        try:
            try:
                async with asyncio.timeout(self._fetch_seconds):
                    await fetch(source)
            except TimeoutError as error:
                raise TransientError(retry_after_seconds=self._fetch_seconds) from error
            yield
        finally:
            await asyncio.to_thread(source.unlink, missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Refused:
    code: str | None
    params: dict[str, Param]


@dataclass(frozen=True, slots=True)
class _HeldTo:
    held_to: list[str]


@dataclass(frozen=True, slots=True)
class _Warm:
    result: _HeldTo


@dataclass(frozen=True, slots=True)
class _Prepared:
    result: PreparedUpload


@dataclass(frozen=True, slots=True)
class _Verified:
    result: VerifiedResult


@dataclass(frozen=True, slots=True)
class _Variant:
    result: Picture


_Said = TypeVar("_Said")
_WARM: Final[TypeAdapter[_Warm | _Refused]] = TypeAdapter(_Warm | _Refused)
_PREPARED: Final[TypeAdapter[_Prepared | _Refused]] = TypeAdapter(_Prepared | _Refused)
_VERIFIED: Final[TypeAdapter[_Verified | _Refused]] = TypeAdapter(_Verified | _Refused)
_VARIANT: Final[TypeAdapter[_Variant | _Refused]] = TypeAdapter(_Variant | _Refused)


def _read(said: TypeAdapter[_Said], answer: bytes) -> _Said | _Refused:
    try:
        return said.validate_json(answer)
    except ValidationError:
        return _Refused(None, {"reason": "child_died"})


def _are_in(out_dir: Path, *pictures: Picture) -> bool:
    """Say whether files are where they belong: a child that was taken over may name any of ours."""
    return all(picture.path.parent == out_dir for picture in pictures)
