"""Every arm against control on every metric, overall and in every slice of a cube."""

from collections.abc import Hashable, Sequence

from core.errors import BadInput, UndefinedStatistic
from core.models.experiment import AnalysisPlan, Correction, MetricKind
from core.models.readout import Estimate, Heterogeneity
from core.statistics.comparison import Comparison, Rules
from core.statistics.heterogeneity import heterogeneity
from core.statistics.multiplicity import Family, adjust_within
from core.statistics.non_inferiority import customers_for_margin, verdict
from core.statistics.pile import Pile, piles
from core.statistics.questions import Question, answers, questions
from core.statistics.shrinkage import Drawn, drawn_together

__all__ = ["Pile", "estimates", "piles", "slices_differ", "together"]

ALONE = Drawn()


def estimates(pile: Pile, plan: AnalysisPlan, arms: Sequence[str], rules: Rules) -> list[Estimate]:
    """The estimates of one pile on their own; p-values are not adjusted for each other.

    Reference:
        Welch (1947), Fieller (1954), Miettinen and Nurminen (1985), Deng et al. (2013, 2018).

    Examples:
        >>> from core.models.experiment import MetricSpec
        >>> from core.statistics.moments import Moments
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("spend:mean"),))
        >>> arms = {"a": Moments(9, (1.0,), ((8.0,),)), "b": Moments(9, (3.0,), ((8.0,),))}
        >>> pile = Pile(plan.primary, None, arms, clustered=False)
        >>> rows = estimates(pile, plan, ("b",), Rules(0.05, 0.05, 0.3, 10))
        >>> rows[0].difference, round(rows[0].p_value, 5)
        (2.0, 0.00062)
    """
    asked = questions(pile, plan, arms, rules)
    said = answers(asked)
    return [_written(one, its, its.p_value) for one, its in zip(asked, said, strict=True)]


def together(asked: Sequence[Question], plan: AnalysisPlan) -> list[Estimate]:
    """The estimates of a whole plan: p-values adjusted, and slices drawn towards their average.

    Arms on the primary metric are one family, by the plan's correction; the other metrics one,
    and all slices one, by Benjamini-Hochberg. Raw and covariate-adjusted results are families
    of their own. Guardrails keep their p-values: harm must not be corrected away.

    The slices of one column are drawn together by metric and arm, raw and covariate-adjusted
    results apart; they are exploratory. Overall estimates are not drawn anywhere.

    Reference:
        Holm (1979); Benjamini and Hochberg (1995); Efron and Morris (1975).

    Examples:
        >>> from core.models.experiment import MetricSpec
        >>> together([], AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),)))
        []
    """
    said = answers(asked)
    p_values = adjust_within([_family(one, plan) for one in asked], [s.p_value for s in said])
    drawn = drawn_together(
        [_neighbours(one) for one in asked],
        [s.difference for s in said],
        [s.standard_error for s in said],
        plan.alpha,
    )
    rows = zip(asked, said, p_values, drawn, strict=True)
    return [_written(*row) for row in rows]


def slices_differ(column: str, within: Sequence[Pile], plan: AnalysisPlan) -> Heterogeneity:
    """Whether the effect on a metric differs between the values of the column.

    Reference:
        Cochran (1954), "The Combination of Estimates from Different Experiments".

    Examples:
        >>> from core.models.experiment import MetricSpec
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


def _family(question: Question, plan: AnalysisPlan) -> Family:
    pile, adjusted = question.pile, question.covariate_adjusted
    others = Correction.NONE if plan.correction is Correction.NONE else Correction.BH
    if question.guardrail:
        return Family(("guardrail", adjusted), Correction.NONE)
    if pile.slice is not None:
        return Family(("slices", adjusted), others)
    if pile.metric.name == plan.primary.name:
        return Family(("primary", adjusted), plan.correction)
    return Family(("others", adjusted), others)


def _neighbours(question: Question) -> Hashable:
    """Which estimates are drawn together; None for one that is in no slice."""
    pile = question.pile
    if pile.slice is None:
        return None
    return pile.metric.name, question.arm, pile.slice.column, question.covariate_adjusted


def _written(
    question: Question, said: Comparison, p_adjusted: float | None, drawn: Drawn = ALONE
) -> Estimate:
    pile, margin = question.pile, question.pile.metric.signed_margin
    return Estimate(
        metric=pile.metric.name,
        type=pile.metric.kind,
        slice=pile.slice,
        arm=question.arm,
        control=question.control,
        n=question.n,
        n_control=question.n_control,
        mean=said.mean,
        mean_control=said.mean_control,
        difference=said.difference,
        difference_interval=said.difference_interval,
        lift=said.lift,
        lift_interval=said.lift_interval,
        p_value=said.p_value,
        p_adjusted=p_adjusted,
        sequential_interval=said.sequential_interval,
        chance_to_beat_control=said.chance_to_beat_control,
        method=said.method or question.method,
        undefined=said.undefined,
        covariate_adjusted=question.covariate_adjusted,
        guardrail=question.guardrail,
        standard_error=said.standard_error,
        difference_interval_adjusted=said.difference_interval_adjusted,
        lift_interval_adjusted=said.lift_interval_adjusted,
        sequential_lift_interval=said.sequential_lift_interval,
        exploratory=pile.slice is not None,
        shrunken_difference=drawn.effect,
        shrunken_interval=drawn.interval,
        shrunken_undefined=drawn.undefined,
        margin=margin,
        margin_bound=said.margin_bound,
        margin_verdict=None if margin is None else verdict(said.margin_bound, margin),
        margin_needed_per_group=None if margin is None else _needed_for_margin(question, said),
    )


def _needed_for_margin(question: Question, said: Comparison) -> int | None:
    """Customers per group that rule out the margin at the control's variance; None without one."""
    margin = question.pile.metric.signed_margin
    if margin is None or said.mean_control is None or said.standard_error is None:
        return None
    variance = said.mean_control * (1 - said.mean_control)
    if question.pile.metric.kind is not MetricKind.PROPORTION:
        variance = said.standard_error**2 / (1 / question.n + 1 / question.n_control)
    alpha, power = question.rules.alpha, question.rules.power
    try:
        return customers_for_margin(variance, margin, (0.5, 0.5), alpha=alpha, power=power)[0]
    except BadInput:
        return None
