"""What the columns of a file of texts hold, and the SQL that turns each into its own type."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb

from core.models.customers import ColumnKind
from core.storage import date_styles, number_styles
from core.storage.date_styles import DateStyle, DayOrder, UndecidedOrder, date_in, date_style
from core.storage.duck import number
from core.storage.number_styles import bare, number_style, with_comma, with_point

_NO_VALUE = "('na', 'n/a', 'nan', 'null', 'none')"
_YES, _NO = "('yes', 'y', 'true')", "('no', 'n', 'false')"
_YES_OR_ONE, _NO_OR_ZERO = "('yes', 'y', 'true', '1')", "('no', 'n', 'false', '0')"
_MOSTLY = 0.9
_SAMPLE = 20_000

_DATE_LIKE = "^[0-9A-Za-z]{1,9}[-/. ,]+[0-9A-Za-z]{1,9}[-/. ,]+[0-9]{2,4}"
_BASIC = {
    "there": "true",
    "stand_ins": f"l IN {_NO_VALUE}",
    "flags": f"l IN {_YES} OR l IN {_NO}",
    "flags_or_digits": f"l IN {_YES_OR_ONE} OR l IN {_NO_OR_ZERO}",
    "plain": "q",
    "whole_plain": "q AND d = floor(d)",
    "dotted": "q AND contains(v, '.')",
    # A third of it digits: perhaps a number in another style, perhaps a date.
    "digits": "NOT coalesce(q, false) "
    "AND 3 * length(regexp_replace(v, '[^0-9]', '', 'g')) >= length(v)",
    "date_like": f"regexp_matches(v, '{_DATE_LIKE}')",
    "eight": "q AND length(v) = 8",
}
_STYLES = {**number_styles.COUNTED, **date_styles.COUNTED}


@dataclass(frozen=True, slots=True)
class Typed:
    """A column with its kind, the SQL of its value, and what is worth saying about it."""

    kind: ColumnKind
    sql: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The columns to judge: fields by name, those of yes and no, and the decimal somebody chose.

    In the columns of `flags`, 1 and 0 also stand for yes and no. `decimal` and `hint` (what the
    file makes likely) are a point, a comma or None.
    """

    fields: Mapping[str, str]
    flags: frozenset[str] = frozenset()
    decimal: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class _Evidence:
    """How many of the values have each property, and one that is not a number."""

    counts: Mapping[str, int]
    strange: str | None = None

    @property
    def values(self) -> int:
        """How many say something."""
        return self.counts["there"] - self.counts["stand_ins"]


def kinds(connection: duckdb.DuckDBPyConnection, table: str, asked: Asked) -> dict[str, Typed]:
    """The kind of each column."""
    rows = number(connection, f"SELECT count(*) FROM {table}")
    ask = _Interview(connection, table, rows)
    found = {name: ask.evidence(field) for name, field in asked.fields.items()}
    commas = any(e.counts["sure_comma"] > e.counts["sure_point"] for e in found.values())
    asked = replace(asked, hint="," if commas else asked.hint)
    if asked.hint == "," or asked.decimal is not None:
        # A value such as 1.234 is only a question in a file whose decimals may be commas.
        for name, evidence in found.items():
            if evidence.counts["dotted"]:
                found[name] = ask.in_full(asked.fields[name])
    return {name: _typed(name, field, found[name], asked) for name, field in asked.fields.items()}


@dataclass(frozen=True, slots=True)
class _Interview:
    """Asks the columns of a table what they hold, the costly questions only where they matter."""

    connection: duckdb.DuckDBPyConnection
    table: str
    rows: int

    def evidence(self, field: str) -> _Evidence:
        """The evidence of all values, or of the first when these are nothing but words."""
        if self.rows > _SAMPLE:
            first = self._basic(field, f"(SELECT {field} FROM {self.table} LIMIT {_SAMPLE})")
            if not _may_be_more(first) and first.values:
                return first
        basic = self._basic(field, self.table)
        dates = basic.counts["date_like"] or basic.counts["eight"] == basic.values
        numbers = basic.counts["plain"] < basic.values and basic.counts["digits"]
        if not basic.values or not (numbers or dates) or not _may_be_more(basic):
            return basic
        return self.in_full(field, basic)

    def in_full(self, field: str, basic: _Evidence | None = None) -> _Evidence:
        """The evidence with that of every style of numbers and dates."""
        known = basic or self._basic(field, self.table)
        styles = _counted(self.connection, self.table, field)
        return _Evidence({**known.counts, **styles.counts}, styles.strange)

    def _basic(self, field: str, table: str) -> _Evidence:
        # Each value is judged once, however often it occurs.
        row = self.connection.execute(
            f"""SELECT {_sums(_BASIC)}, min(v) FILTER (NOT coalesce(q, false)
                AND l NOT IN {_NO_VALUE})
            FROM (SELECT v, n, lower(v) AS l, TRY_CAST(v AS DOUBLE) AS d,
                {number_styles.plain("v")} AS q
            FROM (SELECT {field} AS v, count(*) AS n FROM {table}
                WHERE {field} IS NOT NULL GROUP BY {field}))"""
        ).fetchall()[0]
        counts = dict(zip(_BASIC, row, strict=False))
        as_is = {"point": counts["plain"], "whole_point": counts["whole_plain"]}
        return _Evidence({**dict.fromkeys(_STYLES, 0), **as_is, **counts}, row[-1])


