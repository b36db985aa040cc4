"""The end of a process and of what it started, each by its own identity."""

import signal

from bench.measures.cpu import family_of
from local_stack.processes import Identity, Process


def end(process: Process, *, by: signal.Signals, grace_seconds: float) -> bool:
    """Stop a process, then kill what it leaves behind; True when it ran."""
    identity = process.identity
    family = family_of(identity.pid) if identity is not None and identity.alive else []
    members = [Identity.of(pid) for pid in family]
    ran = process.stop(by=by, grace_seconds=grace_seconds)
    for member in members:
        if member is not None:
            member.signal(signal.SIGKILL)
    return ran
