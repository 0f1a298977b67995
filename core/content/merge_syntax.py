"""Merge fields as they are written: a small, strict part of Liquid, read by python-liquid.

`{{ first_name | default: "there" }}` is a field with a default, and
`{% if tier == "Gold" %} ... {% else %} ... {% endif %}` a conditional text. Nothing else is read.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from liquid.builtin.expressions import FilteredExpression
from liquid.builtin.expressions.logical import (
    BooleanExpression,
    EqExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LtExpression,
    NeExpression,
)
from liquid.builtin.expressions.path import Path
from liquid.builtin.expressions.primitive import FloatLiteral, IntegerLiteral, StringLiteral
from liquid.builtin.tags.if_tag import IfNode
from liquid.exceptions import LiquidError

from core.content.merge_pieces import Condition, Field, Parsed, Piece, Plain, Problem, template

#: What may be done to a value besides giving a default.
CHANGES = frozenset({"capitalize", "downcase", "upcase", "strip"})
#: More conditional texts than this in one part have more readings than anybody can check.
MOST_CONDITIONS = 3
_MARK = re.compile(r"\{\{(?P<field>[^{}\n]*)\}\}|\{%(?P<tag>[^{}%\n]*)%\}")
_BRACES = re.compile(r"\{\{[^{}\n]{0,200}|\{%[^{}%\n]{0,200}|\}\}|%\}")
_OPERATORS = {
    EqExpression: "==",
    NeExpression: "!=",
    LtExpression: "<",
    LeExpression: "<=",
    GtExpression: ">",
    GeExpression: ">=",
}

_ONLY = (
    'A merge field is written {{ first_name | default: "there" }}, with no other filters than '
    f"{', '.join(sorted(CHANGES))}."
)
_ONLY_IF = (
    'A conditional text is written {% if tier == "Gold" %}...{% else %}...{% endif %}, with one '
    "comparison of a field with a text or a number."
)


@lru_cache(maxsize=2048)
def parsed(text: str) -> Parsed:
    """The text in pieces, and what cannot be read of it."""
    if "{{" not in text and "}}" not in text and "{%" not in text and "%}" not in text:
        return Parsed((Plain(0, len(text), text),) if text else (), (), ())
    reader = _Reader(text)
    pieces = reader.pieces()
    problems = tuple(sorted(reader.problems, key=lambda p: p.start))
    if problems:
        pieces = (Plain(0, len(text), text),)
    return Parsed(pieces, problems, tuple(reader.marks))


class _Reader:
    """Goes through a text once, from mark to mark."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.problems: list[Problem] = []
        self.marks: list[tuple[int, int]] = []
        self._at = 0

    def pieces(self) -> tuple[Piece, ...]:
        """All of the text."""
        found: list[Piece] = []
        for match in _MARK.finditer(self.text):
            if match.start() >= self._at:
                found += self._plain(match.start())
                found += self._marked(match)
        found += self._plain(len(self.text))
        conditions = [p for p in found if isinstance(p, Condition)]
        for piece in conditions[MOST_CONDITIONS:]:
            self._refuse(
                piece.start,
                piece.end,
                f"At most {MOST_CONDITIONS} conditional texts may stand in one part of a message.",
            )
        return tuple(found)

    def _plain(self, end: int) -> list[Plain]:
        """The text up to the next mark; a brace in it is one that was left open."""
        start, self._at = self._at, end
        for match in _BRACES.finditer(self.text, start, end):
            self._refuse(*match.span(), f"These braces are not closed or not opened. {_ONLY}")
        return [Plain(start, end, self.text[start:end])] if end > start else []

    def _marked(self, match: re.Match[str]) -> list[Piece]:
        self._at = match.end()
        if match["field"] is not None:
            field = self._field(match)
            return [field] if field else []
        condition = self._condition(match)
        return [condition] if condition else []

    def _field(self, match: re.Match[str]) -> Field | None:
        try:
            field = _read_field(match)
        except (LiquidError, _Foreign):
            field = None
        if field is None:
            self._refuse(*match.span(), _ONLY)
        else:
            self.marks.append(match.span())
        return field

    def _condition(self, opening: re.Match[str]) -> Condition | None:
        """The conditional text that begins here, to its end."""
        try:
            comparison = _read_comparison(opening)
        except (LiquidError, _Foreign):
            self._refuse(*opening.span(), _ONLY_IF)
            return None
        texts: list[list[Plain | Field]] = [[], []]
        marks, branch = [opening.span()], 0
        for match in _MARK.finditer(self.text, opening.end()):
            texts[branch] += self._plain(match.start())
            self._at = match.end()
            if match["field"] is not None:
                texts[branch] += [f for f in (self._field(match),) if f]
                continue
            word = match["tag"].strip()
            if word not in {"else", "endif"} or (word == "else" and branch):
                self._refuse(*match.span(), f"No tag of this kind may stand here. {_ONLY_IF}")
                continue
            marks.append(match.span())
            if word == "endif":
                self.marks += marks
                return _condition((*opening.span(), self._at), comparison, texts)
            branch = 1
        self._refuse(*opening.span(), f"This conditional text has no end. {_ONLY_IF}")
        return None

    def _refuse(self, start: int, end: int, why: str) -> None:
        self.problems.append(Problem(start, end, why))


class _Foreign(Exception):
    """Liquid that messages may not use."""


def _condition(
    place: tuple[int, int, int],
    comparison: tuple[str, str, str | int | float],
    texts: Sequence[Sequence[Plain | Field]],
) -> Condition:
    name, sign, value = comparison
    return Condition(*place, name, sign, value, tuple(texts[0]), tuple(texts[1]))


def _read_field(mark: re.Match[str]) -> Field:
    (node,) = template(mark.group()).nodes
    expression = getattr(node, "expression", None)
    if "-" in mark.group()[2] + mark.group()[-3] or not isinstance(expression, FilteredExpression):
        raise _Foreign
    default, changes = None, list[str]()
    for filter_ in expression.filters or ():
        values = [getattr(argument, "value", None) for argument in filter_.args]
        if filter_.name == "default" and len(values) == 1 and isinstance(values[0], StringLiteral):
            default = values[0].value
        elif filter_.name in CHANGES and not values:
            changes.append(filter_.name)
        else:
            raise _Foreign
    name = _name_of(expression.left)
    return Field(*mark.span(), mark.group(), name, default, tuple(changes))


def _read_comparison(mark: re.Match[str]) -> tuple[str, str, str | int | float]:
    (node, *_) = template(f"{mark.group()}{{% endif %}}").nodes
    condition = node.condition if isinstance(node, IfNode) else None
    comparison = condition.expression if isinstance(condition, BooleanExpression) else None
    sign = next((sign for kind, sign in _OPERATORS.items() if type(comparison) is kind), None)
    if comparison is None or sign is None or "-" in mark.group()[2] + mark.group()[-3]:
        raise _Foreign
    compared = cast("EqExpression", comparison)
    if not isinstance(compared.right, (StringLiteral, IntegerLiteral, FloatLiteral)):
        raise _Foreign
    return _name_of(compared.left), sign, compared.right.value


def _name_of(expression: object) -> str:
    if not isinstance(expression, Path):
        raise _Foreign
    parts: Sequence[object] = expression.path
    name = parts[0] if len(parts) == 1 else None
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise _Foreign
    return name
