"""The files that a decoder needs, and a kernel that hides the content of all others.

Source: Documentation/userspace-api/landlock.rst.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
"""The same on every architecture."""

_ASK_FOR_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38

_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
_REMOVE_FILE: Final = 1 << 5
_MAKE_REG: Final = 1 << 8
_TRUNCATE: Final = 1 << 14

_RIGHTS_OF_VERSION: Final = {1: 13, 2: 14, 3: 15, 4: 15}
_RIGHTS_NOW: Final = 16
"""How many rights a version of Landlock knows; later ones have all that concern us."""

_READ: Final = _READ_FILE | _READ_DIR
_WORK: Final = _READ | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE


def see_only(
    *, files: Iterable[Path], folders: Iterable[Path], work_folders: Iterable[Path]
) -> bool:
    """Give up all files but these, for this process and whatever it starts, for ever.

    Files that are open stay so.

    Args:
        files: may be read.
        folders: may be read, with everything below them.
        work_folders: in these, files may be made, written, read and removed.

    Returns:
        False where the kernel has no such thing, and nothing has changed.

    Raises:
        OSError: one of them is not there.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "prctl"):
        return False
    version = libc.syscall(_CREATE_RULESET, None, 0, _ASK_FOR_VERSION)
    if version < 1 or libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    handled = (1 << _RIGHTS_OF_VERSION.get(version, _RIGHTS_NOW)) - 1
    attributes = struct.pack("=Q", handled)
    rules = libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return False
    try:
        for paths, rights in ((files, _READ_FILE), (folders, _READ), (work_folders, _WORK)):
            for path in paths:
                _add(libc, rules, path, rights & handled)
        restricted: int = libc.syscall(_RESTRICT_SELF, rules, 0)
        return restricted == 0
    finally:
        os.close(rules)


def _add(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, descriptor)
        if libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock", str(path))
    finally:
        os.close(descriptor)
