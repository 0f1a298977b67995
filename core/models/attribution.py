"""Which traits of customers went with a response: associations, never causes."""

from dataclasses import dataclass

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TraitSums:
    """One trait and the response in one group of the test, both centred at the group's means.

    `xx` is the sum of squares of the trait, `xy` of its products with the response, `xxyy`,
    `xxxy` and `xxxx` of the products of four that robust errors need.
    """

    arm: str
    n: int
    xx: float
    xy: float
    xxyy: float
    xxxy: float
    xxxx: float


@dataclass(frozen=True, slots=True)
class TraitFacts:
    """A trait known before the send, in each group: its sums, and how it is said.

    `binary` traits are 1 for customers who have it and 0 for others, `held` of whom have it.
    """

    column: str
    level: str | None
    binary: bool
    held: int
    groups: tuple[TraitSums, ...]

    @property
    def words(self) -> str:
        """What its column is called."""
        return self.column.replace("_", " ")

    @property
    def name(self) -> str:
        """What the trait is called."""
        return self.words if self.level is None else f"{self.words}: {self.level}"

    @property
    def n(self) -> int:
        """Customers of whom both trait and response are known."""
        return sum(group.n for group in self.groups)


@dataclass(frozen=True, slots=True)
class Association:
    """How much more response went with one trait, within the groups of a test.

    `difference` is in the response's own unit (a share, an amount): of customers who have the
    trait against those who have not, or for two standard deviations (`step`, in the trait's unit)
    more of a number. `interval` and `p_adjusted` hold for all traits together.
    """

    trait: str
    binary: bool
    step: float
    n: int
    held: int
    difference: float
    standard_error: float
    interval: Interval
    p_value: float
    p_adjusted: float

    @property
    def shown(self) -> bool:
        """Whether an association is shown: the interval excludes 0."""
        return self.interval[0] > 0 or self.interval[1] < 0


@dataclass(frozen=True, slots=True)
class Attribution:
    """The traits that go with the metric that decides, the strongest first.

    `coverage` is that of all intervals together; `left_out` names traits that say nothing, each
    with the reason.
    """

    metric: str
    rows: tuple[Association, ...]
    coverage: float
    left_out: tuple[str, ...] = ()
