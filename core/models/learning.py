"""What all tests together say about a segment and a tone, and which tests said it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.models.campaign import Campaign
from core.models.experiment import MetricSpec
from core.models.readout import Conclusion, Interval
from core.models.send import Experiment, ResultDecision

STRONG_TESTS, STRONG_MONTHS = 3, 12
MEDIUM_TESTS, MEDIUM_MONTHS = 2, 24

STRENGTH_RULE = (
    f"Strong: at least {STRONG_TESTS} tests, the newest at most {STRONG_MONTHS} months old, and "
    f"the interval on one side of 0. Medium: the same with {MEDIUM_TESTS} tests and "
    f"{MEDIUM_MONTHS} months. Weak: everything else."
)


class Strength(StrEnum):
    """How much weight a row of the ledger bears, by `STRENGTH_RULE`."""

    WEAK = "weak"
    MEDIUM = "medium"
    STRONG = "strong"


def strength(tests: int, months: int, interval: Interval) -> Strength:
    """The label of a row.

    Args:
        tests: how many there are.
        months: the age of the newest, in whole months.
        interval: of the effect to expect.

    Examples:
        >>> strength(3, 5, (0.1, 0.9)), strength(3, 5, (-0.1, 0.9)), strength(2, 13, (0.1, 0.9))
        (<Strength.STRONG: 'strong'>, <Strength.WEAK: 'weak'>, <Strength.MEDIUM: 'medium'>)
    """
    if interval[0] <= 0 <= interval[1]:
        return Strength.WEAK
    if tests >= STRONG_TESTS and months <= STRONG_MONTHS:
        return Strength.STRONG
    if tests >= MEDIUM_TESTS and months <= MEDIUM_MONTHS:
        return Strength.MEDIUM
    return Strength.WEAK


@dataclass(frozen=True, slots=True)
class Question:
    """What effects must have in common to be combined: the metric, its days, and the control."""

    metric: MetricSpec
    outcome_days: int
    control: str


@dataclass(frozen=True, slots=True)
class Subject:
    """One segment and one tone: `segment_key` and `tone_key` tell them apart, the names show them.

    The same name with another definition is another segment.
    """

    segment_key: str
    tone_key: str
    segment: str
    tone: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same in every campaign."""
        return self.segment_key, self.tone_key


@dataclass(frozen=True, slots=True)
class Effect:
    """What one test measured of one subject.

    `shared_variance` is that of the control's mean, which the effects of the segment share.
    """

    question: Question
    subject: Subject
    difference: float
    standard_error: float
    shared_variance: float
    mean_control: float
    n: int
    n_control: int


@dataclass(frozen=True, slots=True)
class SealedTest:
    """One sealed test: what was found, what was decided, and whether the ledger may learn from it.

    `conclusion` is None where nothing can be read yet. `left_out` says why the ledger does not
    count it; None where it does. `read_on` is the day it was read out, or came in; `changed_at`
    is when its outcomes or its decision last changed.
    """

    campaign: Campaign
    experiment: Experiment
    conclusion: Conclusion | None
    decision: ResultDecision | None
    segments: tuple[str, ...]
    tones: tuple[str, ...]
    read_on: date | None = None
    changed_at: datetime | None = None
    left_out: str | None = None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What to expect of one segment and tone, on average over campaigns like those tested.

    `effect` and `interval` are drawn together with the other rows of the question; `measured` is
    the mean of the tests themselves. `imported` of the `tests` were made elsewhere. `n` and
    `n_control` count the customers of all tests.
    """

    question: Question
    subject: Subject
    effect: float
    interval: Interval
    measured: float
    measured_interval: Interval
    tests: int
    imported: int
    campaigns: tuple[str, ...]
    newest: date
    months: int
    strength: Strength
    n: int
    n_control: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything learnt by a day, and the sealed tests that taught nothing, with the reason."""

    rows: tuple[LedgerRow, ...]
    made_on: date
    tests: tuple[SealedTest, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions there are answers to, those with most tests first."""
        most: dict[Question, int] = {}
        for row in self.rows:
            most[row.question] = max(most.get(row.question, 0), row.tests)
        return tuple(sorted(most, key=lambda question: -most[question]))
