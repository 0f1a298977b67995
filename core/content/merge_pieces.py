"""The pieces of a message with merge fields: plain text, fields, conditional texts."""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment, Mode

_LIQUID = Environment(tolerance=Mode.STRICT)
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@lru_cache(maxsize=512)
def template(source: str) -> BoundTemplate:
    """The template that python-liquid makes of a source.

    Raises:
        LiquidError: it cannot be read.
    """
    return _LIQUID.from_string(source)


@dataclass(frozen=True, slots=True)
class Plain:
    """Text as it stands."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """A value to fill in; `default` is None where none is given; `source` is all of it."""

    start: int
    end: int
    source: str
    name: str
    default: str | None
    changes: tuple[str, ...]

    def filled(self, value: str | None) -> str:
        """What stands here for a reader with this value, None for one without."""
        return template(self.source).render({self.name: value})


@dataclass(frozen=True, slots=True)
class Condition:
    """Two texts, one for readers of whom the comparison holds; `start` to `end` is the first tag.

    All of it ends at `closed`.
    """

    start: int
    end: int
    closed: int
    name: str
    operator: str
    value: str | int | float
    then: tuple["Plain | Field", ...]
    otherwise: tuple["Plain | Field", ...]

    def holds(self, value: str | None) -> bool:
        """Whether the first text is for a reader with this value, None for one without."""
        if value is None:
            return self.operator == "!="
        if isinstance(self.value, str):
            return _COMPARED[self.operator](value, self.value)
        try:
            return _COMPARED[self.operator](float(value), self.value)
        except ValueError:
            return self.operator == "!="

    def branch(self, *, first: bool) -> tuple["Plain | Field", ...]:
        """The first text or the other one."""
        return self.then if first else self.otherwise


Piece = Plain | Field | Condition


@dataclass(frozen=True, slots=True)
class Problem:
    """Why `text[start:end]` cannot be sent."""

    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text in pieces; where there are problems, the pieces are the text as it stands."""

    pieces: tuple[Piece, ...]
    problems: tuple[Problem, ...]
    marks: tuple[tuple[int, int], ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every value to fill in, those of conditional texts too."""
        return tuple(_fields(self.pieces))

    @property
    def uses(self) -> tuple["Field | Condition", ...]:
        """Everything that speaks of a field."""
        return (*self.fields, *self.conditions)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every conditional text."""
        return tuple(p for p in self.pieces if isinstance(p, Condition))


def _fields(pieces: Sequence[Piece]) -> Iterator[Field]:
    for piece in pieces:
        if isinstance(piece, Field):
            yield piece
        elif isinstance(piece, Condition):
            yield from _fields((*piece.then, *piece.otherwise))
