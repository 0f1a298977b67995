"""What the columns of a file of texts hold, and the SQL that turns each into its own type."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from core.models.customers import ColumnKind

_NO_VALUE = "('na', 'n/a', 'nan', 'null', 'none')"
_YES, _NO = "('yes', 'y', 'true')", "('no', 'n', 'false')"
_YES_OR_ONE, _NO_OR_ZERO = "('yes', 'y', 'true', '1')", "('no', 'n', 'false', '0')"
_MOSTLY = 0.9


@dataclass(frozen=True, slots=True)
class Typed:
    """A column with its kind, the SQL of its value, and what is worth saying about it."""

    kind: ColumnKind
    sql: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Of the values that are there, how many are of each kind."""

    there: int
    stand_ins: int
    numbers: int
    whole: int
    flags: int
    flags_or_digits: int
    dates: int
    not_a_number: str | None


def kinds(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    fields: Mapping[str, str],
    flags: frozenset[str],
) -> dict[str, Typed]:
    """The kind of each column; `fields` maps its name to its field in the table.

    In the columns of `flags`, 1 and 0 also stand for yes and no.
    """
    return {
        name: _typed(name, field, _evidence(connection, table, field), digits=name in flags)
        for name, field in fields.items()
    }


def _evidence(connection: duckdb.DuckDBPyConnection, table: str, field: str) -> _Evidence:
    number = (
        "(abs(d) < 9007199254740992 AND NOT contains(v, '_') AND NOT "
        "regexp_matches(v, '^[+-]?0[0-9]'))"
    )
    # Each value is judged once, however often it occurs.
    row = connection.execute(
        f"""SELECT {_sum("true")}, {_sum(f"l IN {_NO_VALUE}")},
            {_sum(number)}, {_sum(f"{number} AND d = floor(d)")},
            {_sum(f"l IN {_YES} OR l IN {_NO}")},
            {_sum(f"l IN {_YES_OR_ONE} OR l IN {_NO_OR_ZERO}")},
            {
            _sum(
                "regexp_matches(v, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]|$)') "
                "AND TRY_CAST(v AS DATE) IS NOT NULL"
            )
        },
            min(v) FILTER (NOT coalesce({number}, false) AND l NOT IN {_NO_VALUE})
        FROM (SELECT {field} AS v, lower({field}) AS l, TRY_CAST({field} AS DOUBLE) AS d,
            count(*) AS n FROM {table} WHERE {field} IS NOT NULL GROUP BY {field})"""
    ).fetchall()[0]
    return _Evidence(*row)


def _sum(condition: str) -> str:
    return f"CAST(coalesce(sum(n) FILTER ({condition}), 0) AS BIGINT)"


def _typed(name: str, field: str, found: _Evidence, *, digits: bool) -> Typed:
    there = found.there
    values = there - found.stand_ins
    known = f"CASE WHEN lower({field}) NOT IN {_NO_VALUE} THEN {field} END"
    if there and (found.flags_or_digits if digits else found.flags) == there:
        return Typed(ColumnKind.YES_NO, _flag(field))
    if values and found.numbers == values:
        whole = f"CAST({known} AS DOUBLE)"
        sql = f"CAST({whole} AS BIGINT)" if found.whole == values else whole
        return Typed(ColumnKind.NUMBER, sql)
    if values and found.dates == values:
        return Typed(ColumnKind.DATE, f"CAST({known} AS DATE)")
    if found.numbers >= _MOSTLY * values > 0:
        others = values - found.numbers
        note = (
            f"{name} is kept as text: {others:,} of its {values:,} values "
            f"{'is not a number' if others == 1 else 'are not numbers'}, such as "
            f"'{(found.not_a_number or '')[:30]}'."
        )
        return Typed(ColumnKind.TEXT, field, note)
    return Typed(ColumnKind.TEXT, field)


def _flag(field: str) -> str:
    return (
        f"CASE WHEN lower({field}) IN {_YES_OR_ONE} THEN 'yes' "
        f"WHEN lower({field}) IN {_NO_OR_ZERO} THEN 'no' END"
    )
