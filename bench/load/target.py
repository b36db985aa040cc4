"""The stack that is loaded: the one of `make up`, or any gateway on this machine."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx

from bench.loopback import require_loopback
from local_stack.errors import StackError
from local_stack.stack import Stack

ANSWER_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where people go.

    Attributes:
        url: of the gateway.
        parts: its processes by part, as far as they are known.
        simulator_url: of the simulated RunPod, if it is ours.

    Raises:
        NotLoopback: it is on another machine.
    """

    url: str
    parts: Mapping[str, Sequence[int]] = field(default_factory=dict)
    simulator_url: str | None = None

    def __post_init__(self) -> None:
        require_loopback(self.url)

    @contextmanager
    def with_workers(self, workers: int) -> Iterator[None]:
        """Let the simulated RunPod have so many GPUs meanwhile; nothing happens without one."""
        if self.simulator_url is None:
            yield
            return
        timings = f"{self.simulator_url}/_sim/timings"
        with httpx.Client(trust_env=False, timeout=ANSWER_SECONDS) as http:
            before = http.get(timings).raise_for_status().json()["workers"]
            http.patch(timings, json={"workers": workers}).raise_for_status()
            try:
                yield
            finally:
                http.patch(timings, json={"workers": before}).raise_for_status()


def running_stack() -> Target:
    """Return the stack of `make up`.

    Raises:
        StackError: it does not run.
    """
    stack = Stack.running()
    if stack.missing:
        raise StackError("nothing runs here: make up")
    pids = {
        process.name: [process.identity.pid]
        for process, _ in stack.claims
        if process.identity is not None
    }
    simulator_url = stack.simulator.health_url.removesuffix("/health/live")
    return Target(stack.settings.studio_url, pids, simulator_url)
