"""Short schedules that are about one kind of mistake each, for the mutation gate."""

from dataclasses import dataclass
from typing import Final

from chaos.schedule import Arguments, Fault, Kind, Schedule

SEED: Final = 11


@dataclass(frozen=True, slots=True)
class Scenario:
    """A schedule and the scale of the pipeline's timers under it."""

    schedule: Schedule
    time_scale: float


def _fault(
    at_seconds: float,
    kind: Kind,
    target: str = "",
    seconds: float = 0,
    arguments: Arguments | None = None,
) -> Fault:
    return Fault(0, at_seconds, kind, target, seconds, arguments or {})


def _asleep(service: str, at_seconds: float, seconds: float) -> tuple[Fault, ...]:
    """Let messages pile up, delivered and not acknowledged, and behind those."""
    return tuple(
        _fault(at_seconds, Kind.ZOMBIE, f"{service}-{number}", seconds) for number in range(2)
    )


def _slow_posts(seconds: float, latency_seconds: float) -> tuple[Fault, ...]:
    """Let a message that comes again find the first one still being posted."""
    given: Arguments = {"latency_seconds": latency_seconds, "jitter_seconds": 0}
    return tuple(
        _fault(0, Kind.LATENCY, f"submitter-{number}>runpod", seconds, given) for number in range(2)
    )


def _scenario(
    jobs: int,
    load_seconds: float,
    *faults: Fault,
    time_scale: float = 0.2,
    doorbells_hold: bool = False,
) -> Scenario:
    ordered = tuple(sorted(faults, key=lambda fault: fault.at_seconds))
    return Scenario(Schedule(SEED, jobs, load_seconds, ordered, doorbells_hold), time_scale)


_RUNPOD = Kind.RUNPOD
_AGAIN: Final[Arguments] = {"messages": 60, "times": 3}

SCENARIOS: Final = {
    "nothing goes wrong": _scenario(90, 20, time_scale=2.0, doorbells_hold=True),
    "submitters die": _scenario(
        40,
        8,
        *_asleep("submitter", 2, 8),
        _fault(7, Kind.KILL, "submitter-0"),
        _fault(7, Kind.KILL, "submitter-1"),
        time_scale=1.5,
        doorbells_hold=True,
    ),
    "the broker dies": _scenario(
        60,
        16,
        *_asleep("submitter", 2, 7),
        _fault(5, Kind.BROKER_KILL),
        time_scale=2.0,
        doorbells_hold=True,
    ),
    "RunPod gives no answer": _scenario(
        60,
        20,
        _fault(2, _RUNPOD, arguments={"fault": "accept_then_reset", "count": 4}),
        _fault(6, _RUNPOD, arguments={"fault": "accept_then_error", "count": 4}),
    ),
    "submitters die while they post": _scenario(
        60,
        20,
        _fault(1, _RUNPOD, arguments={"fault": "accept_then_hang", "count": 8, "seconds": 8}),
        _fault(4, Kind.KILL, "submitter-0"),
        _fault(4, Kind.KILL, "submitter-1"),
        _fault(14, Kind.KILL, "submitter-0"),
        _fault(14, Kind.KILL, "submitter-1"),
    ),
    "webhooks lie": _scenario(
        60,
        20,
        *(
            _fault(
                at,
                _RUNPOD,
                arguments={"fault": "webhook_wrong_body", "count": 9, "body": "other_job"},
            )
            for at in (2, 8, 14)
        ),
    ),
    "everything comes again": _scenario(
        90,
        25,
        *_slow_posts(25, 0.4),
        # What is finished and what comes again then lie before the storers at the same time.
        *_asleep("storer", 3, 8),
        *_asleep("storer", 15, 8),
        *(_fault(at, Kind.DUPLICATES, arguments=_AGAIN) for at in (1, 4, 8, 12, 16)),
        *(
            _fault(
                at,
                Kind.STORE,
                arguments={"fault": "slow", "probability": 0.5, "count": 20, "delay_seconds": 1},
            )
            for at in (2, 10)
        ),
    ),
    "junk": _scenario(40, 12, _fault(4, Kind.JUNK, arguments={"messages": 60})),
}
