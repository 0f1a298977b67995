"""Every arm against control on every metric, overall and in every slice of a cube."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from core.errors import UndefinedStatistic
from core.models.cube import Cube
from core.models.experiment import AnalysisPlan, Correction, MetricKind, MetricSpec
from core.models.readout import Estimate, Heterogeneity, MarginVerdict, Slice
from core.statistics.comparison import Rules, compare_counts, compare_means
from core.statistics.cuped import adjusted, plain
from core.statistics.difference import Sample
from core.statistics.heterogeneity import heterogeneity
from core.statistics.moments import Moments, merge_by
from core.statistics.multiplicity import adjust
from core.statistics.quantile import UNKNOWN as NO_QUANTILE
from core.statistics.quantile import quantile_samples
from core.statistics.ratio import linearised
from core.statistics.small_counts import Counts, few

NO_RATIO = "The denominator is 0 for a whole group: no ratio."
EMPTY = "There are fewer than 2 customers in one of the groups."


@dataclass(frozen=True, slots=True)
class Pile:
    """The moments of every arm on one metric, overall or in one slice.

    `orders` are the order statistics around the quantile of each arm, for a quantile metric.
    """

    metric: MetricSpec
    slice: Slice | None
    arms: Mapping[str, Moments]
    clustered: bool
    orders: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def has_covariate(self) -> bool:
        """Whether the outcome can be adjusted."""
        width = max((len(m.mean) for m in self.arms.values()), default=0)
        return self.metric.kind is MetricKind.MEAN and width > (2 if self.clustered else 1)

    def as_means(self) -> dict[str, Moments]:
        """The arms with ratios and clusters written as means; arms without a value left out."""
        usable = {arm: m for arm, m in self.arms.items() if m.n > 1}
        if self.metric.kind is not MetricKind.RATIO and not self.clustered:
            return usable
        return {arm: linearised(m) for arm, m in usable.items() if m.mean[1] != 0}

    def samples(self, *, covariate: bool) -> dict[str, Sample]:
        """Every arm's mean and its squared error, adjusted by the covariate or not.

        A quantile stands in place of the mean of a quantile metric.
        """
        if self.metric.quantile is not None:
            sizes = {arm: moments.n for arm, moments in self.arms.items()}
            return quantile_samples(self.metric.quantile, sizes, self.orders)
        arms = self.as_means()
        if covariate:
            return adjusted(arms)
        return {arm: plain(moments) for arm, moments in arms.items()}


def piles(
    cube: Cube,
    metric: MetricSpec,
    column: str | None = None,
    *,
    folds: Collection[int] | None = None,
) -> list[Pile]:
    """The cube read for one metric: one pile overall, or one a value of the column, in order.

    Only the customers of these folds are read; None reads everybody.

    Reference:
        Chan, Golub and LeVeque (1983): the cells of each pile are merged, no row is read again.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Block
        >>> block = Block(np.full(2, 4.0), np.array([[1.0], [2.0]]), np.ones((2, 1, 1)))
        >>> cube = Cube(("a", "b"), {}, (), (0, 0), np.full(2, 4.0), {"visit": block})
        >>> [sorted(pile.arms) for pile in piles(cube, MetricSpec.parse("visit:mean"))]
        [['a', 'b']]
    """
    block = cube.blocks[metric.name]
    values = [""] * len(cube.arms) if column is None else cube.slices[column]
    keys = [
        (value, arm) if folds is None or fold in folds else None
        for value, arm, fold in zip(values, cube.arms, cube.folds, strict=True)
    ]
    merged = merge_by(block, keys)
    # Overall there is always one pile, if only an empty one.
    by_value: dict[str, dict[str, Moments]] = {} if column else {"": {}}
    for (value, arm), moments in merged.items():
        by_value.setdefault(value, {})[arm] = moments
    return [
        Pile(
            metric,
            Slice(column, value) if column else None,
            by_value[value],
            cube.clustered,
            _orders(cube, metric, column, value),
        )
        for value in sorted(by_value)
    ]


def estimates(
    pile: Pile, plan: AnalysisPlan, arms: tuple[str, ...], rules: Rules
) -> list[Estimate]:
    """Every treatment against control, raw and, where there is a covariate, adjusted after it.

    Reference:
        Welch (1947), Fieller (1954), Miettinen and Nurminen (1985), Deng et al. (2013, 2018).

    Examples:
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("spend:mean"),))
        >>> arms = {"a": Moments(9, (1.0,), ((8.0,),)), "b": Moments(9, (3.0,), ((8.0,),))}
        >>> pile = Pile(plan.primary, None, arms, clustered=False)
        >>> rows = estimates(pile, plan, ("b",), Rules(0.05, 0.05, 0.3, 10))
        >>> rows[0].difference, round(rows[0].p_value, 5)
        (2.0, 0.00062)
    """
    raw = [_estimate(pile, plan, arm, rules, covariate=False) for arm in arms]
    if not pile.has_covariate:
        return raw
    return raw + [_estimate(pile, plan, arm, rules, covariate=True) for arm in arms]


def slices_differ(column: str, within: list[Pile], plan: AnalysisPlan) -> Heterogeneity:
    """Whether the effect on a metric differs between the values of the column.

    Reference:
        Cochran (1954), "The Combination of Estimates from Different Experiments".

    Examples:
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("spend:mean"),))
        >>> slices_differ("channel", [], plan).p_value is None
        True
    """
    name = within[0].metric.name if within else plan.primary.name
    treatments = sorted({arm for pile in within for arm in pile.arms} - {plan.control})
    try:
        samples = [pile.samples(covariate=pile.has_covariate) for pile in within]
        return Heterogeneity(name, column, heterogeneity(samples, plan.control, treatments))
    except UndefinedStatistic as reason:
        return Heterogeneity(name, column, None, undefined=str(reason))


def with_adjusted_p(rows: list[Estimate], plan: AnalysisPlan) -> list[Estimate]:
    """The estimates with p-values adjusted within their family.

    Arms on the primary metric are one family, by the plan's correction; the other metrics one,
    and all slices one, by Benjamini-Hochberg. Raw and covariate-adjusted results are families
    of their own. Guardrails keep their p-values: harm must not be corrected away.

    Reference:
        Holm (1979); Benjamini and Hochberg (1995).

    Examples:
        >>> with_adjusted_p([], AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),)))
        []
    """
    families: dict[tuple[str, bool], list[int]] = {}
    for i, row in enumerate(rows):
        families.setdefault((_family(row, plan), row.covariate_adjusted), []).append(i)
    result = list(rows)
    others = Correction.NONE if plan.correction is Correction.NONE else Correction.BH
    method = {"primary": plan.correction, "guardrail": Correction.NONE}
    for (family, _), members in families.items():
        p_values = adjust([rows[i].p_value for i in members], method.get(family, others))
        for i, p_adjusted in zip(members, p_values, strict=True):
            result[i] = replace(rows[i], p_adjusted=p_adjusted)
    return result


def _family(row: Estimate, plan: AnalysisPlan) -> str:
    if row.guardrail:
        return "guardrail"
    if row.slice is not None:
        return "slices"
    return "primary" if row.metric == plan.primary.name else "others"


def _estimate(
    pile: Pile, plan: AnalysisPlan, arm: str, rules: Rules, *, covariate: bool
) -> Estimate:
    base = _blank(pile, plan, arm, covariate=covariate)
    treatment, control = pile.arms.get(arm), pile.arms.get(plan.control)
    if treatment is None or control is None or min(treatment.n, control.n) <= 1:
        return replace(base, undefined=EMPTY)
    if pile.metric.kind is MetricKind.PROPORTION and not pile.clustered:
        counts = _counts(treatment, control)
        base = replace(base, mean=treatment.mean[0], mean_control=control.mean[0])
        if few(counts, rules.few_events):
            return compare_counts(base, counts, rules)
    try:
        samples = pile.samples(covariate=covariate)
    except UndefinedStatistic as reason:
        return replace(base, undefined=str(reason))
    if arm not in samples or plan.control not in samples:
        return replace(base, undefined=NO_QUANTILE if pile.metric.quantile else NO_RATIO)
    return compare_means(base, samples[arm], samples[plan.control], rules)


def _orders(
    cube: Cube, metric: MetricSpec, column: str | None, value: str
) -> dict[str, tuple[float, ...]]:
    if metric.quantile is None:
        return {}
    keys = {arm: (metric.name, column, value, arm) for arm in cube.arm_names}
    return {arm: cube.orders[key] for arm, key in keys.items() if key in cube.orders}


def _blank(pile: Pile, plan: AnalysisPlan, arm: str, *, covariate: bool) -> Estimate:
    sizes = {name: int(moments.n) for name, moments in pile.arms.items()}
    return Estimate(
        metric=pile.metric.name,
        type=pile.metric.kind,
        slice=pile.slice,
        arm=arm,
        control=plan.control,
        n=sizes.get(arm, 0),
        n_control=sizes.get(plan.control, 0),
        mean=None,
        mean_control=None,
        method=_method(pile, covariate=covariate),
        covariate_adjusted=covariate,
        guardrail=pile.metric in plan.guardrails,
        margin=pile.metric.signed_margin,
        margin_verdict=MarginVerdict.NOT_EXCLUDED if pile.metric.margin else None,
    )


def _method(pile: Pile, *, covariate: bool) -> str:
    if pile.metric.kind is MetricKind.QUANTILE:
        return "order statistics, Welch t, Fieller lift"
    ratio = pile.metric.kind is MetricKind.RATIO
    parts = ["delta method" if ratio or pile.clustered else "", "CUPED" if covariate else ""]
    unit = "clustered by unit" if pile.clustered else ""
    return ", ".join(part for part in ["Welch t", "Fieller lift", *parts, unit] if part)


def _counts(treatment: Moments, control: Moments) -> Counts:
    events, n = round(treatment.n * treatment.mean[0]), int(treatment.n)
    return Counts(events, n, round(control.n * control.mean[0]), int(control.n))
