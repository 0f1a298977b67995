"""What a rule is made of; every part knows its columns, its truth for a row, and its words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.rules.values import Operator, Value, compare, missing, said

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Everyone:
    """Holds for everybody."""

    def columns(self) -> frozenset[str]:
        """No column."""
        return frozenset()

    def holds(self, row: Row) -> bool | None:  # noqa: ARG002 - whoever it is
        """True."""
        return True

    def words(self) -> str:
        """As a person would say it."""
        return "everyone"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column against one value."""

    column: str
    op: Operator
    value: Value

    def columns(self) -> frozenset[str]:
        """The column."""
        return frozenset({self.column})

    def holds(self, row: Row) -> bool | None:
        """The comparison, or None without a value."""
        value = row.get(self.column)
        return None if missing(value) else compare(self.column, value, self.op, self.value)

    def words(self) -> str:
        """As a person would say it."""
        return f"{self.column} {self.op.words} {said(self.value)}"


@dataclass(frozen=True, slots=True)
class OneOf:
    """A column against a list of values."""

    column: str
    values: tuple[Value, ...]

    def columns(self) -> frozenset[str]:
        """The column."""
        return frozenset({self.column})

    def holds(self, row: Row) -> bool | None:
        """Whether the value is in the list, or None without a value."""
        value = row.get(self.column)
        if missing(value):
            return None
        found = [compare(self.column, value, Operator.EQUAL, each) for each in self.values]
        return any(found)

    def words(self) -> str:
        """As a person would say it."""
        *most, last = [said(v) for v in self.values]
        return f"{self.column} is {', '.join(most)}{' or ' if most else ''}{last}"


@dataclass(frozen=True, slots=True)
class Missing:
    """A column without a value."""

    column: str

    def columns(self) -> frozenset[str]:
        """The column."""
        return frozenset({self.column})

    def holds(self, row: Row) -> bool | None:
        """Whether there is no value; never unknown."""
        return missing(row.get(self.column))

    def words(self) -> str:
        """As a person would say it."""
        return f"{self.column} is missing"


@dataclass(frozen=True, slots=True)
class Negation:
    """The opposite of a rule."""

    rule: "Rule"

    def columns(self) -> frozenset[str]:
        """The columns of the rule."""
        return self.rule.columns()

    def holds(self, row: Row) -> bool | None:
        """The opposite; the opposite of unknown is unknown."""
        truth = self.rule.holds(row)
        return None if truth is None else not truth

    def words(self) -> str:
        """As a person would say it."""
        return f"not ({self.rule.words()})"


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Two or more rules that must all hold."""

    rules: "tuple[Rule, ...]"

    def columns(self) -> frozenset[str]:
        """The columns of all of them."""
        return _columns(self.rules)

    def holds(self, row: Row) -> bool | None:
        """False when one is false, else unknown when one is unknown."""
        truths = [rule.holds(row) for rule in self.rules]
        return False if False in truths else None if None in truths else True

    def words(self) -> str:
        """As a person would say it."""
        parts = [f"({r.words()})" if isinstance(r, Disjunction) else r.words() for r in self.rules]
        return " and ".join(parts)


@dataclass(frozen=True, slots=True)
class Disjunction:
    """Two or more rules of which one must hold."""

    rules: "tuple[Rule, ...]"

    def columns(self) -> frozenset[str]:
        """The columns of all of them."""
        return _columns(self.rules)

    def holds(self, row: Row) -> bool | None:
        """True when one is true, else unknown when one is unknown."""
        truths = [rule.holds(row) for rule in self.rules]
        return True if True in truths else None if None in truths else False

    def words(self) -> str:
        """As a person would say it."""
        return " or ".join(rule.words() for rule in self.rules)


Rule = Everyone | Comparison | OneOf | Missing | Negation | Conjunction | Disjunction


def _columns(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset().union(*(rule.columns() for rule in rules))
