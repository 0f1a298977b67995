"""Reads an experiment by the plan that was fixed before it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from core.errors import BadInput
from core.models.cube import Cube, CubeRequest, Profile, Repeats
from core.models.experiment import AnalysisPlan, Correction, MetricKind
from core.models.placebo import Placebo, PlaceboRequest
from core.models.readout import Estimate, Health, Heterogeneity, Personalization, Readout, Timing
from core.models.stages import OutcomeRows
from core.protocols.experiment_table import ExperimentTable
from core.statistics.comparison import Rules
from core.statistics.cumulative import cumulative, reading_mode
from core.statistics.estimates import slices_differ, together
from core.statistics.evidence import Evidence, check_arms, looks_like_an_id
from core.statistics.health import assess
from core.statistics.multiplicity import adjust
from core.statistics.peeking import Peeking, peeking
from core.statistics.personalization import personalization
from core.statistics.pile import Piles, all_piles
from core.statistics.placebo import check_size, deals, needs_rows, placebo
from core.statistics.quantile import wanted
from core.statistics.questions import all_questions
from core.statistics.sequential import nominal_alpha
from core.statistics.verdict import conclude, progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExperimentationConfig:
    """What a plan does not say: the prior, the power to plan with, when events are few.

    Customers of the first `choosing_folds` of `folds` choose a policy, the others value it.
    `tightest_at` tunes confidence sequences and must not depend on the data.
    """

    power: float = 0.8
    prior_deviation: float = 0.3
    few_events: float = 10
    folds: int = 5
    choosing_folds: int = 2
    tightest_at: float = 10_000


@dataclass(frozen=True, slots=True)
class ExperimentationAgent:
    """Turns the rows of an experiment into estimates, health and one conclusion.

    `clock` gives growing seconds, for the timing only.
    """

    clock: Callable[[], float]
    config: ExperimentationConfig = field(default_factory=ExperimentationConfig)

    def run(
        self,
        table: ExperimentTable,
        plan: AnalysisPlan,
        *,
        shuffles: PlaceboRequest | None = None,
        outcomes: OutcomeRows | None = None,
    ) -> Readout:
        """Read the table by the plan.

        Args:
            table: the rows.
            plan: how they are read.
            shuffles: also try the plan's tests on arms dealt out by chance; not timed.
            outcomes: what is known of a campaign's rows of outcomes.

        Raises:
            BadInput: the plan names columns or groups the table does not have, or a column does
                not hold what the plan says.
        """
        started = self.clock()
        profile = table.profile(plan)
        repeats = _repeats(table, plan)
        checked = self.clock()
        cubes = self._cubes(table, plan, profile, repeats)
        aggregated = self.clock()
        check_arms(plan, cubes[""])
        cubes = _with_order_statistics(table, plan, cubes)
        stages = table.stages(plan, clustered=cubes[""].clustered) if plan.stages else ()
        ordered = self.clock()
        health = assess(Evidence(plan, profile, cubes[""], repeats, stages, outcomes))
        reading = _Reading(plan, cubes, self.config)
        readout = reading.readout(health)
        checks = checked - started + ordered - aggregated
        timing = Timing(aggregated - checked, self.clock() - ordered, checks)
        if shuffles is not None:
            readout = replace(readout, placebo=reading.placebo(table, profile, shuffles))
        logger.info(
            "read %d units in %d groups: %s",
            readout.health.units,
            len(cubes[""].arm_names),
            readout.conclusion.decision.value,
        )
        return replace(readout, timing=timing)

    def _cubes(
        self,
        table: ExperimentTable,
        plan: AnalysisPlan,
        profile: Profile,
        repeats: tuple[Repeats, ...],
    ) -> dict[str, Cube]:
        """The cube of everything under "", and the one to read each slice column from.

        They are one and the same unless rows are summed by unit: a unit may have rows in several
        slices, and its sums cannot be added up from those.
        """
        folds = self.config.folds if plan.by else 1
        if not (plan.unit is not None and any(r.extra_rows for r in repeats)):
            cube = table.cube(plan, CubeRequest(profile, plan.by, folds))
            return dict.fromkeys(["", *plan.by], cube)
        views = {"": (), **{column: (column,) for column in plan.by}}
        return {
            name: table.cube(plan, CubeRequest(profile, by, folds, clustered=True))
            for name, by in views.items()
        }


@dataclass(frozen=True, slots=True)
class _Reading:
    """Everything one plan says about its cubes."""

    plan: AnalysisPlan
    cubes: Mapping[str, Cube]
    config: ExperimentationConfig

    def readout(self, health: Health) -> Readout:
        """Estimates, heterogeneity, policy and conclusion; timing is not known here."""
        piles = all_piles(self.cubes, self.plan)
        rows = self._estimates(piles)
        history = cumulative(
            self._everything,
            self.plan,
            self._rules(guardrail=False),
            tightest_at=self.config.tightest_at,
        )
        health = replace(health, warnings=health.warnings + self._overrun())
        power, alpha = self.config.power, self._shared_alpha
        conclusion = conclude(self.plan, health, rows, power=power, shared_alpha=alpha)
        return Readout(
            health,
            tuple(rows),
            tuple(self._heterogeneity(piles)),
            self._personalization(),
            Timing(0.0, 0.0, 0.0),
            conclusion,
            self._settings(),
            tuple(history),
            progress=progress(self.plan, rows, power=power, shared_alpha=alpha),
        )

    def placebo(self, table: ExperimentTable, profile: Profile, request: PlaceboRequest) -> Placebo:
        """The plan's tests on its own customers, with the arms dealt out by chance."""
        plan, cube = self.plan, self._everything
        values = {}
        if any(needs_rows(metric, clustered=cube.clustered) for metric in plan.all_metrics):
            check_size(float(cube.n.sum()))
            asked = CubeRequest(profile, clustered=cube.clustered)
            values = dict(table.values(plan, asked).metrics)
        draws, rules = deals(plan, cube, values), self._rules(guardrail=False)
        return placebo(plan, draws, rules, request, clustered=cube.clustered)

    @property
    def _everything(self) -> Cube:
        return self.cubes[""]

    @property
    def _treatments(self) -> tuple[str, ...]:
        return tuple(arm for arm in self._everything.arm_names if arm != self.plan.control)

    @property
    def _shared_alpha(self) -> float:
        return self.plan.alpha / len(self._treatments)

    @property
    def _peeking(self) -> Peeking | None:
        return peeking(self.plan, self._everything, tightest_at=self.config.tightest_at)

    @property
    def _watching(self) -> Peeking | None:
        """How harm is looked for before the end: at any moment, whatever the plan of the effect."""
        looked_at = self.plan.sequential or self.plan.preliminary
        return Peeking(None, tightest_at=self.config.tightest_at) if looked_at else None

    def _rules(self, *, guardrail: bool) -> Rules:
        """Guardrails keep the whole alpha: harm must not be corrected away."""
        shared = self.plan.alpha if guardrail else self._shared_alpha
        sequential = self._watching if guardrail else self._peeking
        return Rules(
            self.plan.alpha,
            shared,
            self.config.prior_deviation,
            self.config.few_events,
            None if sequential is None else sequential.bound,
            self.config.power,
        )

    def _estimates(self, piles: Piles) -> list[Estimate]:
        """Overall first, metric by metric; then each column, value by value."""
        rules = {flag: self._rules(guardrail=flag) for flag in (False, True)}
        return together(all_questions(piles, self.plan, self._treatments, rules), self.plan)

    def _heterogeneity(self, piles: Piles) -> list[Heterogeneity]:
        rows = [
            slices_differ(column, piles[column][metric.name], self.plan)
            for metric in self.plan.all_metrics
            for column in self.plan.by
        ]
        none = self.plan.correction is Correction.NONE
        method = Correction.NONE if none else Correction.BH
        p_values = adjust([row.p_value for row in rows], method)
        return [replace(r, p_adjusted=p) for r, p in zip(rows, p_values, strict=True)]

    def _personalization(self) -> Personalization | None:
        """By the first slice column; looked at repeatedly, by an interval that allows for it."""
        if not self.plan.by:
            return None
        column, config, sequential = self.plan.by[0], self.config, self._peeking
        alpha, units = self.plan.alpha, float(self._everything.n.sum())
        if sequential is not None:
            alpha = nominal_alpha(sequential.bound(units, alpha))
        choosing = range(config.choosing_folds)
        rules = {"power": config.power, "alpha": alpha}
        return personalization(self.cubes[column], self.plan, column, choosing, **rules)

    def _overrun(self) -> tuple[str, ...]:
        sequential = self._peeking
        if sequential is None or (sequential.fraction or 0.0) <= 1:
            return ()
        planned, units = self.plan.planned_n or 0, self._everything.n.sum()
        return (f"{units:,.0f} customers were read, {planned:,} planned: all of alpha is spent.",)

    def _settings(self) -> dict[str, object]:
        """What the numbers were computed with, beside the plan."""
        sequential = self._peeking
        return {
            "control": self.plan.control,
            "primary_metric": self.plan.primary.name,
            "alpha": self.plan.alpha,
            "alpha_per_arm": self._shared_alpha,
            "correction": self.plan.correction,
            "mde": self.plan.mde,
            "power": self.config.power,
            "prior": f"lift ~ N(0, {self.config.prior_deviation:g}^2)",
            "winsorize": self.plan.winsorize,
            "planned_n": self.plan.planned_n,
            "sequential": None if sequential is None else sequential.words,
            "cumulative_mode": None if self.plan.time is None else reading_mode(self.plan),
            "guardrails": self._watching and self._watching.words,
            "information_fraction": None if sequential is None else sequential.fraction,
        }


