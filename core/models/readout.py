"""What an experiment says: estimates, health and one conclusion out of a closed vocabulary."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum

from core.models.experiment import MetricKind
from core.models.placebo import Placebo

Interval = tuple[float, float]


class Decision(StrEnum):
    """The only things a conclusion can say."""

    USE = "use"
    BETTER_BUT_TOO_SMALL = "better_but_too_small"
    NO_DIFFERENCE = "no_difference"
    WORSE = "worse"
    HARM = "harm"
    NOT_ENOUGH_DATA = "not_enough_data"
    DO_NOT_TRUST = "do_not_trust"


class ReadingMode(StrEnum):
    """What a band over several days promises; one reading has one mode.

    Pointwise: each interval is right for its own day, none for choosing the day. Group
    sequential: repeated intervals of a planned number of customers, right on all days together.
    Confidence sequence: right at every moment, without a plan.
    """

    POINTWISE = "pointwise"
    GROUP_SEQUENTIAL = "group_sequential"
    CONFIDENCE_SEQUENCE = "confidence_sequence"


class MarginVerdict(StrEnum):
    """What is known of a guardrail with a margin."""

    NOT_EXCLUDED = "harm not excluded"
    NONE_SHOWN = "no harm beyond the margin shown"


@dataclass(frozen=True, slots=True)
class Slice:
    """One value of one column."""

    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """One arm against control on one metric, overall or in one slice.

    Intervals are at the plan's alpha; the `_adjusted` ones share it between the arms and are
    what the conclusion reads. None means not estimable; `undefined` then holds the reason.

    Slices are exploratory; their `shrunken_` numbers are drawn towards the average slice by as
    much as their noise asks for. `margin` is the difference a guardrail must not reach, below 0
    where a fall is harm, `margin_bound` how far harm may go at one-sided alpha.
    """

    metric: str
    type: MetricKind
    slice: Slice | None
    arm: str
    control: str
    n: int
    n_control: int
    mean: float | None
    mean_control: float | None
    difference: float | None = None
    difference_interval: Interval | None = None
    lift: float | None = None
    lift_interval: Interval | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    sequential_interval: Interval | None = None
    chance_to_beat_control: float | None = None
    method: str = ""
    undefined: str | None = None
    covariate_adjusted: bool = False
    guardrail: bool = False
    standard_error: float | None = None
    difference_interval_adjusted: Interval | None = None
    lift_interval_adjusted: Interval | None = None
    sequential_lift_interval: Interval | None = None
    exploratory: bool = False
    shrunken_difference: float | None = None
    shrunken_interval: Interval | None = None
    shrunken_undefined: str | None = None
    margin: float | None = None
    margin_bound: float | None = None
    margin_verdict: MarginVerdict | None = None
    margin_needed_per_group: int | None = None


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Whether the arms have the sizes they were planned with; all None with nothing to test."""

    p_value: float | None
    passed: bool | None
    observed: Mapping[str, int]
    expected: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Stage:
    """How many customers of each arm came as far as one stage of the send.

    `p_value` is that of the hypothesis that no arm lost more than another since the stage
    before; None with `passed` where there is nothing to test. `before` are the customers of that
    stage, for the arms that took part.
    """

    name: str
    customers: Mapping[str, int]
    p_value: float | None = None
    passed: bool | None = None
    before: Mapping[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """Customers of the stage before who did not reach this one."""
        return sum(n - self.customers[arm] for arm, n in self.before.items())


@dataclass(frozen=True, slots=True)
class Loss:
    """Customers of each arm who did not reach a stage, for one reason."""

    stage: str
    reason: str
    customers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the numbers can be believed; any failure owns the conclusion.

    `duplicates` is None where no column names the customer. `losses` say why customers of a send
    were lost, each at the first stage that was not reached.
    """

    rows: int
    units: int
    simulated: bool
    srm: SampleRatio
    duplicates: int | None
    warnings: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Whether the effect on a metric differs between the values of a column."""

    metric: str
    column: str
    p_value: float | None
    p_adjusted: float | None = None
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class Personalization:
    """The best arm per slice against one for all, valued on those who did not choose.

    `single_message` says whether `best_single_arm` was one and the same message for everyone;
    else its texts differ by slice, and the gain is that of choosing the arm, not of the texts.
    `needed_customers` are those of a whole test that would settle a gain as large as the
    smallest effect worth using, None where none was registered.
    """

    column: str
    metric: str
    policy: Mapping[str, str]
    value: float
    best_single_arm: str
    best_single_value: float
    gain: float
    gain_interval: Interval | None
    method: str
    sentence: str
    single_message: bool = True
    needed_customers: int | None = None


@dataclass(frozen=True, slots=True)
class CumulativeRow:
    """One arm against control on the primary metric, by everybody up to and including a day."""

    day: date | int
    arm: str
    n: int
    n_control: int
    difference: float | None
    interval: Interval | None
    lift: float | None
    lift_interval: Interval | None
    mode: ReadingMode
    covariate_adjusted: bool = False
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: the one grouped query, the closed forms, the queries about duplicates and caps."""

    aggregate_s: float
    inference_s: float
    checks_s: float


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What to do, about which arm, and why in one sentence or two.

    A preliminary one was read before its date: it says how things stand and settles nothing.
    """

    decision: Decision
    arm: str | None
    reason: str
    needed_per_group: int | None = None
    preliminary: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the smallest group has come on the way to the planned precision.

    `needed_per_group` customers show the registered effect with the planned power.
    """

    smallest_group: int
    needed_per_group: int

    @property
    def share(self) -> float:
        """From 0 to 1; 1 is all that was planned, or more."""
        return min(self.smallest_group / self.needed_per_group, 1.0)


@dataclass(frozen=True, slots=True)
class Readout:
    """Everything one reading of an experiment says."""

    health: Health
    estimates: tuple[Estimate, ...]
    heterogeneity: tuple[Heterogeneity, ...]
    personalization: Personalization | None
    timing: Timing
    conclusion: Conclusion
    settings: Mapping[str, object] = field(default_factory=dict)
    cumulative: tuple[CumulativeRow, ...] = ()
    placebo: Placebo | None = None
    progress: Progress | None = None

    def as_document(self) -> dict[str, object]:
        """The JSON document of `analyze`: plain values, every number finite or None."""
        return {
            "health": _plain(asdict(self.health)),
            "estimates": [_plain(asdict(estimate)) for estimate in self.estimates],
            "heterogeneity": [_plain(asdict(row)) for row in self.heterogeneity],
            "personalization": self.personalization and _plain(asdict(self.personalization)),
            "timing": _plain(asdict(self.timing)),
            "conclusion": _plain(asdict(self.conclusion)),
            "settings": _plain(dict(self.settings)),
            "cumulative": [_plain(asdict(row)) for row in self.cumulative],
            "placebo": self.placebo and _plain(asdict(self.placebo)),
            "progress": self.progress and _plain(asdict(self.progress)),
        }


def _plain(value: object) -> object:
    if isinstance(value, StrEnum | date):
        return value.value if isinstance(value, StrEnum) else value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
