"""What somebody would try who took over a decoder: `taken_over.py confined|free FOLDER PORT`.

Each attempt has a process of its own; the outcomes are printed as JSON, None for success.
"""

import contextlib
import ctypes
import json
import mmap
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from shared.images.confinement import confine
from shared.images.pictures import UploadLimits
from shared.images.tasks import PrepareTask

# Numbers of x86_64 and aarch64, for calls that Python has no name for.
RAW_CALLS = {
    "memfd_create": (319, 279),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "pidfd_open": (434, 434),
    "process_vm_readv": (310, 270),
    "ptrace": (101, 117),
    "bpf": (321, 280),
    "keyctl": (250, 219),
    "perf_event_open": (298, 241),
    "mount": (165, 40),
    "unshare": (272, 97),
    "execveat": (322, 281),
    "clone3": (435, 435),
    "socketpair": (53, 199),
    "prctl": (157, 167),
    "x32 write": (0x4000_0001, None),
}
REFUSED_BY_SECCOMP = "Function not implemented"


def attempts(folder: Path, port: int) -> dict[str, Callable[[], object]]:
    parent = os.getppid()
    return {
        "connect": lambda: socket.socket().connect(("127.0.0.1", port)),
        "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "unix socket": lambda: socket.socket(socket.AF_UNIX),
        "listen": lambda: socket.create_server(("127.0.0.1", 0)),
        "run a program": lambda: os.execv("/bin/true", ["true"]),
        "fork": lambda: os.fork() or os._exit(0),
        "signal the service": lambda: os.kill(parent, 0),
        "limit the service": lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE),
        "read a secret": (folder / "secret").read_bytes,
        "read the account list": Path("/etc/passwd").read_bytes,
        "read the service's environment": Path(f"/proc/{parent}/environ").read_bytes,
        "write elsewhere": lambda: (folder / "elsewhere").write_bytes(b"x"),
        "overwrite the upload": lambda: (folder / "source").write_bytes(b"x"),
        "delete the upload": (folder / "source").unlink,
        "make a link": lambda: (folder / "out" / "link").symlink_to(folder / "secret"),
        "make a folder": (folder / "out" / "folder").mkdir,
        "change rights": lambda: (folder / "out").chmod(0o777),
        "rename": lambda: (folder / "source").rename(folder / "out" / "source"),
        "memory that runs": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
        "use the upload": (folder / "source").read_bytes,
        "write the result": lambda: (folder / "out" / "a.jpg").write_bytes(b"x"),
        "delete the result": (folder / "out" / "made").unlink,
        "more memory": lambda: len(bytes(50_000_000)),
    }


def raw_call(name: str) -> None:
    column = 0 if os.uname().machine == "x86_64" else 1
    number = RAW_CALLS[name][column]
    if number is None:
        raise OSError(REFUSED_BY_SECCOMP)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, 0, 0, 0, 0, 0, 0) < 0:
        raise OSError(os.strerror(ctypes.get_errno()))


def outcome(attempt: Callable[[], object], folder: Path, *, confined: bool) -> str | None:
    """Do it in a new process, with all files in their places, and return why it failed."""
    for name in ("source", "secret", "out/made"):
        (folder / name).write_bytes(b"x")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        said = ""
        try:
            if confined:
                confine(PrepareTask(folder / "source", folder / "out", UploadLimits()))
            attempt()
        except Exception as error:  # noqa: BLE001 - whatever it is, it failed
            said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        with contextlib.suppress(OSError):
            os.write(writer, json.dumps(said).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answers:
        answer = answers.read()
    os.waitpid(pid, 0)
    # A program that runs in its place says nothing and closes the pipe.
    return (json.loads(answer) if answer else "") or None


def main() -> None:
    confined, folder, port = sys.argv[1] == "confined", Path(sys.argv[2]), int(sys.argv[3])
    (folder / "out").mkdir()
    tried = attempts(folder, port) | {
        name: lambda name=name: raw_call(name) for name in RAW_CALLS if confined
    }
    outcomes = {
        name: outcome(attempt, folder, confined=confined) for name, attempt in tried.items()
    }
    sys.stdout.write(json.dumps(outcomes))


if __name__ == "__main__":
    main()
