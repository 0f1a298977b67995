"""What stands out in a segment, in numbers and in words that claim nothing beyond them."""

from dataclasses import dataclass

import duckdb

from core.models.customers import Column, ColumnKind, Trait

_TRAITS = 3
_NOTICEABLE = 0.1
"""Differences below a tenth of a standard deviation are commonly held to be negligible."""

_MANY_CATEGORIES = 50
_TELLING_RATIO = 1.5


@dataclass(frozen=True, slots=True)
class Standout:
    """A trait with its difference in standard deviations, and on how many customers it stands."""

    z: float
    trait: Trait
    customers: int

    @property
    def strength(self) -> float:
        """The size of the difference."""
        return abs(self.z)


def standouts(
    connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[Column, ...]
) -> dict[int, tuple[Trait, ...]]:
    """For each part of a table, the columns in which it differs most from the whole.

    The table has a whole number `part` and the columns in order, called c0, c1 and so on, so that
    no name of a customer file meets one of the query. The difference of a number is that of the
    means, and of a category that of the shares, both in standard deviations of the whole.
    """
    found = every_standout(connection, table, columns)
    return {part: _strongest(each) for part, each in found.items()}


def every_standout(
    connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[Column, ...]
) -> dict[int, list[Standout]]:
    """For each part of such a table its difference in every column, however small."""
    found: dict[int, list[Standout]] = {}
    for i, column in enumerate(columns):
        best = _numbers if column.kind is ColumnKind.NUMBER else _categories
        only = f"(SELECT part, c{i} AS c FROM {table})"
        for part, standout in best(connection, only, column).items():
            found.setdefault(part, []).append(standout)
    return found


def _strongest(found: list[Standout]) -> tuple[Trait, ...]:
    ordered = sorted(found, key=lambda s: -s.strength)
    return tuple(s.trait for s in ordered[:_TRAITS] if s.strength >= _NOTICEABLE)


def _numbers(
    connection: duckdb.DuckDBPyConnection, table: str, column: Column
) -> dict[int, Standout]:
    name = "CASE WHEN isfinite(CAST(c AS DOUBLE)) THEN CAST(c AS DOUBLE) END"
    rows = connection.execute(
        f"""WITH whole AS (SELECT avg({name}) AS mean, stddev_pop({name}) AS sd FROM {table})
        SELECT part, avg({name}), any_value(mean), any_value(sd), count({name})
        FROM {table} AS parts, whole
        GROUP BY part HAVING count({name}) > 0 AND any_value(sd) > 0"""
    ).fetchall()
    return {
        part: Standout(
            (mean - overall) / sd,
            Trait(column.name, mean, overall, None, _number_words(column.name, mean, overall)),
            known,
        )
        for part, mean, overall, sd, known in rows
    }


def _categories(
    connection: duckdb.DuckDBPyConnection, table: str, column: Column
) -> dict[int, Standout]:
    """The category that differs most, of two alike the one held more; of yes and no always yes."""
    if column.kind is ColumnKind.DATE or not 2 <= column.distinct <= _MANY_CATEGORIES:
        return {}
    only = "WHERE category = 'yes'" if column.kind is ColumnKind.YES_NO else ""
    rows = connection.execute(
        f"""WITH counts AS (
            SELECT part, CAST(c AS VARCHAR) AS category, count(*) AS n FROM {table}
            WHERE c IS NOT NULL GROUP BY ALL),
        parts AS (SELECT part, sum(n) AS size FROM counts GROUP BY part),
        whole AS (SELECT category, sum(n) / (SELECT sum(n) FROM counts) AS overall
            FROM counts GROUP BY category)
        SELECT part, category, coalesce(n, 0) / size AS share, overall, coalesce(n, 0)
        FROM parts CROSS JOIN whole LEFT JOIN counts USING (part, category) {only}
        ORDER BY part, round(abs(share - overall) / sqrt(overall * (1 - overall)), 9),
            share > overall, category DESC"""
    ).fetchall()
    return {
        part: Standout(
            (share - overall) / (overall * (1 - overall)) ** 0.5,
            Trait(
                column.name,
                share,
                overall,
                category,
                _share_words(column, category, share, overall),
            ),
            having,
        )
        for part, category, share, overall, having in rows
        if 0 < overall < 1
    }


def _number_words(name: str, mean: float, overall: float) -> str:
    label = name.replace("_", " ")
    if overall > 0 and mean / overall >= _TELLING_RATIO:
        times = f"{mean / overall:.1f}"
        return f"{label} {_amount(mean)} on average, {times} times the overall {_amount(overall)}"
    return f"{label} {_amount(mean)} on average ({_amount(overall)} overall)"


def _share_words(column: Column, category: str, share: float, overall: float) -> str:
    label = column.name.replace("_", " ")
    what = label if column.kind is ColumnKind.YES_NO else f"have {label} {category}"
    return f"{_percent(share)} {what} ({_percent(overall)} overall)"


def _amount(value: float) -> str:
    """A number with the digits a reader needs: 612, 12, 3.4, 0.052."""
    if abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def _percent(share: float) -> str:
    """A share as a percentage that is never rounded to all or none."""
    if 0 < share < 0.01 or 0.99 < share < 1:  # noqa: PLR2004 - what would round to 0 or 100
        return "under 1 %" if share < 0.5 else "over 99 %"  # noqa: PLR2004
    return f"{share * 100:.0f} %"
