"""What travels instead of rows: counts, sums and cross products by arm, slice, day and fold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Day = date | int | None
# Metric, slice column or None, value of it or "", and arm.
OrderKey = tuple[str, str | None, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One metric in every cell: count, means and scatter (cross deviations about the mean).

    The variables are (outcome[, covariate]), (numerator, denominator) for a ratio, and
    (outcome, rows[, covariate]) per unit where the rows of a unit were summed. `centred` are the
    means about one centre for all cells: means near 1e9 keep too few digits of a difference.
    """

    n: Floats
    mean: Floats
    scatter: Floats
    centred: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """Sufficient statistics of an experiment, one entry a cell; never a customer.

    `orders` holds the order statistics of quantile metrics, which no sums can give.
    """

    arms: tuple[str, ...]
    slices: Mapping[str, tuple[str, ...]]
    days: tuple[Day, ...]
    folds: tuple[int, ...]
    n: Floats
    blocks: Mapping[str, Block]
    clustered: bool = False
    orders: Mapping[OrderKey, tuple[float, ...]] = field(default_factory=dict)

    @property
    def arm_names(self) -> tuple[str, ...]:
        """The arms that occur, sorted."""
        return tuple(sorted(set(self.arms)))

    def counts(self) -> dict[str, int]:
        """Randomised units in each arm, whether or not an outcome is known."""
        totals = dict.fromkeys(self.arm_names, 0.0)
        for arm, n in zip(self.arms, self.n.tolist(), strict=True):
            totals[arm] += n
        return {arm: int(n) for arm, n in totals.items()}


@dataclass(frozen=True, slots=True)
class Ranks:
    """Which order statistics of n known values are wanted, counted from 1."""

    n: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class UnitValues:
    """The variables of each metric for every randomised unit, one row a unit, without names.

    A row is NaN where the outcome is missing. The columns are those of a Block.
    """

    metrics: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One number column over all arms: what is missing, its mean and highest value, its cap.

    `capped` counts the values above `cap`. NaN where the column is empty.
    """

    missing: int
    mean: float
    highest: float
    cap: float | None = None
    capped: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """What a file holds before anything is compared."""

    rows: int
    without_arm: int
    without_unit: int
    columns: Mapping[str, ColumnFacts]
    rows_per_unit: float = 1.0


@dataclass(frozen=True, slots=True)
class CubeRequest:
    """Which columns are grouped and how a cell is split; the rest is in the plan.

    `clustered` sums the rows of a unit first.
    """

    profile: Profile
    by: tuple[str, ...] = ()
    folds: int = 1
    clustered: bool = False


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often the values of an id column come again, and whether they cross arms.

    `extra_rows` counts the rows beyond the first of each value; `repeating` the values with
    more than one row; `crossing` the values found in more than one arm.
    """

    column: str
    rows: int
    distinct: int
    repeating: int
    crossing: int

    @property
    def extra_rows(self) -> int:
        """Rows whose id was there before."""
        return self.rows - self.distinct