def _repeats(table: ExperimentTable, plan: AnalysisPlan) -> tuple[Repeats, ...]:
    """Of the unit or, where none is named, of every unused column that looks like an id."""
    if plan.unit is not None:
        return (table.repeats(plan.unit, plan),)
    used = {plan.arm, plan.covariate, plan.time, *plan.by}
    used |= {column for metric in plan.all_metrics for column in metric.columns}
    columns = [c for c in table.columns() if c not in used and looks_like_an_id(c)]
    return tuple(table.repeats(column, plan) for column in columns)


def _with_order_statistics(
    table: ExperimentTable, plan: AnalysisPlan, cubes: dict[str, Cube]
) -> dict[str, Cube]:
    """The cubes with what quantile metrics need, looked up arm by arm.

    Raises:
        BadInput: rows are summed by unit, and a quantile of rows is none of units.
    """
    quantiles = [m for m in plan.all_metrics if m.kind is MetricKind.QUANTILE]
    if not quantiles:
        return cubes
    if cubes[""].clustered:
        raise BadInput(
            f"{quantiles[0].name} is a quantile of rows, but '{plan.unit}' has several rows; a "
            "quantile needs one row a customer. Sum the rows first, or use a mean."
        )
    orders = {
        (metric.name, by, *group): values
        for metric in quantiles
        for by in (None, *plan.by)
        for group, values in table.order_statistics(
            plan, metric, by, wanted(cubes[""], metric, by)
        ).items()
    }
    return {name: replace(cube, orders=orders) for name, cube in cubes.items()}