def _may_be_more(found: _Evidence) -> bool:
    """Whether at least half of the values may be something else than words."""
    counts = found.counts
    told = (counts["plain"] + counts["digits"], counts["date_like"], counts["flags_or_digits"])
    return max(*told, 1) * 2 >= found.values


def _counted(connection: duckdb.DuckDBPyConnection, table: str, field: str) -> _Evidence:
    row = connection.execute(
        f"""SELECT {_sums(_STYLES)}, min(v) FILTER (NOT coalesce(q, false)
                AND p IS NULL AND k IS NULL AND lower(v) NOT IN {_NO_VALUE})
        FROM (SELECT v, n, b, {number_styles.plain("b")} AS q, {with_point("b")} AS p,
            {with_comma("b")} AS k, {_dated(DayOrder.DAY_FIRST)} AS df,
            {_dated(DayOrder.MONTH_FIRST)} AS mf
        FROM (SELECT v, n, {bare("v")} AS b
        FROM (SELECT {field} AS v, count(*) AS n FROM {table}
            WHERE {field} IS NOT NULL GROUP BY {field})))"""
    ).fetchall()[0]
    return _Evidence(dict(zip(_STYLES, row, strict=False)), row[-1])


def _sums(questions: Mapping[str, str]) -> str:
    return ", ".join(
        f"CAST(coalesce(sum(n) FILTER ({question}), 0) AS BIGINT)"
        for question in questions.values()
    )


def _dated(order: DayOrder) -> str:
    return f"CASE WHEN length(v) >= 8 THEN {date_in('v', order)} END"


def _typed(name: str, field: str, found: _Evidence, asked: Asked) -> Typed:
    there = found.counts["there"]
    flags = found.counts["flags_or_digits" if name in asked.flags else "flags"]
    if there and flags == there:
        return Typed(ColumnKind.YES_NO, _flag(field))
    try:
        dates = date_style(name, found.counts, found.values)
    except UndecidedOrder as undecided:
        return Typed(ColumnKind.TEXT, field, str(undecided))
    if dates is not None:
        return Typed(ColumnKind.DATE, dates.value(_known(field)), dates.note)
    return _number_or_text(name, field, found, asked)


def _number_or_text(name: str, field: str, found: _Evidence, asked: Asked) -> Typed:
    counts, values = found.counts, found.values
    style = number_style(counts, asked.decimal, hint=asked.hint)
    numbers = counts[style.counted]
    if values and numbers == values:
        value = style.value(_known(field), dressed=counts["dressed"] > 0)
        # Adding zero makes -0 the same as 0.
        whole = counts[style.whole] == values
        sql = f"CAST({value} AS BIGINT)" if whole else f"{value} + 0"
        return Typed(ColumnKind.NUMBER, sql, number_styles.says(name, style, counts))
    if numbers >= _MOSTLY * values > 0:
        others = values - numbers
        note = (
            f"{name} is kept as text: {others:,} of its {values:,} values "
            f"{'is not a number' if others == 1 else 'are not numbers'}, such as "
            f"'{(found.strange or '')[:30]}'."
        )
        return Typed(ColumnKind.TEXT, field, note)
    return Typed(ColumnKind.TEXT, field)


def number_of(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, asked: Asked
) -> Typed | None:
    """A column as numbers even where some values are none; None when most are not."""
    field = asked.fields[name]
    found = _Interview(connection, table, 0).in_full(field)
    style = number_style(found.counts, asked.decimal, hint=asked.hint)
    if found.counts[style.counted] * 2 < max(found.values, 1):
        return None
    value = style.value(field, dressed=found.counts["dressed"] > 0)
    note = number_styles.says(name, style, found.counts)
    return Typed(ColumnKind.NUMBER, f"CASE WHEN isfinite({value}) THEN {value} + 0 END", note)


def date_of(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, asked: Asked
) -> Typed | None:
    """A column as dates even where some values are none; None when most are not."""
    field = asked.fields[name]
    found = _Interview(connection, table, 0).in_full(field)
    counts = found.counts
    values = max(counts["day_first"], counts["month_first"])
    if values * 2 < max(found.values, 1) or not values:
        return None
    try:
        style = date_style(name, counts, values) or DateStyle()
    except UndecidedOrder:
        note = f"Nothing tells the day from the month in {name}; the day was taken to be first."
        style = DateStyle(note=note)
    return Typed(ColumnKind.DATE, style.value(field), style.note)


def _known(field: str) -> str:
    return f"CASE WHEN lower({field}) NOT IN {_NO_VALUE} THEN {field} END"


def _flag(field: str) -> str:
    return (
        f"CASE WHEN lower({field}) IN {_YES_OR_ONE} THEN 'yes' "
        f"WHEN lower({field}) IN {_NO_OR_ZERO} THEN 'no' END"
    )
