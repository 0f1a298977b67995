"""What is asked of the piles of a cube, and what each comparison answers on its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from core.errors import UndefinedStatistic
from core.models.experiment import AnalysisPlan, MetricKind
from core.statistics.comparison import Comparison, Pair, Rules, compare_counts, compare_means
from core.statistics.moments import Moments
from core.statistics.pile import Pile, Piles
from core.statistics.quantile import UNKNOWN as NO_QUANTILE
from core.statistics.small_counts import Counts, few

NO_RATIO = "The denominator is 0 for a whole group: no ratio."
EMPTY = "There are fewer than 2 customers in one of the groups."


@dataclass(frozen=True, slots=True)
class Question:
    """One arm against control in one pile, with the outcome as it is or adjusted."""

    pile: Pile
    arm: str
    control: str
    rules: Rules
    method: str
    guardrail: bool
    covariate_adjusted: bool

    @property
    def n(self) -> int:
        """Customers in the arm whose outcome is known."""
        return self._customers(self.arm)

    @property
    def n_control(self) -> int:
        """The same in control."""
        return self._customers(self.control)

    def _customers(self, arm: str) -> int:
        return int(self.pile.arms[arm].n) if arm in self.pile.arms else 0


def questions(pile: Pile, plan: AnalysisPlan, arms: Sequence[str], rules: Rules) -> list[Question]:
    """Every treatment against control, raw and, where there is a covariate, adjusted after it.

    Reference:
        Deng et al. (2013) for the adjusted ones.

    Examples:
        >>> from core.models.experiment import MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("spend:mean"),))
        >>> pile = Pile(plan.primary, None, {}, clustered=False)
        >>> [question.arm for question in questions(pile, plan, "bc", Rules(0.05, 0.05, 0.3, 10))]
        ['b', 'c']
    """
    guardrail = pile.metric in plan.guardrails
    rows = []
    for covariate in (False, True) if pile.has_covariate else (False,):
        method = _method(pile.metric.kind, clustered=pile.clustered, adjusted=covariate)
        rows += [Question(pile, a, plan.control, rules, method, guardrail, covariate) for a in arms]
    return rows


def all_questions(
    found: Piles, plan: AnalysisPlan, arms: Sequence[str], rules: Mapping[bool, Rules]
) -> list[Question]:
    """Overall first, metric by metric; then each column, value by value.

    Args:
        found: the piles of every metric, overall and by each column.
        plan: names metrics and guardrails.
        arms: the treatments.
        rules: those of guardrails under True, of all other metrics under False.

    Reference:
        House rule of this product: the order of a read-out.

    Examples:
        >>> from core.models.experiment import MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("spend:mean"),))
        >>> rules = Rules(0.05, 0.05, 0.3, 10)
        >>> found = {None: {"spend": [Pile(plan.primary, None, {}, clustered=False)]}}
        >>> len(all_questions(found, plan, ["b"], {False: rules, True: rules}))
        1
    """
    return [
        question
        for by_metric in found.values()
        for metric in plan.all_metrics
        for pile in by_metric[metric.name]
        for question in questions(pile, plan, arms, rules[metric in plan.guardrails])
    ]


def answers(asked: Sequence[Question]) -> list[Comparison]:
    """What each comparison says on its own, or why it says nothing.

    Reference:
        Welch (1947), Fieller (1954), Miettinen and Nurminen (1985), Deng et al. (2013, 2018).

    Examples:
        >>> from core.models.experiment import MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("spend:mean"),))
        >>> arms = {"a": Moments(9, (1.0,), ((8.0,),)), "b": Moments(9, (3.0,), ((8.0,),))}
        >>> pile = Pile(plan.primary, None, arms, clustered=False)
        >>> asked = questions(pile, plan, ["b", "c"], Rules(0.05, 0.05, 0.3, 10))
        >>> [found.difference for found in answers(asked)]
        [2.0, None]
    """
    evidence = [_evidence(question) for question in asked]
    of_means = iter(compare_means([found for found in evidence if isinstance(found, Pair)]))
    return [
        next(of_means) if isinstance(found, Pair) else _without_means(question, found)
        for question, found in zip(asked, evidence, strict=True)
    ]


def _evidence(question: Question) -> Pair | Counts | str:
    """What is compared, or why nothing is."""
    pile = question.pile
    treatment, control = pile.arms.get(question.arm), pile.arms.get(question.control)
    if treatment is None or control is None or min(treatment.n, control.n) <= 1:
        return EMPTY
    if pile.metric.kind is MetricKind.PROPORTION and not pile.clustered:
        counts = _counts(treatment, control)
        if few(counts, question.rules.few_events):
            return counts
    try:
        samples = pile.samples(covariate=question.covariate_adjusted)
    except UndefinedStatistic as reason:
        return str(reason)
    if question.arm not in samples or question.control not in samples:
        return NO_QUANTILE if pile.metric.quantile else NO_RATIO
    pair = samples[question.arm], samples[question.control]
    return Pair(*pair, question.rules, pile.metric.signed_margin)


def _without_means(question: Question, found: Counts | str) -> Comparison:
    if isinstance(found, str):
        return Comparison(undefined=found)
    return compare_counts(found, question.rules, question.pile.metric.signed_margin)


@cache
def _method(kind: MetricKind, *, clustered: bool, adjusted: bool) -> str:
    if kind is MetricKind.QUANTILE:
        return "order statistics, Welch t, Fieller lift"
    ratio = kind is MetricKind.RATIO
    parts = ["delta method" if ratio or clustered else "", "CUPED" if adjusted else ""]
    unit = "clustered by unit" if clustered else ""
    return ", ".join(part for part in ["Welch t", "Fieller lift", *parts, unit] if part)


def _counts(treatment: Moments, control: Moments) -> Counts:
    events, n = round(treatment.n * treatment.mean[0]), int(treatment.n)
    return Counts(events, n, round(control.n * control.mean[0]), int(control.n))
