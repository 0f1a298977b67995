"""Sums of the traits of customers and of what they did, within each group of a test."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.frames import CUSTOMER_ID
from core.models.attribution import TraitFacts, TraitSums
from core.models.customers import Column, ColumnKind
from core.storage.duck import identifier, literal, looking, parquet

MOST_LEVELS = 12
"""A text with more different values than this is a name or a place, and no trait."""

_FACTS = "facts"


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of the traits, and why some columns are none."""

    facts: tuple[TraitFacts, ...]
    left_out: tuple[str, ...]


def trait_sums(select: str, dataset: Path, columns: Sequence[Column], response: str) -> Traits:
    """The sums of every trait with one column of an experiment.

    Args:
        select: the rows of the experiment, with customer_id, arm and the response.
        dataset: the customers as they were before the send.
        columns: those that may be traits.
        response: a column of the experiment that holds numbers.

    Raises:
        StorageUnavailable: a table of the workspace is missing.
    """
    # One thread, so that the same rows give the same digits.
    with looking() as connection:
        values = ", ".join(f"d.{identifier(c.name)} AS c{i}" for i, c in enumerate(columns))
        said = f"r.arm AS arm, CAST(r.{identifier(response)} AS DOUBLE) AS y"
        connection.execute(
            f"CREATE TEMP TABLE {_FACTS} AS SELECT {', '.join(filter(None, (said, values)))} "
            f"FROM ({select}) AS r JOIN {parquet(dataset)} AS d "
            f"ON r.{CUSTOMER_ID} = d.{CUSTOMER_ID} ORDER BY r.{CUSTOMER_ID}"
        )
        left_out: list[str] = []
        facts: list[TraitFacts] = []
        for place, column in enumerate(columns):
            found = list(_of_column(connection, f"c{place}", column))
            facts += found
            if not found:
                left_out.append(f"{column.name.replace('_', ' ')}: {_why_none(column)}")
    return Traits(tuple(facts), tuple(left_out))


def _of_column(
    connection: duckdb.DuckDBPyConnection, name: str, column: Column
) -> Iterator[TraitFacts]:
    """A number or a day as one trait, a text as one trait for each of its values."""
    if column.kind is ColumnKind.DATE:
        days = f"CAST(epoch(CAST({name} AS TIMESTAMP)) AS DOUBLE) / 86400"
        yield _facts(connection, days, column.name, None)
    elif column.kind is ColumnKind.NUMBER:
        number = f"CASE WHEN isfinite(CAST({name} AS DOUBLE)) THEN CAST({name} AS DOUBLE) END"
        yield _facts(connection, number, column.name, None)
    else:
        yield from _of_values(connection, name, column)


def _of_values(
    connection: duckdb.DuckDBPyConnection, name: str, column: Column
) -> Iterator[TraitFacts]:
    values = [
        str(row[0])
        for row in connection.execute(
            f"SELECT CAST({name} AS VARCHAR) FROM {_FACTS} WHERE {name} IS NOT NULL "
            f"GROUP BY 1 ORDER BY count(*), 1 LIMIT {MOST_LEVELS + 1}"
        ).fetchall()
    ]
    if not 1 < len(values) <= MOST_LEVELS:
        return
    # Of two values one says it all: yes, or the rarer one.
    told = (["yes"] if "yes" in values else values[:1]) if len(values) == 2 else values
    for value in told:
        same = f"CAST({name} AS VARCHAR) = {literal(value)}"
        has = f"CASE WHEN {name} IS NOT NULL THEN ({same})::INT END"
        level = None if column.kind is ColumnKind.YES_NO else value
        yield _facts(connection, has, column.name, level, binary=True)


def _facts(
    connection: duckdb.DuckDBPyConnection,
    trait: str,
    column: str,
    level: str | None,
    *,
    binary: bool = False,
) -> TraitFacts:
    rows = connection.execute(
        f"""WITH known AS (SELECT arm, y, CAST({trait} AS DOUBLE) AS x FROM {_FACTS}),
        paired AS (SELECT * FROM known WHERE x IS NOT NULL AND y IS NOT NULL),
        means AS (SELECT arm, avg(x) AS mx, avg(y) AS my FROM paired GROUP BY arm),
        away AS (SELECT arm, x, x - mx AS u, y - my AS v FROM paired JOIN means USING (arm))
        SELECT arm, count(*), sum(u * u), sum(u * v), sum(u * u * v * v), sum(u * u * u * v),
               sum(u * u * u * u), sum(x)
        FROM away GROUP BY arm ORDER BY arm"""
    ).fetchall()
    groups = tuple(TraitSums(str(arm), int(n), *map(float, sums)) for arm, n, *sums, _ in rows)
    held = int(sum(row[-1] for row in rows)) if binary else sum(group.n for group in groups)
    return TraitFacts(column, level, binary, held, groups)


def _why_none(column: Column) -> str:
    many = column.distinct > MOST_LEVELS
    return f"more than {MOST_LEVELS} different texts" if many else "the same for everybody"
