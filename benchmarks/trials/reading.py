"""One made-up experiment read as the product reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.models.experiment import AnalysisPlan, MetricSpec
from core.models.readout import Conclusion, Estimate, Health, SampleRatio
from core.statistics.comparison import Rules
from core.statistics.estimates import Pile, estimates
from core.statistics.moments import Moments
from core.statistics.peeking import Peeking
from core.statistics.verdict import conclude

ALPHA, POWER, PRIOR, FEW = 0.05, 0.8, 0.3, 10.0
TIGHTEST_AT = 10_000
HEALTHY = Health(
    rows=0,
    units=0,
    simulated=True,
    srm=SampleRatio(p_value=0.5, passed=True, observed={}, expected={}),
    duplicates=0,
)


@dataclass(frozen=True)
class Reader:
    """A plan for one metric and so many arms, `a` being control."""

    metric: str
    arms: int = 2
    clustered: bool = False
    sequential: bool = False
    mde: float = 0.0
    few: float = FEW

    @property
    def treatments(self) -> tuple[str, ...]:
        """Every arm but control."""
        return tuple("bcdefgh"[: self.arms - 1])

    def rows(self, arms: Mapping[str, Moments], peeking: Peeking | None = None) -> list[Estimate]:
        """The estimates, raw before adjusted."""
        share = ALPHA / (self.arms - 1)
        bound = None if peeking is None else peeking.bound
        pile = Pile(self._plan.primary, None, arms, self.clustered)
        rules = Rules(ALPHA, share, PRIOR, self.few, bound)
        return estimates(pile, self._plan, self.treatments, rules)

    def conclusion(self, arms: Mapping[str, Moments], peeking: Peeking | None = None) -> Conclusion:
        """What the plan concludes from these arms when nothing is wrong with their health."""
        rows, share = self.rows(arms, peeking), ALPHA / (self.arms - 1)
        return conclude(self._plan, HEALTHY, rows, power=POWER, shared_alpha=share)

    @property
    def _plan(self) -> AnalysisPlan:
        plan = AnalysisPlan("arm", "a", (MetricSpec.parse(self.metric),), mde=self.mde)
        return replace(plan, sequential=self.sequential)
