"""What a child is asked and what it may use; plain data that crosses to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.domain.variants import Variant
from shared.domain.workflow import Size
from shared.images.pictures import ResultLimits, UploadLimits

ANSWER_LIMIT_BYTES: Final = 16 * 1024

SYSTEM_CALLS: Final = "system calls"
FILES: Final = "files"
"""What a child can be held to, where the kernel can do it."""

_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What a child may use; the kernel holds it to it.

    ``must_be_confined``: it does nothing where the kernel cannot keep system calls from it.
    """

    memory_bytes: int = 1024 * _MIB
    cpu_seconds: int = 10
    file_bytes: int = 256 * _MIB
    open_files: int = 32
    must_be_confined: bool = False


@dataclass(frozen=True, slots=True)
class PrepareTask:
    """Make an upload safe and small."""

    source: Path
    out_dir: Path
    limits: UploadLimits


@dataclass(frozen=True, slots=True)
class VerifyTask:
    """Check a finished picture."""

    source: Path
    out_dir: Path
    expected: Size | None
    limits: ResultLimits


@dataclass(frozen=True, slots=True)
class VariantTask:
    """Make another form of a picture of our own."""

    source: Path
    out_dir: Path
    variant: Variant
    limits: UploadLimits


@dataclass(frozen=True, slots=True)
class WarmUpTask:
    """Say what a child is held to, once the server has started and imported everything."""


Task = PrepareTask | VerifyTask | VariantTask | WarmUpTask
