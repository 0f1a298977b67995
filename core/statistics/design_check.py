"""Whether a planned test can answer its question, overall and in each segment."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scipy import optimize, special

from core.errors import BadInput, UndefinedStatistic
from core.statistics.power import Design, detectable_lift, power, required, rounded_up

FEWEST = 2


@dataclass(frozen=True, slots=True)
class Question:
    """What is planned: how many customers, dealt out how, to see which effect.

    `shares` are those of the arms, control first. `deviation` is that of one customer's amount;
    None where the baseline is a proportion. `baselines` names segments that differ from it.
    """

    segments: Mapping[str, int]
    baseline: float
    smallest_effect: float
    shares: tuple[float, ...] = (0.5, 0.5)
    deviation: float | None = None
    alpha: float = 0.05
    power: float = 0.8
    baselines: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.smallest_effect) and self.smallest_effect > 0):
            raise BadInput("The smallest effect worth using must be above 0, such as 0.1 (+10 %).")
        if not self.segments or min(self.segments.values()) < 0:
            raise BadInput("The test needs segments with 0 or more customers each.")
        unknown = sorted(set(self.baselines) - set(self.segments))
        if unknown:
            raise BadInput(f"There is a baseline for '{unknown[0]}', which is no segment.")

    def design(self, segment: str | None = None) -> Design:
        """The design in one segment, or overall at the average baseline of the segments."""
        baseline = self._average if segment is None else self._baseline(segment)
        return Design(baseline, self.deviation, self.shares, self.power, self.alpha)

    def _baseline(self, segment: str) -> float:
        return self.baselines.get(segment, self.baseline)

    @property
    def _average(self) -> float:
        total = sum(self.segments.values())
        if not self.baselines or not total:
            return self.baseline
        return math.fsum(n * self._baseline(name) for name, n in self.segments.items()) / total


@dataclass(frozen=True, slots=True)
class Reach:
    """What so many customers can show, against control, in the smallest of the other groups.

    `segment` is None overall. `detectable_lift` is the smallest lift seen with the planned
    power, `chance` that of seeing the smallest effect worth using. What does not exist is None;
    `undefined` then holds the reason.
    """

    segment: str | None
    customers: int
    n_control: int
    n_treatment: int
    needed_per_group: int | None
    detectable_lift: float | None = None
    detectable_difference: float | None = None
    chance: float | None = None
    answers: bool = False
    sentence: str = ""
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class DesignCheck:
    """The answer overall, in each segment, and in words."""

    overall: Reach
    segments: tuple[Reach, ...]
    answers: bool
    sentence: str


def design_check(question: Question) -> DesignCheck:
    """What the planned customers can show, overall and by segment.

    Proportions are planned by the score test, which asks for a little more than the interval
    that reads them; means by Welch's t. Every treatment is compared at alpha over their number.

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
    total = sum(question.segments.values())
    overall = _reach(question, None, total)
    segments = tuple(_reach(question, name, n) for name, n in question.segments.items())
    return DesignCheck(overall, segments, overall.answers, _verdict(question, overall, segments))


def chance_of_proportions(design: Design, lift: float, n_control: float, n: float) -> float:
    """Chance that the two-sided score test shows this lift, in its own direction.

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
    signal = abs(treated - design.baseline) - critical * at_rest
    return float(special.ndtr(signal / math.sqrt(control / n_control + treatment / n)))


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
    """The detectable lift, and the chance of the smallest; None where no share goes so high."""
    n_control, n = sizes
    if min(sizes) < FEWEST:
        raise UndefinedStatistic("There are fewer than 2 customers in one of the groups.")
    if design.deviation is not None:
        pair = replace(design, allocation=(n_control, n), alpha=design.comparison_alpha)
        return detectable_lift(pair, n_control + n), power(pair, smallest, n_control + n)
    highest = (1 - 1e-9) / design.baseline - 1

    def missing(lift: float) -> float:
        return chance_of_proportions(design, lift, n_control, n) - design.power

    found = None
    if missing(highest) >= 0:
        found = float(optimize.brentq(missing, highest * 1e-9, highest, xtol=1e-12))
    possible = smallest < highest
    chance = chance_of_proportions(design, smallest, n_control, n) if possible else None
    return found, chance


def _needed(design: Design, smallest: float) -> int | None:
    """Customers in the smallest treatment group; None where the effect cannot happen."""
    try:
        return min(required(design, smallest)[1:])
    except BadInput:
        return None


def _sentence(question: Question, reach: Reach) -> str:
    effect = f"{100 * question.smallest_effect:+.3g} %"
    needed, size = _needed_words(reach), f"{reach.n_treatment:,} customers per group"
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
    return f"{points:.0f}" if points >= 10 else f"{points:.2g}"


def _needed_words(reach: Reach) -> str:
    if reach.answers:
        return "That is enough."
    if reach.needed_per_group is None:
        return "No number of customers is enough for it."
    return f"It needs about {rounded_up(reach.needed_per_group):,} per group."


def _verdict(question: Question, overall: Reach, segments: tuple[Reach, ...]) -> str:
    effect = f"{100 * question.smallest_effect:+.3g} %"
    can = "can" if overall.answers else "cannot"
    first = f"This test {can} answer whether the message brings {effect}. {overall.sentence}"
    if len(segments) <= 1:
        return first
    alone = [reach.segment for reach in segments if reach.answers]
    if not alone:
        return f"{first} No segment can answer it on its own; read them together."
    if len(alone) == len(segments):
        return f"{first} Every segment can answer it on its own."
    named = ", ".join(str(name) for name in alone)
    return f"{first} On its own, it can be answered in {named} only."
