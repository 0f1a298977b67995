"""What is asked of an experiment: its metrics, its arms and the rules it is read by."""

import math
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from core.errors import BadInput

FALL_IS_HARM = re.compile(
    r"visit|conver|purchas|order|spend|revenue|sale|margin|profit|retention|click|open|engag|aov",
    re.IGNORECASE,
)
SHARE = re.compile(r"\s*(.+?)\s*=([^,=]+)(?:,|$)")


class MetricKind(StrEnum):
    """How a metric is averaged over customers."""

    PROPORTION = "proportion"
    MEAN = "mean"
    RATIO = "ratio"
    QUANTILE = "quantile"


class Harm(StrEnum):
    """The direction in which a guardrail must not move."""

    RISE = "rise"
    FALL = "fall"


class Correction(StrEnum):
    """How the p-values of the primary metric are adjusted over the arms."""

    HOLM = "holm"
    BH = "bh"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric: a name, the column it reads and, for a ratio, the column it divides by.

    `quantile` is the share of customers below a quantile metric. `margin` is the largest harm
    of a guardrail that would be accepted, as an absolute difference above 0.
    """

    name: str
    kind: MetricKind
    numerator: str
    denominator: str | None = None
    harm: Harm | None = None
    quantile: float | None = None
    margin: float | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The metric written as `visit:proportion`, `spend:mean` or `aov=spend/orders:ratio`.

        A quantile names its share after an @: `spend@0.9:quantile`. A guardrail may add the
        direction that is harm, `unsubscribed:proportion:rise`, and after it the largest harm
        that would be accepted, as an absolute difference: `unsubscribed:proportion:rise:0.0005`.

        Raises:
            BadInput: the text is none of these.
        """
        body, margin = _without_margin(text.strip())
        body, harm = _without_harm(body)
        column, colon, kind_text = body.rpartition(":")
        if not colon or kind_text.strip() not in set(MetricKind):
            raise BadInput(
                f"Metric '{text}' cannot be read; write COLUMN:proportion, COLUMN:mean, "
                "NAME=NUMERATOR/DENOMINATOR:ratio or NAME=COLUMN@0.9:quantile."
            )
        kind = MetricKind(kind_text.strip())
        name, equals, formula = column.partition("=")
        formula = formula if equals else column
        formula = formula.strip()
        source, share = _quantile(formula, kind, text)
        numerator, denominator = _columns(source, kind, text)
        label = name.strip() if equals else formula
        if not label:
            raise BadInput(f"Metric '{text}' has no name before '='.")
        return cls(label, kind, numerator, denominator, harm, share, margin)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns this metric reads."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)

    @property
    def harmful(self) -> Harm:
        """The harmful direction: as written, else a fall for what one wants more of."""
        if self.harm is not None:
            return self.harm
        return Harm.FALL if FALL_IS_HARM.search(self.name) else Harm.RISE

    @property
    def signed_margin(self) -> float | None:
        """The difference that must not be reached: above 0 where a rise is harm, else below."""
        if self.margin is None:
            return None
        return self.margin if self.harmful is Harm.RISE else -self.margin


