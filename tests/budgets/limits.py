"""The budgets, and whether what was measured keeps them. 1 KB is 1000 bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

HTML_AND_CSS_KB: Final = 16
FIRST_JS_KB: Final = 95
LAZY_SCREEN_KB: Final = 15
FONTS_KB: Final = 60

PERFORMANCE: Final = 95
ACCESSIBILITY: Final = 100
BEST_PRACTICES: Final = 100
LCP_SECONDS: Final = 1.5
USABLE_SECONDS: Final = 1.5
TBT_MS: Final = 100
CLS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Measured:
    """A value beside its budget; a score must reach it, all else must stay under it."""

    what: str
    value: float
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        """Return a line of the table."""
        sign = "≥" if self.at_least else "≤"
        verdict = "ok" if self.kept else "OVER"
        return f"{self.what:<44}{self.value:>9.4g} {sign} {self.limit:<5g} {self.unit:<3} {verdict}"


def broken(measured: Sequence[Measured]) -> list[Measured]:
    """Return those over their budget."""
    return [one for one in measured if not one.kept]
