"""A handle on the customers of a dataset: questions and answers, never rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.models.customers import Column, SegmentRule, Trait, Truth


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
