"""The decision card in words, the same before the lock, after it and on paper."""

from collections.abc import Sequence
from datetime import date

from core.charts.dates import day_words
from core.charts.units import count, percent
from core.models.experiment import Harm, MetricKind, MetricSpec
from core.models.send import ArmPlan, DecisionCard, ReadingMethod
from core.reports.words import metric_words

KINDS = {
    MetricKind.PROPORTION: "share of customers",
    MetricKind.MEAN: "mean per customer",
    MetricKind.RATIO: "ratio",
    MetricKind.QUANTILE: "quantile",
}
_NONE = "none"


def card_rows(
    card: DecisionCard,
    arms: Sequence[ArmPlan],
    *,
    customers: int | None = None,
    read_on: date | None = None,
) -> list[tuple[str, str]]:
    """Every line of the card: what it fixes, and how.

    Args:
        card: as it is or would be locked.
        arms: of the test, the control among them.
        customers: planned in all groups together, where that is known.
        read_on: the day of the read-out, where that is known.
    """
    guardrails = [guardrail_words(spec) for spec in card.guardrails]
    others = [metric_words(MetricSpec.parse(spec).name) for spec in card.other_metrics]
    return [
        ("Hypothesis", card.hypothesis or "none was written down"),
        ("Decides", f"{_measured(card.primary_metric)}, against {card.control}"),
        ("Smallest effect worth using", f"{percent(card.smallest_effect)} of control"),
        ("Guardrails", "; ".join(guardrails) or _NONE),
        ("Also measured", ", ".join(others) or _NONE),
        ("Groups", ", ".join(f"{arm.name} {percent(arm.weight)}" for arm in arms)),
        ("Read out", _reading(card, customers, read_on)),
        ("Error", _error(card.alpha, len(arms) - 1)),
    ]


def guardrail_words(spec: str) -> str:
    """What must not happen, and how much of it would be accepted.

    Examples:
        >>> guardrail_words("unsubscribe:proportion:rise")
        'unsubscribes must not rise'
        >>> guardrail_words("unsubscribe:proportion:rise:0.0005")
        'unsubscribes may rise by at most 0.05 points'
        >>> guardrail_words("spend:mean:fall:0.2")
        'spend may fall by at most 0.2 per customer'
    """
    metric = MetricSpec.parse(spec)
    name, way = metric_words(metric.name), "rise" if metric.harmful is Harm.RISE else "fall"
    if metric.margin is None:
        return f"{name} must not {way}"
    limit = f"{metric.margin:g} per customer"
    if metric.kind is MetricKind.PROPORTION:
        limit = f"{100 * metric.margin:g} points"
    return f"{name} may {way} by at most {limit}"


def _error(alpha: float, treatments: int) -> str:
    said = f"{percent(alpha)}, two-sided"
    if treatments <= 1:
        return said
    return f"{said}, shared between the groups: {percent(alpha / treatments)} for each"


def _measured(spec: str) -> str:
    metric = MetricSpec.parse(spec)
    return f"{metric_words(metric.name)} ({KINDS[metric.kind]})"


def _reading(card: DecisionCard, customers: int | None, read_on: date | None) -> str:
    days = "1 day" if card.outcome_days == 1 else f"{card.outcome_days} days"
    if card.method is ReadingMethod.IMPORTED:
        return "once; the mailing was imported with its outcomes"
    if card.method is ReadingMethod.IN_STAGES:
        planned = "" if customers is None else f" at {count(customers)} planned customers"
        return (
            f"after each stage, from the customers whose {days} after the send have passed, by "
            f"group-sequential bounds{planned}"
        )
    when = f"{days} after the first export"
    if read_on is not None:
        when = f"on {day_words(read_on)}, {when}"
    return f"once, {when}; before that a reading is preliminary"
