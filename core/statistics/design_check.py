"""Whether a planned test can answer its question, overall and in each segment."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scipy import optimize, special

from core.errors import BadInput, UndefinedStatistic
from core.models.planning import Reach
from core.statistics.power import Design, at_looks, power, required, rounded_up

FEWEST = 2
MOST_DEVIATIONS = 1e6
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Question:
    """What is planned: how many customers, dealt out how, to see which effect.

    `shares` are those of the arms, control first. `deviation` is that of one customer's amount;
    None where the baseline is a proportion. `baselines` and `deviations` name the segments that
    differ from these. `proportional_spread`, `correlation` and `looks` are those of a Design.
    """

    segments: Mapping[str, int]
    baseline: float
    smallest_effect: float
    shares: tuple[float, ...] = (0.5, 0.5)
    deviation: float | None = None
    alpha: float = 0.05
    power: float = 0.8
    baselines: Mapping[str, float] = field(default_factory=dict)
    deviations: Mapping[str, float] = field(default_factory=dict)
    proportional_spread: bool = True
    correlation: float = 0.0
    looks: int = 1

    def __post_init__(self) -> None:
        if not (math.isfinite(self.smallest_effect) and self.smallest_effect > 0):
            raise BadInput("The smallest effect worth using must be above 0, such as 0.1 (+10 %).")
        if not self.segments or min(self.segments.values()) < 0:
            raise BadInput("The test needs segments with 0 or more customers each.")
        unknown = sorted({*self.baselines, *self.deviations} - set(self.segments))
        if unknown:
            raise BadInput(f"There is a baseline for '{unknown[0]}', which is no segment.")

    def design(self, segment: str | None = None) -> Design:
        """The design in one segment, or overall at the average baseline of the segments."""
        return Design(
            self._average if segment is None else self._baseline(segment),
            self.deviation if segment is None else self.deviations.get(segment, self.deviation),
            self.shares,
            self.power,
            self.alpha,
            proportional_spread=self.proportional_spread,
            correlation=self.correlation,
            looks=self.looks,
        )

    def _baseline(self, segment: str) -> float:
        return self.baselines.get(segment, self.baseline)

    @property
    def _average(self) -> float:
        total = sum(self.segments.values())
        if not self.baselines or not total:
            return self.baseline
        return math.fsum(n * self._baseline(name) for name, n in self.segments.items()) / total


@dataclass(frozen=True, slots=True)
class DesignCheck:
    """The answer overall, in each segment, and in words."""

    overall: Reach
    segments: tuple[Reach, ...]
    answers: bool
    sentence: str


def design_check(question: Question) -> DesignCheck:
    """What the planned customers can show, overall and by segment.

    Means are planned by Welch's t, and so are proportions unless the score test sees less, as it
    does for small or uneven groups: the chance promised is the lower one. Every treatment is
    compared at alpha over their number.

    Raises:
        BadInput: baseline, deviation, shares, alpha or power cannot be used.

    Reference:
        Fleiss, Levin and Paik (2003), "Statistical Methods for Rates and Proportions", chapter
        4; Cohen (1988), chapter 2, for means.

    Examples:
        >>> check = design_check(Question({"all": 124}, 0.306, 0.10))
        >>> round(check.overall.detectable_lift, 2), round(check.overall.chance, 2)
        (0.81, 0.06)
        >>> check.overall.sentence[:73]
        '62 customers per group show a change of about 25 points (+81 %) or more; '
    """
    overall = whole_reach(question)
    segments = tuple(_reach(question, name, n) for name, n in question.segments.items())
    return DesignCheck(overall, segments, overall.answers, _verdict(question, overall, segments))


def whole_reach(question: Question) -> Reach:
    """What the planned customers can show when all segments are read together.

    Raises:
        BadInput: baseline, deviation, shares, alpha or power cannot be used.

    Reference:
        As in `design_check`.

    Examples:
        >>> round(whole_reach(Question({"all": 124}, 0.306, 0.10)).detectable_difference, 2)
        0.25
    """
    return _reach(question, None, sum(question.segments.values()))


def chance_of_proportions(design: Design, lift: float, n_control: float, n: float) -> float:
    """Chance that the score test shows this lift in its own direction, at one of the looks.

    Raises:
        BadInput: the lift takes the share out of its range.

    Reference:
        Fleiss, Levin and Paik (2003), chapter 4, solved for the power; no continuity correction.

    Examples:
        >>> round(chance_of_proportions(Design(0.6), -1 / 6, 407, 407), 2)
        0.82
    """
    control, treatment = design.variances(lift)
    treated = design.baseline * (1 + lift)
    pooled = (n_control * design.baseline + n * treated) / (n_control + n)
    at_rest = math.sqrt(pooled * (1 - pooled) * (1 / n_control + 1 / n))
    critical = -float(special.ndtri(design.comparison_alpha / 2))
    beyond = abs(treated - design.baseline) - critical * at_rest
    return at_looks(design, beyond / math.sqrt(control / n_control + treatment / n))


def _reach(question: Question, segment: str | None, customers: int) -> Reach:
    design = question.design(segment)
    n_control = math.floor(round(customers * design.shares[0], 6))
    n = math.floor(round(customers * min(design.shares[1:]), 6))
    needed = _needed(design, question.smallest_effect)
    reach = Reach(segment, customers, n_control, n, needed)
    try:
        lift, chance = _shown(design, question.smallest_effect, (n_control, n))
    except UndefinedStatistic as reason:
        reach = replace(reach, undefined=str(reason))
        return replace(reach, sentence=_sentence(question, reach))
    reach = replace(
        reach,
        detectable_lift=lift,
        detectable_difference=None if lift is None else abs(lift * design.baseline),
        chance=chance,
        answers=chance is not None and chance >= design.power,
    )
    return replace(reach, sentence=_sentence(question, reach))


def _shown(
    design: Design, smallest: float, sizes: tuple[int, int]
) -> tuple[float | None, float | None]:
    """The detectable lift, and the chance of the smallest; None where no lift is large enough."""
    if min(sizes) < FEWEST:
        raise UndefinedStatistic("There are fewer than 2 customers in one of the groups.")
    highest = _highest(design)

    def missing(lift: float) -> float:
        return _chance(design, lift, sizes) - design.power

    found = None
    if missing(highest) >= 0:
        found = float(optimize.brentq(missing, highest * 1e-9, highest, xtol=1e-12))
    return found, _chance(design, smallest, sizes) if smallest < highest else None


def _highest(design: Design) -> float:
    if design.deviation is None:
        return (1 - 1e-9) / design.baseline - 1
    return MOST_DEVIATIONS * design.deviation / abs(design.baseline)


def _chance(design: Design, lift: float, sizes: tuple[float, float]) -> float:
    """What the read-out sees, or the score test where that is less."""
    pair = replace(design, allocation=sizes, alpha=design.comparison_alpha)
    seen = power(pair, lift, sum(sizes))
    if design.deviation is not None:
        return seen
    return min(seen, chance_of_proportions(design, lift, *sizes))


def _needed(design: Design, smallest: float) -> int | None:
    """Customers in the smallest treatment group; None where the effect cannot happen."""
    try:
        sizes = required(design, smallest)
    except BadInput:
        return None
    control, n = sizes[0], min(sizes[1:])

    def missing(times: float) -> float:
        return _chance(design, smallest, (times * control, times * n)) - design.power

    if missing(1.0) >= -ROUNDING:
        return n
    enough = 2.0
    while missing(enough) < 0:
        enough *= 2
    return math.ceil(n * float(optimize.brentq(missing, 1.0, enough, xtol=1e-9)))


def _sentence(question: Question, reach: Reach) -> str:
    effect = f"{100 * question.smallest_effect:+.3g} %"
    needed, size = _needed_words(question, reach), f"{reach.n_treatment:,} customers per group"
    if reach.n_control != reach.n_treatment:
        size = f"{reach.n_treatment:,} customers against {reach.n_control:,} in control"
    if reach.detectable_lift is None or reach.detectable_difference is None:
        return f"{size} are too few to show any change. {needed}"
    amount = f"{reach.detectable_difference:.3g}"
    if question.deviation is None:
        amount = f"{_points(100 * reach.detectable_difference)} points"
    shown = f"{size} show a change of about {amount} ({100 * reach.detectable_lift:+.0f} %) or more"
    if reach.chance is None:
        return f"{shown}; {effect} cannot happen. {needed}"
    return f"{shown}; a real {effect} is seen with a chance of {100 * reach.chance:.0f} %. {needed}"


def _points(points: float) -> str:
    """Whole points from 10 on, two digits below."""
    if points >= 10:
        return f"{points:.0f}"
    return f"{points:.1f}" if points >= 1 else f"{points:.2g}"


def _needed_words(question: Question, reach: Reach) -> str:
    if reach.answers:
        return "That is enough."
    if reach.needed_per_group is None:
        return "No number of customers is enough for it."
    needed = f"It needs about {rounded_up(reach.needed_per_group):,}"
    control, smallest = question.shares[0], min(question.shares[1:])
    if control == smallest:
        return f"{needed} per group."
    beside = rounded_up(math.ceil(reach.needed_per_group * control / smallest))
    return f"{needed} against {beside:,} in control."


def _verdict(question: Question, overall: Reach, segments: tuple[Reach, ...]) -> str:
    effect = f"{100 * question.smallest_effect:+.3g} %"
    can = "can" if overall.answers else "cannot"
    first = f"This test {can} answer whether the message brings {effect}. {overall.sentence}"
    if len(segments) <= 1:
        return first
    alone = [reach.segment for reach in segments if reach.answers]
    if not alone and not overall.answers:
        return f"{first} No segment can answer it on its own either."
    if not alone:
        return f"{first} No segment can answer it on its own; read them together."
    if len(alone) == len(segments):
        return f"{first} Every segment can answer it on its own."
    named = ", ".join(str(name) for name in alone)
    return f"{first} On its own, it can be answered in {named} only."
