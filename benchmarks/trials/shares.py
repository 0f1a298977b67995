"""A share found by simulation, the bar it has to meet, and the line that says so."""

import math
from dataclasses import dataclass

ERRORS = 3.0


@dataclass(frozen=True)
class Share:
    """So many hits of so many replications.

    `low` and `high` bound the true share; the share found may miss them by three standard
    errors, or not at all where `strict`. Both None: shown for information.
    """

    name: str
    hits: int
    of: int
    low: float | None = None
    high: float | None = None
    note: str = ""
    strict: bool = False

    @property
    def found(self) -> float:
        """The share; NaN where nothing was counted."""
        return self.hits / self.of if self.of else math.nan

    @property
    def met(self) -> bool:
        """Whether the share is compatible with its bar."""
        below = self.low is None or self.found >= self.low - self._room(self.low)
        above = self.high is None or self.found <= self.high + self._room(self.high)
        return below and above

    @property
    def line(self) -> str:
        """One line of the table."""
        bar = "for information" if self.low is None and self.high is None else self._bar()
        verdict = "" if bar == "for information" else "met" if self.met else "MISSED"
        return (
            f"{self.name:<66} {100 * self.found:7.2f} %  {bar:<18} {verdict:<7} {self.note}"
        ).rstrip()

    def _bar(self) -> str:
        low = None if self.low is None else 100 * (self.low - self._room(self.low))
        high = None if self.high is None else 100 * (self.high + self._room(self.high))
        if low is None:
            return f"<= {high:.2f} %"
        return f">= {low:.2f} %" if high is None else f"{low:.2f} to {high:.2f} %"

    def _room(self, share: float) -> float:
        if self.strict:
            return 0.0
        return ERRORS * math.sqrt(share * (1 - share) / max(self.of, 1))
