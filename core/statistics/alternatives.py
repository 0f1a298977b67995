"""What would answer a question that the planned test cannot, each with its number computed."""

import math
from collections.abc import Iterator
from dataclasses import replace

from core.models.planning import Reach, Way
from core.statistics.design_check import DesignCheck, Question, design_check, whole_reach
from core.statistics.power import rounded_up

FEWEST_GROUPS = 2
WORTH_SAYING = 0.01
STEPS_OF_EFFECT = 1000
_NOT_CONTACTED = "not contacted"


def alternatives(
    question: Question, check: DesignCheck, *, control: str = _NOT_CONTACTED
) -> tuple[Way, ...]:
    """Other plans, the most like the planned one first; none where every reading answers.

    Fewer groups, a better split, one look, a larger smallest effect and more customers where
    the whole test cannot answer; segments together and a larger effect where a segment cannot.

    Args:
        question: what is planned.
        check: what `design_check` says of it.
        control: how people call the group that all others are compared with.

    Reference:
        Cohen (1988), chapter 2, for each plan anew; the best share of control against k groups
        is sqrt(k) to 1 each: Dunnett (1955), JASA 50, 1096-1121.

    Examples:
        >>> asked = Question({"all": 30_000}, 0.1, 0.10, shares=(0.25, 0.25, 0.25, 0.25))
        >>> for way in alternatives(asked, design_check(asked)):
        ...     print(way.change, round(way.reach.chance, 2), way.answers)
        One message against the not contacted 0.68 False
        One message, with 50 % not contacted 0.81 True
        The same groups, with 37 % not contacted 0.37 False
        A smallest effect of +16.5 % 0.8 True
        About 78,800 customers 0.8 True
    """
    if check.answers:
        return tuple(_by_segment(question, check))
    return tuple(_overall(question, check.overall, control))


def _overall(question: Question, planned: Reach, control: str) -> Iterator[Way]:
    for change, asked in _plans(question, control):
        way = _way(change, asked)
        if (way.reach.chance or 0.0) >= (planned.chance or 0.0) + WORTH_SAYING:
            yield way
    if planned.detectable_lift is not None:
        yield _larger(question, planned.detectable_lift)
    if planned.needed_per_group is not None and planned.n_treatment:
        smallest = min(question.design().shares[1:])
        total = rounded_up(math.ceil(planned.needed_per_group / smallest))
        times = total / planned.customers
        sizes = {name: math.ceil(n * times) for name, n in question.segments.items()}
        yield _way(f"About {total:,} customers", replace(question, segments=sizes))


def _plans(question: Question, named: str) -> Iterator[tuple[str, Question]]:
    shares = question.design().shares
    control, others = shares[0], len(shares) - 1
    given = named if named == _NOT_CONTACTED else f"given the {named}"
    if len(shares) > FEWEST_GROUPS:
        one = f"One message against the {named}"
        yield one, replace(question, shares=(control, 1 - control))
        if control != 1 / 2:
            even = replace(question, shares=(0.5, 0.5))
            yield f"One message, with 50 % {given}", even
    best = math.sqrt(others) / (others + math.sqrt(others))
    treated = (1 - best) / others
    split = replace(question, shares=(best, *[treated] * others))
    yield f"The same groups, with {100 * best:.0f} % {given}", split
    if question.looks > 1:
        yield "One reading, at the end", replace(question, looks=1)


def _by_segment(question: Question, check: DesignCheck) -> Iterator[Way]:
    """What to do about segments that cannot answer on their own, where the whole test can."""
    unable = [reach for reach in check.segments if not reach.answers]
    if not unable or len(check.segments) == 1:
        return
    sentence = f"Read as one: {check.overall.sentence}"
    effect = question.smallest_effect
    yield Way("All segments read together", sentence, effect, check.overall, answers=True)
    lifts = [reach.detectable_lift for reach in unable]
    known = [lift for lift in lifts if lift is not None]
    if len(known) == len(lifts):
        yield _every_segment(question, max(known))


def _larger(question: Question, lift: float) -> Way:
    effect = math.ceil(lift * STEPS_OF_EFFECT) / STEPS_OF_EFFECT
    return _way(f"A smallest effect of {100 * effect:+.3g} %", _at(question, effect))


def _every_segment(question: Question, lift: float) -> Way:
    """The effect from which on each segment answers on its own, by the one that sees least."""
    effect = math.ceil(lift * STEPS_OF_EFFECT) / STEPS_OF_EFFECT
    check = design_check(_at(question, effect))
    weakest = min(check.segments, key=lambda reach: reach.chance or 0.0)
    return Way(
        f"A smallest effect of {100 * effect:+.3g} % for each segment on its own",
        f"{weakest.segment}: {weakest.sentence}",
        effect,
        weakest,
        answers=all(reach.answers for reach in check.segments),
    )


def _at(question: Question, effect: float) -> Question:
    return replace(question, smallest_effect=effect)


def _way(change: str, question: Question) -> Way:
    reach = whole_reach(question)
    return Way(change, reach.sentence, question.smallest_effect, reach, answers=reach.answers)