@dataclass(frozen=True, slots=True)
class AnalysisPlan:
    """How a file is read: fixed before looking, and the only thing the conclusion may use.

    `metrics[0]` is the primary metric. `split` holds planned shares; empty means equal.
    `mde` is the smallest relative effect worth using; 0 when none was registered.
    `planned_n` counts the randomised units of all arms together.

    `stages` are columns of 0 and 1 that say how far a customer came, in order. `single_messages`
    are the arms in which everybody got the same text; None where that holds for all arms. A
    `preliminary` plan is read before `read_out_on`, the day that was fixed for it.
    """

    arm: str
    control: str
    metrics: tuple[MetricSpec, ...]
    guardrails: tuple[MetricSpec, ...] = ()
    by: tuple[str, ...] = ()
    covariate: str | None = None
    unit: str | None = None
    time: str | None = None
    split: tuple[tuple[str, float], ...] = ()
    alpha: float = 0.05
    correction: Correction = Correction.HOLM
    winsorize: float | None = None
    sequential: bool = False
    planned_n: int | None = None
    mde: float = 0.0
    simulated: bool = False
    stages: tuple[str, ...] = ()
    single_messages: tuple[str, ...] | None = None
    read_out_on: date | None = None
    preliminary: bool = False

    def __post_init__(self) -> None:
        if not self.metrics:
            raise BadInput("No metric was given; name at least one, such as visit:proportion.")
        self._check_numbers()
        self._check_names()

    @property
    def primary(self) -> MetricSpec:
        """The metric that decides."""
        return self.metrics[0]

    @property
    def all_metrics(self) -> tuple[MetricSpec, ...]:
        """Metrics, then guardrails."""
        return self.metrics + self.guardrails

    def _check_numbers(self) -> None:
        if not 0 < self.alpha < 1:
            raise BadInput(f"alpha is {self.alpha}; it must lie between 0 and 1, such as 0.05.")
        if self.winsorize is not None and not 0 < self.winsorize < 1:
            raise BadInput(f"winsorize is {self.winsorize}; give a quantile such as 0.99.")
        if not (math.isfinite(self.mde) and self.mde >= 0):
            raise BadInput(f"mde is {self.mde}; give a relative effect of 0 or more, such as 0.1.")
        if self.planned_n is not None and self.planned_n < 1:
            raise BadInput(f"planned-n is {self.planned_n}; it must be 1 or more.")
        if self.planned_n is not None and not self.sequential:
            raise BadInput("planned-n belongs to a sequential reading; add --sequential.")

    def _check_names(self) -> None:
        names = [m.name for m in self.all_metrics]
        _no_repeats(names, "metric")
        _no_repeats(list(self.by), "slice column")
        _no_repeats(list(self.stages), "stage")
        _no_repeats([name for name, _ in self.split], "arm in the split")
        others = (*self.by, *self.stages, self.unit, self.covariate, self.time)
        if self.arm in others:
            raise BadInput(f"Column '{self.arm}' names the arms and cannot be anything else.")
        taken = {column for m in self.all_metrics for column in m.columns}
        for role, column in (("arm", self.arm), ("covariate", self.covariate), ("unit", self.unit)):
            if column in taken:
                raise BadInput(f"Column '{column}' is a metric and cannot also be the {role}.")
        bounded = [m.name for m in self.metrics if m.margin is not None]
        if bounded:
            raise BadInput(f"A margin belongs to a guardrail, and '{bounded[0]}' is none.")


def parse_split(text: str) -> tuple[tuple[str, float], ...]:
    """Planned shares written as `ARM=W,ARM=W`; any positive scale, 0 for an arm not planned.

    Raises:
        BadInput: a part has no number, a negative one, or all are 0.
    """
    found = list(SHARE.finditer(text))
    if "".join(part.group() for part in found) != text or not found:
        raise BadInput(f"Split '{text}' cannot be read; write ARM=SHARE,ARM=SHARE.")
    shares = tuple((part.group(1), _weight(part.group(2), text)) for part in found)
    if sum(weight for _, weight in shares) <= 0:
        raise BadInput(f"Split '{text}' plans no customers at all.")
    return shares


def _weight(number: str, text: str) -> float:
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight >= 0):
        raise BadInput(f"Split '{text}' holds the share '{number}'; give a number of 0 or more.")
    return weight


def _without_harm(text: str) -> tuple[str, Harm | None]:
    body, _, last = text.rpartition(":")
    return (body, Harm(last)) if last in set(Harm) else (text, None)


def _without_margin(text: str) -> tuple[str, float | None]:
    """The text before a last part that is a number, and the number."""
    body, _, last = text.rpartition(":")
    if body.rpartition(":")[2].strip() not in {*MetricKind, *Harm}:
        return text, None
    try:
        margin = float(last)
    except ValueError:
        return text, None
    if not (math.isfinite(margin) and margin > 0):
        raise BadInput(f"The margin of '{text}' is {last}; give a number above 0, such as 0.0005.")
    return body, margin


def _quantile(formula: str, kind: MetricKind, text: str) -> tuple[str, float | None]:
    """The column of a quantile and its share; any other formula as it is."""
    if kind is not MetricKind.QUANTILE:
        return formula, None
    column, _, number = formula.rpartition("@")
    try:
        share = float(number)
    except ValueError:
        share = math.nan
    if not (column.strip() and 0 < share < 1):
        raise BadInput(f"Quantile '{text}' needs a column and a share: NAME=COLUMN@0.9:quantile.")
    return column.strip(), share


def _columns(formula: str, kind: MetricKind, text: str) -> tuple[str, str | None]:
    if kind is not MetricKind.RATIO:
        if not formula:
            raise BadInput(f"Metric '{text}' names no column.")
        return formula, None
    numerator, slash, denominator = (part.strip() for part in formula.partition("/"))
    if not (numerator and slash and denominator) or numerator == denominator:
        raise BadInput(f"Ratio '{text}' needs two columns: NAME=NUMERATOR/DENOMINATOR:ratio.")
    return numerator, denominator


def _no_repeats(names: list[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"The {what} '{twice[0]}' is given twice.")
