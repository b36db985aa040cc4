"""What goes wrong and when: a function of the seed alone, made before anything starts."""

import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import cycle
from typing import Final

SERVICES: Final = ("gateway", "submitter", "poller", "storer")
WORKERS: Final = SERVICES[1:]
REPLICAS: Final = 2

EDGES: Final = {
    "gateway": ("postgres", "rabbitmq", "s3"),
    "submitter": ("postgres", "rabbitmq", "s3", "runpod"),
    "poller": ("postgres", "rabbitmq", "runpod"),
    "storer": ("postgres", "rabbitmq", "s3", "runpod"),
    "runpod": ("hooks",),
}
"""Who talks to whom; there is a proxy on each, for each replica of its own."""

Arguments = dict[str, int | float | str | None]


class Kind(StrEnum):
    """Everything that can be made to go wrong."""

    KILL = "kill -9 of a process"
    ZOMBIE = "SIGSTOP, later SIGCONT"
    ROLLING = "SIGTERM, one replica after the other"
    BROKER_KILL = "broker kill -9 and restart"
    BROKER_STOP = "broker stopped"
    BROKER_ALARM = "broker memory alarm"
    BROKER_WIPED = "broker's data wiped"
    DATABASE_BACKEND_KILL = "Postgres backend kill -9"
    DATABASE_RESTART = "Postgres immediate stop and start"
    DATABASE_PAUSE = "Postgres paused"
    DATABASE_FULL = "Postgres out of connections"
    BLACK_HOLE = "link: black hole"
    RESET = "link: reset"
    LATENCY = "link: latency"
    SLICER = "link: sliced"
    HALF_CLOSE = "link: half-close"
    RUNPOD = "RunPod"
    STORE = "object store"
    DUPLICATES = "broker: messages again, shuffled"
    JUNK = "broker: junk messages"
    QUEUE_DELETED = "broker: queue deleted"
    FORGED_HOOKS = "forged and repeated webhooks"
    CLOCK = "clock of one worker off by two hours"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        number: its place in the schedule.
        at_seconds: since the start of the load.
        kind: what.
        target: a replica (`storer-1`), an edge (`storer-1>s3`) or a server; empty for none.
        seconds: how long it lasts; 0 for what happens at once.
        arguments: what the kind needs to know besides.
    """

    number: int
    at_seconds: float
    kind: Kind
    target: str
    seconds: float
    arguments: Arguments = field(default_factory=dict)

    def __str__(self) -> str:
        what = self.arguments.get("fault")
        lasting = f" for {self.seconds:.0f} s" if self.seconds else ""
        return f"{self.kind}{f' {what}' if what else ''} {self.target}{lasting}".strip()


@dataclass(frozen=True, slots=True)
class Schedule:
    """All faults of a run, in order.

    Attributes:
        doorbells_hold: nothing in it may lose a message or delay it for long, so no job may have
            to be rung for again.
    """

    seed: int
    jobs: int
    load_seconds: float
    faults: tuple[Fault, ...]
    doorbells_hold: bool = False

    def to_json(self) -> str:
        """Return it as text that says what was done, for the report."""
        return json.dumps(asdict(self), indent=1)


MIX: Final[Mapping[Kind, int]] = {
    Kind.KILL: 70,
    Kind.ZOMBIE: 15,
    Kind.ROLLING: 10,
    Kind.BROKER_KILL: 6,
    Kind.BROKER_STOP: 2,
    Kind.BROKER_ALARM: 3,
    Kind.BROKER_WIPED: 1,
    Kind.DATABASE_BACKEND_KILL: 12,
    Kind.DATABASE_RESTART: 3,
    Kind.DATABASE_PAUSE: 2,
    Kind.DATABASE_FULL: 1,
    Kind.BLACK_HOLE: 8,
    Kind.RESET: 10,
    Kind.LATENCY: 5,
    Kind.SLICER: 4,
    Kind.HALF_CLOSE: 3,
    Kind.RUNPOD: 25,
    Kind.STORE: 12,
    Kind.DUPLICATES: 1,
    Kind.JUNK: 1,
    Kind.QUEUE_DELETED: 2,
    Kind.FORGED_HOOKS: 2,
    Kind.CLOCK: 2,
}
"""Out of 200."""

RUNPOD_FAULTS: Final[tuple[Arguments, ...]] = (
    {"fault": "rate_limited", "window_s": 12, "retry_after_s": 2},
    {"fault": "rate_limited", "window_s": 8, "retry_after_s": None},
    {"fault": "server_error", "status": 503, "window_s": 6},
    {"fault": "server_error", "status": 500, "count": 10},
    {"fault": "accept_then_error", "count": 3},
    {"fault": "accept_then_reset", "count": 3},
    {"fault": "accept_then_hang", "count": 2, "seconds": 20},
    {"fault": "reset_connection", "count": 6},
    {"fault": "hang", "count": 3, "seconds": 20},
    {"fault": "lost_job", "count": 3},
    {"fault": "executed_twice", "count": 4},
    {"fault": "stuck_in_queue", "count": 4, "seconds": 15},
    {"fault": "stuck_in_progress", "count": 3, "seconds": 10},
    {"fault": "completed_without_output", "count": 3},
    {"fault": "success_no_images", "count": 2},
    {"fault": "failed_with_details", "count": 2},
    {"fault": "failed_out_of_memory", "count": 2},
    {"fault": "timed_out", "count": 2},
    {"fault": "truncated_base64", "count": 3},
    {"fault": "not_an_image", "count": 2},
    {"fault": "local_path_url", "count": 1},
    {"fault": "not_found_after_submit", "count": 5, "seconds": 5},
    {"fault": "unknown_status", "count": 5},
    {"fault": "status_backwards", "count": 6},
    {"fault": "input_in_status", "count": 10},
    {"fault": "huge_body", "count": 1, "size_bytes": 40_000_000},
    {"fault": "webhook_off", "count": 15},
    {"fault": "webhook_duplicate", "count": 15},
    {"fault": "webhook_late", "count": 8, "seconds": 20},
    {"fault": "webhook_out_of_order", "count": 10},
    {"fault": "webhook_before_status", "count": 6},
    {"fault": "webhook_wrong_body", "count": 8, "body": "other_job"},
    {"fault": "webhook_wrong_body", "count": 8, "body": "not_json"},
    {"fault": "no_workers", "seconds": 20},
)

STORE_FAULTS: Final[tuple[Arguments, ...]] = (
    {"fault": "error", "status": 503, "probability": 0.3, "count": 12},
    {"fault": "error", "status": 500, "probability": 1.0, "count": 6},
    {"fault": "applied_then_error", "probability": 0.5, "count": 8},
    {"fault": "slow", "probability": 0.5, "count": 8, "delay_seconds": 4},
    {"fault": "truncated", "probability": 0.5, "count": 6},
    {"fault": "precondition_failed", "probability": 1.0, "count": 3},
    {"fault": "error", "status": 429, "probability": 0.5, "count": 10},
    {"fault": "reset", "probability": 0.5, "count": 6},
)

_SECONDS: Final[Mapping[Kind, tuple[float, float]]] = {
    Kind.ZOMBIE: (5, 40),
    Kind.BROKER_STOP: (30, 30),
    Kind.BROKER_ALARM: (20, 20),
    Kind.DATABASE_PAUSE: (20, 20),
    Kind.DATABASE_FULL: (5, 10),
    Kind.BLACK_HOLE: (20, 60),
    Kind.LATENCY: (10, 30),
    Kind.SLICER: (10, 20),
    Kind.CLOCK: (40, 60),
}

FULL_LOAD_SECONDS: Final = 600.0
"""Faults of a full run are spread over so long; they last shorter in a shorter run."""


def plan(seed: int, *, jobs: int, faults: int) -> Schedule:
    """Return the schedule of a seed.

    Args:
        seed: the same seed, jobs and faults are the same schedule.
        jobs: how many the customers will ask for.
        faults: how many things go wrong; the kinds keep their shares of `MIX`.
    """
    chance = random.Random(seed)
    load_seconds = FULL_LOAD_SECONDS * faults / 200 if faults else jobs / 10
    kinds = _shares(faults, chance)
    chance.shuffle(kinds)
    shortening = min(1.0, max(0.25, load_seconds / FULL_LOAD_SECONDS))
    instants = sorted(chance.uniform(2, max(3, load_seconds)) for _ in kinds)
    decks = {
        Kind.RUNPOD: cycle(chance.sample(RUNPOD_FAULTS, len(RUNPOD_FAULTS))),
        Kind.STORE: cycle(chance.sample(STORE_FAULTS, len(STORE_FAULTS))),
    }
    drawn: list[Fault] = []
    for number, (at, kind) in enumerate(zip(instants, kinds, strict=True)):
        low, high = _SECONDS.get(kind, (0.0, 0.0))
        seconds = round(chance.uniform(low, high) * shortening, 1)
        arguments = dict(next(decks[kind])) if kind in decks else _arguments(kind, chance)
        drawn.append(Fault(number, round(at, 2), kind, _target(kind, chance), seconds, arguments))
    return Schedule(seed, jobs, load_seconds, tuple(drawn))


def _shares(wanted: int, chance: random.Random) -> list[Kind]:
    """Split by the largest remainder; ties are drawn."""
    total = sum(MIX.values())
    exact = {kind: wanted * share / total for kind, share in MIX.items()}
    counts = {kind: int(value) for kind, value in exact.items()}
    rest = sorted(MIX, key=lambda kind: (counts[kind] - exact[kind], chance.random()))
    for kind in rest[: wanted - sum(counts.values())]:
        counts[kind] += 1
    return [kind for kind, count in counts.items() for _ in range(count)]


def _target(kind: Kind, chance: random.Random) -> str:
    match kind:
        case Kind.KILL | Kind.ZOMBIE:
            return _replica(chance.choice(SERVICES), chance)
        case Kind.CLOCK:
            return _replica(chance.choice(WORKERS), chance)
        case Kind.ROLLING:
            return chance.choice(SERVICES)
        case Kind.BLACK_HOLE | Kind.RESET | Kind.LATENCY | Kind.SLICER | Kind.HALF_CLOSE:
            service = chance.choice(tuple(EDGES))
            who = service if service == "runpod" else _replica(service, chance)
            return f"{who}>{chance.choice(EDGES[service])}"
        case _:
            return ""


def _replica(service: str, chance: random.Random) -> str:
    return f"{service}-{chance.randrange(REPLICAS)}"


def _arguments(kind: Kind, chance: random.Random) -> Arguments:
    match kind:
        case Kind.LATENCY:
            return {"latency_seconds": 2.0, "jitter_seconds": round(chance.uniform(0, 1), 2)}
        case Kind.SLICER:
            return {"bytes_per_chunk": chance.choice((100, 1000, 4000)), "pause_seconds": 0.005}
        case Kind.CLOCK:
            return {"hours": chance.choice((-2, 2))}
        case Kind.JUNK | Kind.FORGED_HOOKS:
            return {"messages": 100}
        case Kind.DUPLICATES:
            return {"messages": 200, "times": 3}
        case _:
            return {}
