"""The rows of an evidence pack, as CSV in the order in which customers were dealt out."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from core.frames import CUSTOMER_ID
from core.storage.duck import bounded, copy, identifier, literal, looking, parquet, session

_CSV = "FORMAT csv, HEADER true, DELIMITER ',', QUOTE '\"', ESCAPE '\"'"
_HASH = f"sha256({{salt}} || {CUSTOMER_ID})"

Slot = tuple[str, str, str | None]
"""A segment, an arm, and the message of its customers."""

CellRow = tuple[str, str, str, str, int, float, float, float]
"""Segment, arm, two columns, customers, both means, the sum of products about them."""


def write_assignments(assignments: Path, salt: str, out: Path, *, clear: bool) -> int:
    """Who is in which group: by segment, then by the hash that dealt them out; how many."""
    with session(threads=None) as connection:
        bounded(connection, out.parent)
        made = _HASH.format(salt=literal(f"{salt}:"))
        query = (
            f"SELECT {CUSTOMER_ID if clear else made} AS customer, segment_id, arm, "
            f"coalesce(variant_id, '') AS variant_id FROM {parquet(assignments)} "
            f"ORDER BY segment_id, {made}"
        )
        copy(connection, query, out, _CSV)
        counted = connection.execute(f"SELECT count(*) FROM {parquet(assignments)}").fetchall()
        return int(counted[0][0])


def slots(assignments: Path) -> tuple[Slot, ...]:
    """Which message each segment and arm got."""
    with looking(threads=None) as connection:
        rows = connection.execute(
            f"SELECT DISTINCT segment_id, arm, variant_id FROM {parquet(assignments)} ORDER BY ALL"
        ).fetchall()
    return tuple((str(s), str(arm), variant) for s, arm, variant in rows)


def write_outcomes(
    select: str, assignments: Path, columns: Sequence[str], key: tuple[str, bool], out: Path
) -> None:
    """What each customer who is read did, in the order of the assignments.

    `key` is the salt, and whether ids stand in clear.
    """
    salt, clear = key
    with session(threads=None) as connection:
        bounded(connection, out.parent)
        made = _HASH.format(salt=literal(f"{salt}:"))
        values = ", ".join(f"CAST({identifier(c)} AS DOUBLE) AS {identifier(c)}" for c in columns)
        query = (
            f"SELECT {CUSTOMER_ID if clear else made} AS customer, {values} "
            f"FROM {_joined(select, assignments)} ORDER BY segment_id, {made}"
        )
        copy(connection, query, out, _CSV)


def keep_assigned(rows: Path, assignments: Path, salt: str, *, clear: bool) -> None:
    """Leave out the rows of a file of outcomes whose customer is not assigned any more."""
    with session() as connection:
        bounded(connection, rows.parent)
        made = CUSTOMER_ID if clear else _HASH.format(salt=literal(f"{salt}:"))
        listed = f"read_csv({literal(str(rows))}, all_varchar = true, header = true)"
        query = (
            f"SELECT * EXCLUDE (place) FROM (SELECT *, row_number() OVER () AS place FROM {listed})"
            f" WHERE customer IN (SELECT {made} FROM {parquet(assignments)}) ORDER BY place"
        )
        copy(connection, query, rows, _CSV)


def cells(select: str, assignments: Path, columns: Sequence[str]) -> Iterator[CellRow]:
    """The sufficient statistics of every pair of columns, by segment and arm."""
    with looking() as connection:
        source = f"pack_rows_{len(columns)}"
        values = ", ".join(
            f"CAST({identifier(c)} AS DOUBLE) AS c{i}" for i, c in enumerate(columns)
        )
        connection.execute(
            f"CREATE TEMP TABLE {source} AS SELECT segment_id, arm, {values} "
            f"FROM {_joined(select, assignments)}"
        )
        for i, one in enumerate(columns):
            for j, other in enumerate(columns[: i + 1]):
                yield from _cells_of(connection, source, (i, j), (one, other))


def _cells_of(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    places: tuple[int, int],
    names: tuple[str, str],
) -> Iterator[CellRow]:
    a, b = (f"c{place}" for place in places)
    rows = connection.execute(
        f"SELECT segment_id, arm, count(*), avg({a}), avg({b}), "
        f"covar_pop({a}, {b}) * count(*) FROM {source} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for segment, arm, n, mean, other, scatter in rows:
        yield str(segment), str(arm), *names, int(n), float(mean), float(other), float(scatter)


def _joined(select: str, assignments: Path) -> str:
    wanted = f"SELECT {CUSTOMER_ID}, segment_id FROM {parquet(assignments)}"
    return f"({select}) JOIN ({wanted}) USING ({CUSTOMER_ID})"
