"""How far along its plan an experiment is, and what looking at it now costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.models.cube import Cube
from core.models.experiment import AnalysisPlan
from core.statistics.sequential import (
    ASSUMED_LOOKS,
    confidence_sequence_multiplier,
    group_sequential_bound,
)


@dataclass(frozen=True, slots=True)
class Peeking:
    """How sequential intervals are made for one reading.

    With a plan: group-sequential bounds at `fraction` of it, for looks at `looks`. Without one
    (`fraction` None): a confidence sequence, tightest at `tightest_at` customers a pair of arms.
    """

    fraction: float | None
    looks: tuple[float, ...] = ()
    tightest_at: float = 10_000

    def bound(self, pair: float, alpha: float) -> float:
        """Standard errors to either side for a pair of arms with so many customers."""
        if self.fraction is None:
            return confidence_sequence_multiplier(pair, alpha, tightest_at=self.tightest_at)
        return group_sequential_bound(self.fraction, alpha, self.looks)

    @property
    def words(self) -> str:
        """The method and where it stands, for people."""
        if self.fraction is None:
            return f"confidence sequence, tightest at {self.tightest_at:,.0f} customers a pair"
        looks = f"{len(self.looks)} days" if self.looks else f"{ASSUMED_LOOKS} equal steps"
        return f"group sequential, alpha t^3 at t = {self.fraction:.4g}, looks at {looks}"


def peeking(plan: AnalysisPlan, cube: Cube, *, tightest_at: float) -> Peeking | None:
    """The plan's sequential method at what the cube holds; None for a fixed horizon.

    The days of the cube are the looks; without days, equally spaced ones are assumed.

    Reference:
        Lan and DeMets (1983), information being units read over units planned;
        Waudby-Smith et al. (2024) without a plan.

    Examples:
        >>> import numpy as np
        >>> from core.models.experiment import MetricSpec
        >>> metric = MetricSpec.parse("visit:mean")
        >>> plan = AnalysisPlan("arm", "a", (metric,), sequential=True, planned_n=400)
        >>> cube = Cube(("a", "b"), {}, (1, 2), (0, 0), np.array([100.0, 100.0]), {})
        >>> peeking(plan, cube, tightest_at=1000)
        Peeking(fraction=0.5, looks=(0.25, 0.5), tightest_at=1000)
    """
    if not plan.sequential:
        return None
    if plan.planned_n is None:
        return Peeking(None, tightest_at=tightest_at)
    total = float(cube.n.sum())
    looks = () if plan.time is None and len(set(cube.days)) <= 1 else _looks(cube, plan.planned_n)
    return Peeking(total / plan.planned_n, looks, tightest_at)


def _looks(cube: Cube, planned: int) -> tuple[float, ...]:
    by_day: dict[float, float] = {}
    for day, n in zip(cube.days, cube.n.tolist(), strict=True):
        if day is not None:
            place = float(day.toordinal() if isinstance(day, date) else day)
            by_day[place] = by_day.get(place, 0.0) + n
    return _running([by_day[place] for place in sorted(by_day)], planned)


def _running(amounts: Sequence[float], planned: int) -> tuple[float, ...]:
    total, fractions = 0.0, []
    for amount in amounts:
        total += amount
        fractions.append(total / planned)
    return tuple(fractions)
