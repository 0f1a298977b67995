"""How far one may trust a segmentation, and why a customer is where they are."""

from dataclasses import dataclass

UNSTABLE_BELOW = 0.9
"""Below this adjusted Rand index over resamples a solution is called unstable."""


@dataclass(frozen=True, slots=True)
class Stay:
    """How one segment fares on resampling: the share that stays, and the mean overlap (Jaccard)."""

    segment_id: str
    stays: float
    jaccard: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """The share of a segment's customers who might as well be in another one."""

    segment_id: str
    other_id: str
    share: float


@dataclass(frozen=True, slots=True)
class Approximation:
    """A short rule that nearly says who is in a segment, judged on customers it was not made from.

    `fidelity` is the share of customers for whom rule and membership agree, `found` the share of
    the segment for whom it holds, `precise` the share in the segment among those for whom it holds.
    """

    segment_id: str
    rule: str
    fidelity: float
    found: float
    precise: float


@dataclass(frozen=True, slots=True)
class Importance:
    """How much of the agreement is lost when the values of one column are shuffled."""

    column: str
    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured about a segmentation; None where it does not exist.

    `stability` is the mean adjusted Rand index over `resamples`, `stability_worst` the lowest.
    `rows` is on how many customers all this was measured, `sampled` whether those are a sample.
    """

    rows: int
    sampled: bool
    silhouette: float | None = None
    stability: float | None = None
    stability_worst: float | None = None
    resamples: int = 0
    stays: tuple[Stay, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    approximations: tuple[Approximation, ...] = ()
    importances: tuple[Importance, ...] = ()
    surrogate_fidelity: float | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unstable(self) -> bool:
        """Whether another draw of customers would give other segments."""
        return self.stability is not None and self.stability < UNSTABLE_BELOW

    def stay(self, segment_id: str) -> Stay | None:
        """How a segment fares on resampling, or None where that was not measured."""
        return next((s for s in self.stays if s.segment_id == segment_id), None)

    def approximation(self, segment_id: str) -> Approximation | None:
        """The short rule of a segment, or None where it has a rule of its own."""
        return next((a for a in self.approximations if a.segment_id == segment_id), None)


@dataclass(frozen=True, slots=True)
class Difference:
    """How one segment differs from everybody in one column.

    Both values are means, or shares of `category`; a yes or no counts the yes. `z` is their
    difference in standard deviations of everybody, `customers` how many the value stands on.
    """

    segment_id: str
    column: str
    category: str | None
    value: float
    overall: float
    z: float
    customers: int
    flag: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of a customer beside what is usual in the segment and overall, and in words."""

    column: str
    value: str
    in_segment: str
    overall: str
    words: str


@dataclass(frozen=True, slots=True)
class WhyHere:
    """Why a customer is in a segment: what decided, how narrowly, and what the next one was."""

    customer_id: str
    segment_id: str
    segment: str
    confidence: float
    runner_up: str | None
    reason: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """How many customers went from one segment to another; None is not being in the data set."""

    before: str | None
    after: str | None
    customers: int


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the values of one column have moved: the population stability index, in words."""

    column: str
    index: float
    words: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A version beside the one before it: who moved, and what moved."""

    before_id: str
    after_id: str
    moved: tuple[Moved, ...]
    segments: Shift
    columns: tuple[Shift, ...]
    stayed: float
