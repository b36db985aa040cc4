"""The rounds of each contender brought to one line: medians, and ratios to the reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.contenders.contender import INTAKE, Need
from bench.contenders.known import REFERENCE
from bench.measures.figures import median, median_ratio
from bench.share import Share

_NOT_OWN: Final = frozenset({INTAKE, *Need})


@dataclass(frozen=True, slots=True)
class Standing:
    """Medians over the rounds of one contender.

    Args:
        ratio: Jobs a second against the reference's in the same rounds; None without it.
        cpu_ms: By part; a server that is not used is not there.
    """

    contender: str
    rounds: int
    jobs_per_second: float
    ratio: float | None
    added_ms: Mapping[int, float]
    cpu_ms: Mapping[str, float]
    all_cpu_ms: float
    own_pss_mib: float
    asks_per_job: float

    @property
    def own_cpu_ms(self) -> float:
        """The stack's own processes, without servers and without what hands jobs in."""
        return sum(ms for part, ms in self.cpu_ms.items() if part not in _NOT_OWN)

    def server_cpu_ms(self, need: Need) -> float | None:
        """Return the time of a server, None when it is not used."""
        return self.cpu_ms.get(need)


def standings(shares: Sequence[Share]) -> list[Standing]:
    """Return a standing for each contender, in the order in which they first appear."""
    names = dict.fromkeys(share.contender for share in sorted(shares, key=lambda it: it.number))
    reference = _rates(shares, REFERENCE)
    return [_standing(name, shares, reference) for name in names]


def _standing(name: str, shares: Sequence[Share], reference: Mapping[int, float]) -> Standing:
    own = [share for share in shares if share.contender == name]
    return Standing(
        contender=name,
        rounds=len(own),
        jobs_per_second=median([share.jobs_per_second for share in own]),
        ratio=median_ratio(_rates(own, name), reference),
        added_ms={p: median([share.added_ms[p] for share in own]) for p in own[0].added_ms},
        cpu_ms={part: median([share.cpu_ms[part] for share in own]) for part in own[0].cpu_ms},
        all_cpu_ms=median([share.all_cpu_ms for share in own]),
        own_pss_mib=median([share.own_pss_mib for share in own]),
        asks_per_job=median([share.asks_per_job for share in own]),
    )


def _rates(shares: Sequence[Share], name: str) -> dict[int, float]:
    return {share.number: share.jobs_per_second for share in shares if share.contender == name}
