"""Takes the product from step to step and measures a job in each."""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.arena import Arena, running_arena
from bench.contenders.product import ProductContender
from bench.growth.filling import AFTERWARDS
from bench.growth.plan import Plan, Scenario, Step
from bench.measures.cpu import CpuReading
from bench.measures.figures import median
from bench.share import Phase, run_phase

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a job costs in a step.

    Attributes:
        cpu_ms: of a job of a burst, by part; the median of the bursts.
        quiet_cores: what runs while nothing new comes, by part.
        quiet_asks_per_second: calls of the provider's `/status` meanwhile.
    """

    scenario: str
    step: str
    jobs_per_second: float
    cpu_ms: Mapping[str, float]
    quiet_cores: Mapping[str, float]
    quiet_asks_per_second: float

    @property
    def all_cpu_ms(self) -> float:
        """All parts together."""
        return sum(self.cpu_ms.values())


def grow(plan: Plan, folder: Path, say: Say) -> list[Measured]:
    """Measure all steps of all scenarios.

    Raises:
        ContenderFailed: the product did not come up, or did not finish its jobs.
    """
    with running_arena(folder) as arena:
        return [
            measured
            for scenario in plan.scenarios
            for measured in _scenario(plan, scenario, arena, folder, say)
        ]


def _scenario(
    plan: Plan, scenario: Scenario, arena: Arena, folder: Path, say: Say
) -> Iterator[Measured]:
    """Steps of equal replicas follow one another on one site."""
    alike = itertools.groupby(scenario.steps, key=lambda step: sorted(step.replicas.items()))
    for number, (replicas, steps) in enumerate(alike):
        own = folder / f"{scenario.name.replace(' ', '-')}-{number}"
        with _started(ProductContender(replicas=dict(replicas)), arena, own) as product:
            numbers = itertools.count(1)
            _burst(product, numbers, plan.warm_up_jobs, arena)
            for step in steps:
                say(f"{scenario.name}: {step.name} ...")
                measured = _measure(plan, scenario, step, product, numbers, arena)
                say(f"    {measured.all_cpu_ms:.1f} ms of CPU a job")
                yield measured


@contextmanager
def _started(product: ProductContender, arena: Arena, folder: Path) -> Iterator[ProductContender]:
    with arena.site() as site:
        try:
            product.start(site, folder)
            yield product
        finally:
            product.stop()


def _measure(
    plan: Plan,
    scenario: Scenario,
    step: Step,
    product: ProductContender,
    numbers: Iterator[int],
    arena: Arena,
) -> Measured:
    if step.fill:
        product.jobs.run(step.fill)
        product.jobs.run(AFTERWARDS)
    quiet_cores, asks_per_second = _quiet(plan.quiet_seconds, product, arena)
    bursts = [_burst(product, numbers, plan.burst_jobs, arena) for _ in range(plan.bursts)]
    used = {*product.parts(), *product.needs}
    return Measured(
        scenario=scenario.name,
        step=step.name,
        jobs_per_second=median([plan.burst_jobs / burst.seconds for burst in bursts]),
        cpu_ms={
            part: median([1000 * burst.cpu_seconds[part] / plan.burst_jobs for burst in bursts])
            for part in used
        },
        quiet_cores={part: cores for part, cores in quiet_cores.items() if part in used},
        quiet_asks_per_second=asks_per_second,
    )


def _quiet(
    seconds: float, product: ProductContender, arena: Arena
) -> tuple[Mapping[str, float], float]:
    """Return the cores that each part uses while nothing new comes, and the asks a second."""
    parts = {**arena.parts(), **product.parts()}
    before, asked = CpuReading.of(parts), arena.counts()["asked"]
    time.sleep(seconds)
    used = CpuReading.of(parts).since(before)
    asks = arena.counts()["asked"] - asked
    return {part: s / seconds for part, s in used.items()}, asks / seconds


def _burst(product: ProductContender, numbers: Iterator[int], count: int, arena: Arena) -> Phase:
    first = next(numbers)
    for _ in itertools.islice(numbers, count - 1):
        pass
    return run_phase(product, range(first, first + count), None, arena)


def ratio(measured: Sequence[Measured]) -> float:
    """Return how much dearer a job is in the last of the steps than in the first."""
    return measured[-1].all_cpu_ms / measured[0].all_cpu_ms
