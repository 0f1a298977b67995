"""A rule as a DuckDB predicate that is true, false or null exactly where `core.rules.holds` is."""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import singledispatch

from core.errors import BadInput, NotFound
from core.models.customers import Column, ColumnKind
from core.rules import (
    Comparison,
    Conjunction,
    Disjunction,
    Everyone,
    Missing,
    Negation,
    OneOf,
    Operator,
    Rule,
    Value,
)
from core.rules.values import flag, iso_date, shown
from core.storage.duck import identifier, literal

_Columns = dict[str, Column]
_WANTED = {
    ColumnKind.NUMBER: "numbers; compare it with a number, without quotes",
    ColumnKind.TEXT: "text; compare it with 'text' in single quotes",
    ColumnKind.YES_NO: "yes or no; compare it with yes or no",
    ColumnKind.DATE: "dates; compare it with a date such as '2026-05-31'",
}
_FLAG_WORDS = {True: "('yes', 'true')", False: "('no', 'false')"}


def predicate(rule: Rule, columns: Sequence[Column]) -> str:
    """The rule as an SQL expression over these columns.

    Raises:
        NotFound: the rule speaks of a column that is not among them.
        BadInput: a column is compared with a value of another kind.
    """
    return _sql(rule, {column.name: column for column in columns})


@singledispatch
def _sql(rule: Rule, columns: _Columns) -> str:
    raise TypeError(rule, columns)


@_sql.register
def _(rule: Everyone, columns: _Columns) -> str:  # noqa: ARG001 - the same for all
    return "TRUE"


@_sql.register
def _(rule: Negation, columns: _Columns) -> str:
    return f"(NOT {_sql(rule.rule, columns)})"


@_sql.register
def _(rule: Conjunction, columns: _Columns) -> str:
    return "(" + " AND ".join(_sql(part, columns) for part in rule.rules) + ")"


@_sql.register
def _(rule: Disjunction, columns: _Columns) -> str:
    return "(" + " OR ".join(_sql(part, columns) for part in rule.rules) + ")"


@_sql.register
def _(rule: Missing, columns: _Columns) -> str:
    return f"({_value(_column(rule.column, columns))} IS NULL)"


@_sql.register
def _(rule: OneOf, columns: _Columns) -> str:
    column = _column(rule.column, columns)
    return "(" + " OR ".join(_compare(column, Operator.EQUAL, v) for v in rule.values) + ")"


@_sql.register
def _(rule: Comparison, columns: _Columns) -> str:
    return _compare(_column(rule.column, columns), rule.op, rule.value)


def _column(name: str, columns: _Columns) -> Column:
    if name in columns:
        return columns[name]
    close = get_close_matches(name, columns, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    listed = ", ".join(list(columns)[:30]) or "none"
    raise NotFound("column", name, f"{hint}A rule may speak of: {listed}.")


def _value(column: Column) -> str:
    """The column in the type its kind compares in; what is not a number counts as missing."""
    name = identifier(column.name)
    return {
        ColumnKind.NUMBER: f"nullif(CAST({name} AS DOUBLE), CAST('nan' AS DOUBLE))",
        ColumnKind.TEXT: f"CAST({name} AS VARCHAR)",
        ColumnKind.YES_NO: f"CAST({name} AS VARCHAR)",
        ColumnKind.DATE: f"CAST({name} AS DATE)",
    }[column.kind]


def _compare(column: Column, op: Operator, value: Value) -> str:
    if op.orders and column.kind in {ColumnKind.TEXT, ColumnKind.YES_NO}:
        raise BadInput(
            f"{column.name} holds {_WANTED[column.kind].partition(';')[0]}, which has no order; "
            "use =, != or in."
        )
    if column.kind in {ColumnKind.TEXT, ColumnKind.YES_NO} and not isinstance(value, float):
        return _same_text(column, op, value)
    return f"({_value(column)} {op} {_constant(column, value)})"


def _same_text(column: Column, op: Operator, value: Value) -> str:
    """Equality of text; yes, no, true and false are the same in any case."""
    wanted = flag(value)
    plain_flag = isinstance(value, bool) and column.kind is ColumnKind.TEXT
    if plain_flag or (wanted is None and column.kind is ColumnKind.YES_NO):
        raise _mismatch(column, value)
    if wanted is None:
        return f"({_value(column)} {op} {literal(str(value))})"
    inside = "IN" if op is Operator.EQUAL else "NOT IN"
    return f"(lower({_value(column)}) {inside} {_FLAG_WORDS[wanted]})"


def _constant(column: Column, value: Value) -> str:
    if column.kind is ColumnKind.NUMBER and isinstance(value, float):
        return f"CAST('{value!r}' AS DOUBLE)"
    if column.kind is ColumnKind.DATE and isinstance(value, str):
        return f"DATE '{iso_date(value, column.name).isoformat()}'"
    raise _mismatch(column, value)


def _mismatch(column: Column, value: Value) -> BadInput:
    return BadInput(f"{column.name} holds {_WANTED[column.kind]}, not with {shown(value)}.")
