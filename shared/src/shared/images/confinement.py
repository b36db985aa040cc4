"""Everything that a child gives up before it opens a picture."""

import os
import resource
import warnings
from pathlib import Path
from typing import Final

import PIL
import pillow_heif

import shared
from shared.images.landlock import see_only
from shared.images.seccomp import allow_only_decoding
from shared.images.tasks import (
    FILES,
    SYSTEM_CALLS,
    ChildLimits,
    PrepareTask,
    Task,
    VariantTask,
    VerifyTask,
)

_LIBRARIES: Final = (
    Path(os.__file__).parent,
    *(Path(path) for package in (PIL, pillow_heif, shared) for path in package.__path__),
)
"""Python loads parts of itself and of the decoders when they are first needed."""


def limit(limits: ChildLimits) -> None:
    """Give up the environment, the terminal, and more than a share of the machine."""
    os.environ.clear()
    warnings.simplefilter("ignore")
    # The decoders' C libraries write their complaints, with parts of the file, to stderr.
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def confine(task: Task) -> list[str]:
    """Give up all files but the task's own, and all system calls but a decoder's.

    Returns:
        What this kernel can hold a process to, out of ``FILES`` and ``SYSTEM_CALLS``.

    Raises:
        OSError: the task's own files are not there.
    """
    files, work_folders = _needs(task)
    held = []
    if see_only(files=files, folders=_LIBRARIES, work_folders=work_folders):
        held.append(FILES)
    if allow_only_decoding():
        held.append(SYSTEM_CALLS)
    return held


def _needs(task: Task) -> tuple[list[Path], list[Path]]:
    if isinstance(task, PrepareTask | VerifyTask | VariantTask):
        return [task.source], [task.out_dir]
    return [], []
