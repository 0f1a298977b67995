"""The read-out of any file and the plan of any test; needs no workspace."""

from dataclasses import dataclass
from pathlib import Path

from core.agents.experimentation import ExperimentationAgent
from core.errors import BadInput
from core.models.experiment import AnalysisPlan
from core.models.placebo import PlaceboRequest
from core.models.readout import Readout
from core.orchestrator import clock
from core.statistics.non_inferiority import customers_for_margin
from core.statistics.power import Design, detectable_lift, power, required
from core.storage.experiment_file import opened_file, opened_select
from core.storage.outcome_rows import RowsAsked, outcome_rows
from core.storage.stages import StageTable


@dataclass(frozen=True, slots=True)
class PowerPlan:
    """A planned test: customers in each arm, control first, and the lift they can show."""

    n_by_arm: tuple[int, ...]
    lift: float
    difference: float
    power: float
    alpha: float
    alpha_per_arm: float

    @property
    def n_total(self) -> int:
        """Customers in all arms."""
        return sum(self.n_by_arm)


def analyze_file(
    path: Path, plan: AnalysisPlan, *, shuffles: PlaceboRequest | None = None
) -> Readout:
    """What the experiment in a CSV or Parquet file says.

    Args:
        path: the file.
        plan: how it is read.
        shuffles: also try the tests on arms dealt out by chance.

    Raises:
        BadInput: the file or the plan cannot be used; the message says why.
    """
    texts = [plan.arm, *plan.by, *([plan.unit] if plan.unit else [])]
    with opened_file(path, text_columns=texts) as source:
        agent = ExperimentationAgent(clock.monotonic)
        return agent.run(StageTable(source), plan, shuffles=shuffles)


def analyze_select(
    select: str,
    plan: AnalysisPlan,
    agent: ExperimentationAgent,
    *,
    shuffles: PlaceboRequest | None = None,
    asked: RowsAsked | None = None,
) -> Readout:
    """What the experiment in the rows of a SELECT of ours says.

    Args:
        select: reads Parquet files of the workspace, such as assignments LEFT JOIN outcomes.
        plan: fixed before the send.
        agent: of the running application.
        shuffles: also try the tests on arms dealt out by chance.
        asked: what is known of the rows of outcomes, which are then checked too.
    """
    with opened_select(select) as source:
        outcomes = None if asked is None else outcome_rows(source, asked)
        return agent.run(StageTable(source), plan, shuffles=shuffles, outcomes=outcomes)


def sample_size(design: Design, lift: float) -> PowerPlan:
    """The customers a test needs to show this lift.

    Raises:
        BadInput: no number of customers can, or the lift is 0.
    """
    return _plan(design, tuple(required(design, lift)), lift)


def detectable(design: Design, n_per_arm: float) -> PowerPlan:
    """The smallest lift a test shows with so many customers an arm, on average over the arms.

    Raises:
        UndefinedStatistic: they are too few to show any.
    """
    total = n_per_arm * len(design.shares)
    n_by_arm = tuple(round(total * share) for share in design.shares)
    return _plan(design, n_by_arm, detectable_lift(design, total))


def sample_size_for_margin(design: Design, margin: float) -> PowerPlan:
    """The customers that rule out harm beyond an absolute margin where there truly is none.

    Guardrails are not corrected for several arms: each is read one-sided at the design's alpha.

    Raises:
        BadInput: the margin is not above 0.
    """
    if not margin > 0:
        raise BadInput(f"margin is {margin:g}; give a difference above 0, such as 0.0005.")
    variance = design.variances(0.0)[0]
    n_by_arm = customers_for_margin(
        variance, margin, design.shares, alpha=design.alpha, power=design.power
    )
    lift = margin / abs(design.baseline)
    return PowerPlan(tuple(n_by_arm), lift, margin, design.power, design.alpha, design.alpha)


def _plan(design: Design, n_by_arm: tuple[int, ...], lift: float) -> PowerPlan:
    return PowerPlan(
        n_by_arm,
        lift,
        abs(lift * design.baseline),
        power(design, lift, sum(n_by_arm)),
        design.alpha,
        design.comparison_alpha,
    )
