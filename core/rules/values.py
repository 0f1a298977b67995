"""How one value of a row compares with one literal of a rule."""

import operator
import re
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from core.errors import BadInput

Value = float | str | bool

_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Operator(StrEnum):
    """The comparisons, as they are written."""

    EQUAL = "="
    NOT_EQUAL = "!="
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="

    @property
    def orders(self) -> bool:
        """Whether it asks which of two values is larger."""
        return self not in {Operator.EQUAL, Operator.NOT_EQUAL}

    @property
    def words(self) -> str:
        """As a person would say it."""
        return _WORDS[self]


_WORDS = {
    Operator.EQUAL: "is",
    Operator.NOT_EQUAL: "is not",
    Operator.BELOW: "below",
    Operator.AT_MOST: "at most",
    Operator.ABOVE: "above",
    Operator.AT_LEAST: "at least",
}
_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.BELOW: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.ABOVE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


def flag(value: object) -> bool | None:
    """The yes or no a value stands for, whatever its case; None when it is neither."""
    if isinstance(value, bool):
        return value
    return _FLAGS.get(value.lower()) if isinstance(value, str) else None


def iso_date(text: str, column: str) -> date:
    """The day a text such as 2026-05-31 names.

    Raises:
        BadInput: it is not a day written like this.
    """
    try:
        return date.fromisoformat(text if _ISO_DATE.fullmatch(text) else "")
    except ValueError as error:
        raise BadInput(
            f"{column} holds dates; compare it with a date such as '2026-05-31', not '{text}'."
        ) from error


def missing(value: object) -> bool:
    """Whether there is no value: nothing, or not a number."""
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - NaN


def compare(column: str, value: object, op: Operator, literal: Value) -> bool:
    """Whether `value op literal` is true, for a value that is there.

    Raises:
        BadInput: the two are of different kinds, or cannot be put in order.
    """
    left, right = _sides(column, value, literal)
    if op.orders and not isinstance(right, float | date):
        raise BadInput(f"{column} {op} {shown(literal)}: only numbers and dates have an order.")
    return _COMPARE[op](left, right)


def shown(literal: Value) -> str:
    """A literal as it is written in a rule."""
    return f"'{literal}'" if isinstance(literal, str) else said(literal)


def said(literal: Value) -> str:
    """A literal as a person would say it."""
    if isinstance(literal, bool):
        return "yes" if literal else "no"
    if isinstance(literal, float):
        return str(int(literal)) if literal.is_integer() and abs(literal) < 1e15 else repr(literal)  # noqa: PLR2004
    return literal


def _sides(column: str, value: object, literal: Value) -> tuple[object, object]:
    """Both sides in a form in which they can be compared."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(literal, float) and number:
        return float(value), literal  # type: ignore[arg-type]  # a number, by the line above
    if isinstance(literal, bool) and flag(value) is not None:
        return flag(value), literal
    if isinstance(literal, str) and isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return day, iso_date(literal, column)
    if isinstance(literal, str) and isinstance(value, str | bool):
        wanted = flag(literal)
        return (value, literal) if wanted is None else (flag(value), wanted)
    kind = "a number" if number else "a date" if isinstance(value, date) else "text or yes/no"
    raise BadInput(f"{column} holds {kind}; it cannot be compared with {shown(literal)}.")
