"""Ports of the loopback interface: which are free, and who has the others."""

import random
import socket
from errno import EADDRINUSE
from itertools import islice
from pathlib import Path

LOOPBACK = "127.0.0.1"
PROBE_SECONDS = 0.3
LISTEN_STATE = "0A"
RANDOM_RANGE = range(20_000, 32_000)
"""Below the kernel's range for outgoing connections, so that none of those takes a port first."""


def listening(port: int) -> bool:
    """Tell whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(PROBE_SECONDS)
        return probe.connect_ex((LOOPBACK, port)) == 0


def free(port: int) -> bool:
    """Tell whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return not listening(port)


def reserve(count: int) -> list[int]:
    """Return that many different free ports, which no other call returns while this process lives.

    Each is bound, not listened on, so the kernel itself keeps other processes of this machine from
    reserving it; a server that allows its address to be used again, as all of ours do, can listen.

    Raises:
        OSError: so many are not free.
    """
    candidates = random.SystemRandom().sample(RANDOM_RANGE, len(RANDOM_RANGE))
    reserved = list(islice(filter(_reserve, candidates), count))
    if len(reserved) < count:
        raise OSError(EADDRINUSE, f"fewer than {count} ports of {RANDOM_RANGE} are free")
    return reserved


def _reserve(port: int) -> bool:
    reservation = socket.socket()
    try:
        reservation.bind((LOOPBACK, port))
    except OSError:
        reservation.close()
        return False
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.detach()  # the kernel closes it when this process ends
    return True


def holder(port: int) -> str:
    """Name the process that listens on the port, as far as this user may see it."""
    sockets = _listening_sockets(port)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _has_one_of(entry, sockets):
            return f"{(entry / 'comm').read_text().strip()} (pid {entry.name})"
    return "another process"


def _listening_sockets(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == LISTEN_STATE and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found


def _has_one_of(process: Path, sockets: set[str]) -> bool:
    try:
        return any(str(link.readlink()) in sockets for link in (process / "fd").iterdir())
    except OSError:
        return False
