"""Two versions of segments side by side: who moved, and how the columns are spread in both."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.frames import CUSTOMER_ID
from core.models.customers import Column, ColumnKind
from core.storage.duck import identifier, literal, looking, parquet
from core.storage.tables import ParquetCustomers

_SHARES = "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]"


@dataclass(frozen=True, slots=True)
class Crossing:
    """How many customers are in one segment before and in one after; None: not there at all."""

    before: str | None
    after: str | None
    customers: int


@dataclass(frozen=True, slots=True)
class Binned:
    """One column in both data sets, counted in the same bins; the last is for missing values."""

    column: str
    before: tuple[int, ...]
    after: tuple[int, ...]


def crossings(before_path: Path, after_path: Path) -> tuple[Crossing, ...]:
    """Where the customers of one version are in another, the most frequent way first."""
    with looking() as connection:
        rows = connection.execute(
            f"""SELECT b.segment_id, a.segment_id, count(*) AS n
            FROM {parquet(before_path)} AS b FULL JOIN {parquet(after_path)} AS a
            ON a.{CUSTOMER_ID} = b.{CUSTOMER_ID} GROUP BY ALL ORDER BY n DESC, 1, 2"""
        ).fetchall()
    return tuple(Crossing(*row) for row in rows)


def binned(
    before: ParquetCustomers, after: ParquetCustomers, columns: Sequence[Column]
) -> tuple[Binned, ...]:
    """The columns in bins: numbers and dates by the tenths of before, categories by value."""
    found = []
    with looking() as connection:
        for column in columns:
            bins = _place(connection, before, column)
            counts = [_counts(connection, t.source(), bins) for t in (before, after)]
            places = sorted(set(counts[0]) | set(counts[1]))
            found.append(
                Binned(
                    column.name,
                    tuple(counts[0].get(p, 0) for p in places),
                    tuple(counts[1].get(p, 0) for p in places),
                )
            )
    return tuple(found)


def _place(connection: duckdb.DuckDBPyConnection, before: ParquetCustomers, column: Column) -> str:
    """SQL for the bin of a value, as text; a missing one has its own."""
    name = identifier(column.name)
    if column.kind not in {ColumnKind.NUMBER, ColumnKind.DATE}:
        return f"coalesce('=' || CAST({name} AS VARCHAR), '?')"
    value = f"CAST({name} AS DOUBLE)"
    if column.kind is ColumnKind.DATE:
        value = f"CAST(date_diff('day', DATE '1970-01-01', CAST({name} AS DATE)) AS DOUBLE)"
    value = f"(CASE WHEN isfinite({value}) THEN {value} END)"
    limits = connection.execute(
        f"SELECT quantile_cont({value}, {_SHARES}) FROM {before.source()}"
    ).fetchall()[0][0]
    above = [
        f"CAST({value} > {literal(repr(cut))}::DOUBLE AS INTEGER)" for cut in set(limits or ())
    ]
    total = " + ".join(above) or "0"
    return f"CASE WHEN {value} IS NULL THEN '?' ELSE CAST({total} AS VARCHAR) END"


def _counts(connection: duckdb.DuckDBPyConnection, source: str, bins: str) -> dict[str, int]:
    rows = connection.execute(f"SELECT {bins} AS bin, count(*) FROM {source} GROUP BY bin")
    return dict(rows.fetchall())
