"""The system calls that a decoder needs, and a kernel that refuses all others.

A list of what is allowed, because new ways to reach the network or other processes are added to
Linux every year. What is not on it fails with ENOSYS, so that C libraries fall back to older calls.
Source: seccomp(2), Documentation/userspace-api/seccomp_filter.rst, linux/filter.h.
"""

import ctypes
import errno
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_Instruction = tuple[int, int, int, int]
"""Code, jumps when true and when false, operand."""

_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2

_ALLOW: Final = 0x7FFF_0000
_KILL_PROCESS: Final = 0x8000_0000
_REFUSE: Final = 0x0005_0000 | errno.ENOSYS

_LOAD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_JUMP_IF_SET: Final = 0x45
_RETURN: Final = 0x06

_NUMBER_AT: Final = 0
_MACHINE_AT: Final = 4
_ARGUMENTS_AT: Final = 16
_ARGUMENT_BYTES: Final = 8

_CLONE_THREAD: Final = 0x0001_0000
_PROT_EXEC: Final = 0x4


@dataclass(frozen=True, slots=True)
class _Machine:
    """A processor architecture: its name for the kernel, and which of the two columns is its."""

    audit_code: int
    column: int


_MACHINES: Final = {"x86_64": _Machine(0xC000_003E, 0), "aarch64": _Machine(0xC000_00B7, 1)}

_CALLS: Final[dict[str, tuple[int | None, int | None]]] = {
    # files that are opened already
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "close": (3, 57),
    "lseek": (8, 62),
    "sendfile": (40, 71),
    "copy_file_range": (326, 285),
    "ftruncate": (77, 46),
    "poll": (7, None),
    "ppoll": (271, 73),
    # files by name; landlock says which
    "open": (2, None),
    "openat": (257, 56),
    "stat": (4, None),
    "lstat": (6, None),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getcwd": (79, 17),
    "getdents64": (217, 61),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    # memory
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    # itself
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "membarrier": (324, 283),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "sysinfo": (99, 179),
    # time and chance
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "getrandom": (318, 278),
}
"""On x86_64 and on aarch64. Source: asm/unistd_64.h and asm-generic/unistd.h."""

_MMAP: Final = (9, 222)
_MPROTECT: Final = (10, 226)
_CLONE: Final = (56, 220)


class _Filter(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jump_true", ctypes.c_uint8),
        ("jump_false", ctypes.c_uint8),
        ("operand", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filters", ctypes.POINTER(_Filter)))


def allow_only_decoding() -> bool:
    """Give up all other system calls, for this process and whatever it starts, for ever.

    Returns:
        False where the kernel or the processor has no such thing, and nothing has changed.
    """
    machine = _MACHINES.get(platform.machine())
    libc = ctypes.CDLL(None, use_errno=True)
    if machine is None or not hasattr(libc, "prctl"):
        return False
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    filters = [_Filter(*instruction) for instruction in _program(machine)]
    program = _Program(len(filters), (_Filter * len(filters))(*filters))
    installed: int = libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
    return installed == 0


def _program(machine: _Machine) -> list[_Instruction]:
    """Return the filter; each of its parts decides, or leads to the next with the number loaded."""
    plain = (numbers[machine.column] for numbers in _CALLS.values())
    return [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_JUMP_IF_EQUAL, 1, 0, machine.audit_code),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER_AT),
        *_allow(number for number in plain if number is not None),
        # Memory that can be run is what a decoder that was taken over would need.
        *_allow_by_flag(_MMAP[machine.column], 2, _PROT_EXEC, when_set=False),
        *_allow_by_flag(_MPROTECT[machine.column], 2, _PROT_EXEC, when_set=False),
        # Threads, but no processes. clone3 hides its flags in memory, and libraries do without it.
        *_allow_by_flag(_CLONE[machine.column], 0, _CLONE_THREAD, when_set=True),
        (_RETURN, 0, 0, _REFUSE),
    ]


def _allow(numbers: Iterable[int]) -> list[_Instruction]:
    return [
        instruction
        for number in numbers
        for instruction in ((_JUMP_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW))
    ]


def _allow_by_flag(number: int, argument: int, flag: int, *, when_set: bool) -> list[_Instruction]:
    """Decide a call by a bit in the lower half of an argument; both machines are little-endian."""
    return [
        (_JUMP_IF_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, _ARGUMENTS_AT + argument * _ARGUMENT_BYTES),
        (_JUMP_IF_SET, 0, 1, flag) if when_set else (_JUMP_IF_SET, 1, 0, flag),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
