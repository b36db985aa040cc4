"""What is measured: a product that has more and more of something."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.growth.filling import history, in_flight
from bench.product import ONE_OF_EACH


@dataclass(frozen=True, slots=True)
class Step:
    """One state of the product.

    Attributes:
        name: as shown to people.
        fill: statements that bring it there from the step before.
        replicas: how many processes of each service.
    """

    name: str
    fill: str = ""
    replicas: Mapping[str, int] = field(default_factory=lambda: ONE_OF_EACH)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps from little to much.

    Attributes:
        limit: how much dearer a job may be in the last step than in the first.
    """

    name: str
    limit: float
    steps: Sequence[Step]


MOST_REPLICAS: Final = 4

SCENARIOS: Final = (
    Scenario(
        "finished jobs in the tables",
        1.2,
        (Step("1,000", history(1000)), Step("100,000", history(99_000))),
    ),
    Scenario(
        "jobs in flight",
        1.5,
        (Step("100", in_flight(100)), Step("10,000", in_flight(9900))),
    ),
    Scenario(
        "processes of each service",
        1.2,
        tuple(
            Step(str(count), replicas=dict.fromkeys(ONE_OF_EACH, count))
            for count in range(1, MOST_REPLICAS + 1)
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        burst_jobs: at once, for the processor time of a job.
        bursts: of which the median counts.
        quiet_seconds: during which nothing new comes, for what the state costs by itself.
    """

    warm_up_jobs: int = 100
    burst_jobs: int = 400
    bursts: int = 3
    quiet_seconds: float = 20.0
    scenarios: Sequence[Scenario] = SCENARIOS
