"""Whether choosing by slice is worth it, in the words of those who would have to write for it."""

from dataclasses import dataclass
from typing import Self

from core.charts.metric_words import is_money, metric_words
from core.charts.units import MONEY, NUMBER, POINTS, Unit, percent
from core.models.experiment import AnalysisPlan, MetricKind
from core.models.readout import Interval
from core.statistics.policy_value import PolicyValue
from core.statistics.power import rounded_up


@dataclass(frozen=True, slots=True)
class Size:
    """How large the test was, and would have to be to show a gain of `smallest` with `power`.

    `needed` is None where no smallest effect was registered, or nothing could gain.
    """

    customers: int
    needed: int | None
    smallest: float
    power: float


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of the choice: its name, what it is held against, and what it leaves open."""

    choice: str
    against: str
    best: str
    where: str
    caveat: str = ""

    @property
    def same(self) -> str:
        """What is said where the choice came out as the same arm everywhere."""
        return (
            f"{self.choice}: benefit not shown. {self.best} came out best {self.where}, so "
            "choosing would have changed nothing."
        )

    @classmethod
    def of(cls, plan: AnalysisPlan, column: str, single: str) -> Self:
        """The question this plan can answer."""
        by = column.replace("_", " ")
        where = f"in every {by}" if by == "segment" else f"for every value of {by}"
        best = f"The same group, {single},"
        if plan.single_messages is None:
            return cls(f"Choosing by {by}", f"{single} for all", best, where)
        if plan.single_messages:
            same = "the same message for everyone"
            return cls(f"Choosing the message by {by}", same, same.capitalize(), where)
        return cls(
            f"Choosing the tone by {by}",
            f"{single} for all",
            best,
            where,
            f"Whether messages by {by} beat one message for everyone was not tested.",
        )


def sentence(plan: AnalysisPlan, column: str, found: PolicyValue, size: Size) -> str:
    """What choosing by the column is worth; where that is not shown, what would settle it.

    Args:
        plan: says which arms were one message for all, and so what may be said.
        column: decides who gets what.
        found: the gain.
        size: of this test, and of one that would show a gain worth having.

    Reference:
        House rule of this product: only against a group in which everybody got the same message
        may it be said that messages by slice are worth their trouble, or are not.

    Examples:
        >>> from core.models.experiment import MetricSpec
        >>> asked = (MetricSpec.parse("visit:proportion"),)
        >>> plan = AnalysisPlan("arm", "a", asked, mde=0.1, single_messages=("One for all",))
        >>> policy = {"New": "urgent"}
        >>> found = PolicyValue(policy, 0.105, "One for all", 0.1, 0.005, (-0.015, 0.025))
        >>> said = sentence(plan, "segment", found, Size(64_000, 409_812, 0.01, 0.8))
        >>> said[:76]
        'Choosing the message by segment: benefit not shown, +0.50 points of visits ('
        >>> said[-65:]
        "would show a gain of 10 % of today's visits; this one had 64,000."
    """
    question = _Question.of(plan, column, found.best_single_arm)
    if found.gain_interval is None:
        said = [question.same, _needed(plan, size)]
    else:
        said = _compared(plan, question, found, found.gain_interval, size)
    return " ".join(filter(None, [*said, question.caveat]))


def _compared(
    plan: AnalysisPlan, question: _Question, found: PolicyValue, interval: Interval, size: Size
) -> list[str]:
    numbers = _numbers(plan, found.gain, interval)
    low, high = interval
    if low > 0:
        return [f"{question.choice} is worth {numbers} against {question.against}."]
    if high < 0:
        return [f"{question.choice} loses against {question.against}: {numbers}."]
    shown = f"{question.choice}: benefit not shown, {numbers} against {question.against}."
    return [shown, _settled(plan, high, size)]


def _settled(plan: AnalysisPlan, high: float, size: Size) -> str:
    """What a test of this size says of a gain worth having, or how large one would have to be."""
    if size.needed is None or size.needed > size.customers:
        return _needed(plan, size)
    gain = _worth_having(plan)
    if high < size.smallest:
        return f"This test was large enough to show {gain}, and rules it out for this choice."
    return f"This test was large enough to show {gain} in {percent(size.power)} of cases."


def _needed(plan: AnalysisPlan, size: Size) -> str:
    """How large a test would have to be, where this one was not; nothing where that is unknown."""
    if size.needed is None or size.needed <= size.customers:
        return ""
    return (
        f"About {rounded_up(size.needed):,} customers in the test would show "
        f"{_worth_having(plan)}; this one had {size.customers:,}."
    )


def _worth_having(plan: AnalysisPlan) -> str:
    return f"a gain of {percent(plan.mde)} of today's {metric_words(plan.primary.name)}"


def _numbers(plan: AnalysisPlan, gain: float, interval: Interval) -> str:
    metric = plan.primary
    unit = _unit(plan).fitted([interval])
    sign = unit.signed(gain).removesuffix(unit.plain(gain))
    amount = f"{sign}{unit.prefix}{unit.plain(gain)}"
    points = " points" if metric.kind is MetricKind.PROPORTION else ""
    each = " per customer" if metric.kind is MetricKind.MEAN else ""
    return f"{amount}{points} of {metric_words(metric.name)}{each} ({unit.interval(interval)})"


def _unit(plan: AnalysisPlan) -> Unit:
    if plan.primary.kind is MetricKind.PROPORTION:
        return POINTS
    return MONEY if is_money(plan.primary.name) else NUMBER
