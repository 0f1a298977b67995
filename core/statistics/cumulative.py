"""The effect day by day: everybody up to each day, read in full, with the band of the plan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.models.cube import Cube
from core.models.experiment import AnalysisPlan, MetricKind
from core.models.readout import CumulativeRow, ReadingMode
from core.statistics.comparison import Comparison, Rules
from core.statistics.moments import Moments, merge, merge_by
from core.statistics.peeking import Peeking, peeking
from core.statistics.pile import Pile
from core.statistics.questions import Question, answers, questions

Day = date | int


def reading_mode(plan: AnalysisPlan) -> ReadingMode:
    """What the plan lets a band over several days promise.

    Reference:
        Jennison and Turnbull (2000), "Group Sequential Methods with Applications to Clinical
        Trials", chapter 9, for repeated intervals; Howard et al. (2021), "Time-uniform,
        Nonparametric, Nonasymptotic Confidence Sequences", Annals of Statistics 49.

    Examples:
        >>> from core.models.experiment import MetricSpec
        >>> reading_mode(AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))).value
        'pointwise'
    """
    if not plan.sequential:
        return ReadingMode.POINTWISE
    planned = plan.planned_n is not None
    return ReadingMode.GROUP_SEQUENTIAL if planned else ReadingMode.CONFIDENCE_SEQUENCE


def cumulative(
    cube: Cube, plan: AnalysisPlan, rules: Rules, *, tightest_at: float
) -> list[CumulativeRow]:
    """Every arm against control on the primary metric, by day; the last day is the read-out.

    Customers without a day are left out. Empty without a time column, and for a quantile,
    which cannot be read from sums.

    Args:
        cube: everything; its days are the looks.
        plan: names the metric, the mode and the planned number of customers.
        rules: alphas; the bound of a sequential reading is found anew for each day.
        tightest_at: tunes a confidence sequence, as in the read-out.

    Reference:
        Chan, Golub and LeVeque (1983) for the running sums; Lan and DeMets (1983) and
        Waudby-Smith et al. (2024) for the bands.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Block
        >>> from core.models.experiment import MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),), time="day")
        >>> n, mean = np.full(4, 50.0), np.array([[1.0], [2.0], [1.0], [3.0]])
        >>> block = Block(n, mean, np.full((4, 1, 1), 49.0))
        >>> cube = Cube(("a", "b") * 2, {}, (1, 1, 2, 2), (0,) * 4, n, {"visit": block})
        >>> rows = cumulative(cube, plan, Rules(0.05, 0.05, 0.3, 10), tightest_at=1000)
        >>> [(row.day, row.n, row.difference) for row in rows]
        [(1, 50, 1.0), (2, 100, 1.5)]
    """
    if plan.time is None or plan.primary.kind is MetricKind.QUANTILE:
        return []
    mode = reading_mode(plan)
    looks = list(_looks(cube, plan, rules, tightest_at))
    if not looks:
        return []
    asked = list(_asked(looks, plan, cube))
    told = list(zip(asked, answers([question for _, question in asked]), strict=True))
    adjusted = {
        question.arm
        for (day, question), said in told
        if day == looks[-1].day and _reads_adjusted(question, said)
    }
    return [
        _row(day, question, said, mode)
        for (day, question), said in told
        if question.covariate_adjusted is (question.arm in adjusted)
    ]


@dataclass(frozen=True, slots=True)
class _Look:
    """What was there on one day, and by which rules it is read."""

    day: Day
    pile: Pile
    rules: Rules


def _looks(cube: Cube, plan: AnalysisPlan, rules: Rules, tightest_at: float) -> Iterator[_Look]:
    last = peeking(plan, cube, tightest_at=tightest_at)
    keys = [None if d is None else (d, a) for d, a in zip(cube.days, cube.arms, strict=True)]
    by_day: dict[Day, dict[str, Moments]] = {day: {} for day in _days(cube)}
    for (day, arm), moments in merge_by(cube.blocks[plan.primary.name], keys).items():
        by_day[day][arm] = moments
    running: dict[str, Moments] = {}
    for place, (day, today) in enumerate(by_day.items()):
        running = _together(running, today)
        pile = Pile(plan.primary, None, running, cube.clustered)
        yield _Look(day, pile, _rules(rules, last, place))


def _days(cube: Cube) -> list[Day]:
    """The days on which somebody came in, in order; dates and numbers are never mixed."""
    days = {day for day in cube.days if day is not None}
    return sorted(days, key=lambda day: day.toordinal() if isinstance(day, date) else day)


def _together(before: Mapping[str, Moments], today: Mapping[str, Moments]) -> dict[str, Moments]:
    new = {arm: merge([before[arm], m]) if arm in before else m for arm, m in today.items()}
    return {**before, **new}


def _rules(rules: Rules, last: Peeking | None, place: int) -> Rules:
    """The rules as they were on that day: the plan's bound at what had come in by then."""
    if last is None:
        return replace(rules, bound=None)
    if last.fraction is None:
        return replace(rules, bound=last.bound)
    then = replace(last, fraction=last.looks[place], looks=last.looks[: place + 1])
    return replace(rules, bound=then.bound)


def _asked(
    looks: Sequence[_Look], plan: AnalysisPlan, cube: Cube
) -> Iterator[tuple[Day, Question]]:
    arms = tuple(arm for arm in cube.arm_names if arm != plan.control)
    for look in looks:
        for question in questions(look.pile, plan, arms, look.rules):
            yield look.day, question


def _reads_adjusted(question: Question, said: Comparison) -> bool:
    """Whether the conclusion, at the end, reads the arm as adjusted by the covariate."""
    return question.covariate_adjusted and said.difference_interval is not None


def _row(day: Day, question: Question, said: Comparison, mode: ReadingMode) -> CumulativeRow:
    pointwise = mode is ReadingMode.POINTWISE
    return CumulativeRow(
        day=day,
        arm=question.arm,
        n=question.n,
        n_control=question.n_control,
        difference=said.difference,
        interval=said.difference_interval if pointwise else said.sequential_interval,
        lift=said.lift,
        lift_interval=said.lift_interval if pointwise else said.sequential_lift_interval,
        mode=mode,
        covariate_adjusted=question.covariate_adjusted,
        undefined=said.undefined,
    )
