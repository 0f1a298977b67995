"""A handle on the customers of a dataset: questions and answers, never rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.models.customers import Column, SegmentRule, Trait, Truth
from core.models.segment_models import ColumnProfile, Feature


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """One segment of a trial split: its customers and those with permission (None: unknown)."""

    segment_id: str
    size: int
    reachable: int | None
    traits: tuple[Trait, ...] = ()


class CustomerTable(Protocol):
    """The customers of one dataset, or of one segment of it."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in file order."""
        ...

    def rows(self) -> int:
        """How many customers there are."""
        ...

    def truth(self, rule: str) -> Truth:
        """For how many customers the rule is true, false or unknown.

        A column that does not exist makes the rule unknown for everybody.
        """
        ...

    def split(self, rules: Sequence[SegmentRule]) -> tuple[SegmentCount, ...]:
        """Sizes and standout traits when the first rule that holds decides, in rule order."""
        ...

    def quantiles(self, column: str, shares: Sequence[float]) -> tuple[float, ...]:
        """The values below which these shares of the known values lie, linear between two.

        A date counts in days since 1970. Empty when no value is known.

        Raises:
            NotFound: there is no such attribute.
            BadInput: its values have no order.
        """
        ...

    def profiles(self, names: Sequence[str]) -> tuple[ColumnProfile, ...]:
        """What the values of these attributes are like, in the order of the names.

        Raises:
            NotFound: there is no such attribute.
        """
        ...

    def values(
        self, features: Sequence[Feature], *, most: int | None = None
    ) -> Iterator[npt.NDArray[np.float64]]:
        """The customers in pieces, in the order of the file: a row each, a column each feature.

        A category is its place in the list, a missing value NaN. With `most`, about so many
        customers, always the same ones; which ones depends on nothing but their ids.
        """
        ...

    def parts(
        self, rules: Sequence[SegmentRule], *, most: int | None = None
    ) -> npt.NDArray[np.int64]:
        """For the customers that `values` gives, the place of the first rule that holds, or -1."""
        ...
