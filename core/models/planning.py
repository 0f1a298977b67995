"""Whether a planned test can answer its question, from what is known, and what would."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from core.models.campaign import NOT_CONTACTED


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
class Way:
    """Another plan for the same customers, or the same plan for more; and what it would show.

    `change` is what to change, `sentence` what comes of it. `smallest_effect` is the effect the
    way is judged by, relative to control.
    """

    change: str
    sentence: str
    smallest_effect: float
    reach: Reach
    answers: bool


@dataclass(frozen=True, slots=True)
class Usual:
    """What customers do who are not contacted: the mean and, of amounts, the deviation."""

    mean: float
    deviation: float | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """The usual value of a metric, overall and in the segments of which it is known.

    `source` says where it is from, as the end of "Baseline: 10.5 %, from ...".
    """

    overall: Usual
    source: str
    segments: Mapping[str, Usual] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answerability:
    """Whether a planned test can answer its question, overall and by segment.

    `groups` counts the groups of the test, the `control` included; each other group is
    compared with it at `alpha` over their number, at one of `looks` readings. Without a
    baseline nothing can be promised: `overall` is None and `sentence` says what is missing.
    """

    metric: str
    smallest_effect: float
    groups: int
    alpha: float
    power: float
    looks: int
    sentence: str
    baseline: Baseline | None = None
    overall: Reach | None = None
    segments: tuple[Reach, ...] = ()
    ways: tuple[Way, ...] = ()
    notes: tuple[str, ...] = ()
    amounts: bool = False
    control: str = NOT_CONTACTED

    @property
    def answers(self) -> bool:
        """Whether the whole test sees the smallest effect with the planned power."""
        return self.overall is not None and self.overall.answers

    @property
    def exploratory(self) -> bool:
        """Whether what comes of it can only be an idea, by the plan and whatever the outcome."""
        return self.overall is not None and not self.overall.answers

    def as_document(self) -> dict[str, object]:
        """The JSON document of `campaign check`."""
        return {"answers": self.answers, "exploratory": self.exploratory, **asdict(self)}
