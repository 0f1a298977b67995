"""What a method of making segments has learnt from the customers: enough to place anybody again."""

from dataclasses import dataclass
from enum import StrEnum


class FeatureKind(StrEnum):
    """How the values of a column become numbers."""

    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """One value of a category, and how many customers have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the known values of a column lie; a date counts in days since 1970, yes is 1."""

    mean: float
    sd: float
    skewness: float
    median: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column over all customers: how many values are known, and what they are like.

    An infinite number counts as missing. `spread` is None without a known value and for a
    category; `logged` is the spread of ln(1 + value), None where a value is below 0. `whole` says
    that every number is a whole one. `categories` holds the most frequent values first.
    """

    column: str
    kind: FeatureKind
    rows: int
    known: int
    distinct: int
    spread: Spread | None = None
    logged: Spread | None = None
    whole: bool = False
    categories: tuple[CategoryCount, ...] = ()

    @property
    def missing(self) -> int:
        """How many customers have no value here."""
        return self.rows - self.known


@dataclass(frozen=True, slots=True)
class Feature:
    """One column as clusters see it.

    A number is (value - mean) / sd, of ln(1 + value) where `log`; a missing one is first the
    median. A category with shares p is one column for each value, over sqrt(1 - sum p^2).
    """

    column: str
    kind: FeatureKind
    median: float = 0.0
    mean: float = 0.0
    sd: float = 1.0
    log: bool = False
    categories: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    missing: int = 0

    @property
    def width(self) -> int:
        """How many numbers the column becomes."""
        return len(self.categories) or 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """One number of clusters that was tried: how well it separates, and how often it recurs.

    `smallest` is the share of the smallest cluster.
    """

    k: int
    silhouette: float
    stability: float
    smallest: float


@dataclass(frozen=True, slots=True)
class ClusterModel:
    """The centres of the clusters in the space of the features, and how k was found."""

    features: tuple[Feature, ...]
    centers: tuple[tuple[float, ...], ...]
    seed: int
    fitted_on: int
    suggested: int
    reason: str
    candidates: tuple[Candidate, ...] = ()

    @property
    def k(self) -> int:
        """How many clusters there are."""
        return len(self.centers)


@dataclass(frozen=True, slots=True)
class RfmAxis:
    """One of the three columns with its four rising cut points.

    `inclusive` says that a value at a cut belongs above it. A date is cut in days since 1970.
    """

    column: str
    cuts: tuple[float, ...]
    date: bool = False
    inclusive: bool = True


@dataclass(frozen=True, slots=True)
class RfmModel:
    """Recency, frequency and money with their cut points; `fixed` when a person gave them all."""

    recency: RfmAxis
    frequency: RfmAxis
    monetary: RfmAxis
    fixed: bool = False

    @property
    def axes(self) -> tuple[RfmAxis, RfmAxis, RfmAxis]:
        """The three, in the order of their letters."""
        return self.recency, self.frequency, self.monetary
