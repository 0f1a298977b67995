"""A first look at a customer file: how it is read, its first rows, and what its columns may be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from core.models.customer_file import Choices, FileLook, Reading, Transactions
from core.models.customers import Column, ColumnKind
from core.storage.column_kinds import Typed, kinds
from core.storage.column_roles import described
from core.storage.column_words import guessed_amounts, guessed_order, id_likeness
from core.storage.customer_rows import asked_of
from core.storage.duck import bounded, identifier, session
from core.storage.source_file import SOURCE, SourceFile, read_source

SAMPLE = 20_000
"""How many rows are looked at."""

PREVIEW = 20
"""How many rows are shown."""

_CELL_CHARACTERS = 200
_LOOKED = "looked"
_REPEATING = 0.8
_UNIQUE = 0.999


def look(path: Path, reading: Reading, folder: Path) -> FileLook:
    """What the first rows of a file tell; temporary files go to `folder`.

    Raises:
        FileInvalid: the file cannot be read as a table.
    """
    with (
        TemporaryDirectory(dir=folder) as workspace,
        session(threads=None) as connection,
    ):
        bounded(connection, Path(workspace))
        source = read_source(connection, path, Path(workspace), reading, most=SAMPLE)
        fields = {name: source.field(name) for name in source.columns}
        typed = kinds(connection, SOURCE, asked_of(source, fields, Choices(reading)))
        columns = _columns(connection, typed)
        likely = _likely_id(connection, source)
        return FileLook(
            form=source.form,
            reading=source.reading,
            columns=columns,
            rows=_first_rows(connection, source),
            likely_id=likely,
            transactions=_transactions(connection, source, columns, likely),
            sheets=source.sheets,
            notes=(*source.notes, *(t.note for t in typed.values() if t.note)),
        )


def _columns(
    connection: duckdb.DuckDBPyConnection, typed: Mapping[str, Typed]
) -> tuple[Column, ...]:
    values = ", ".join(f"{each.sql} AS {identifier(name)}" for name, each in typed.items())
    connection.execute(f"CREATE TABLE {_LOOKED} AS SELECT {values} FROM {SOURCE}")
    found = described(connection, _LOOKED, {name: t.kind for name, t in typed.items()}, {})
    # Ranges and counts of a part of the file would be taken for those of all of it.
    return tuple(replace(c, missing=0, distinct=0, minimum=None, maximum=None) for c in found)


def _first_rows(
    connection: duckdb.DuckDBPyConnection, source: SourceFile
) -> tuple[tuple[str, ...], ...]:
    cells = ", ".join(
        f"coalesce(c{i}, '')[:{_CELL_CHARACTERS}]" for i in range(len(source.columns))
    )
    rows = connection.execute(
        f"SELECT {cells} FROM {SOURCE} ORDER BY row LIMIT {PREVIEW}"
    ).fetchall()
    return tuple(tuple(row) for row in rows)


def _likely_id(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> str | None:
    """The column whose name says so; of several the one with most values, of none a unique one."""
    shares = _different(connection, source)
    best = max(
        source.columns,
        key=lambda name: (id_likeness(name), shares[name], -source.columns.index(name)),
    )
    if id_likeness(best):
        return best
    if source.reading.header is False:
        return source.columns[0]
    return best if shares[best] >= _UNIQUE and source.rows > PREVIEW else None


def _different(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> dict[str, float]:
    counts = ", ".join(f"count(DISTINCT c{i})" for i in range(len(source.columns)))
    found = connection.execute(f"SELECT {counts} FROM {SOURCE}").fetchall()[0]
    rows = max(source.rows, 1)
    return {name: each / rows for name, each in zip(source.columns, found, strict=True)}


def _transactions(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    columns: Sequence[Column],
    likely_id: str | None,
) -> Transactions | None:
    """The columns of purchases, when customers come again and again with a date and an amount."""
    if likely_id is None:
        return None
    field = source.field(likely_id)
    there, different = connection.execute(
        f"SELECT count({field}), count(DISTINCT {field}) FROM {SOURCE}"
    ).fetchall()[0]
    dates = [c.name for c in columns if c.kind is ColumnKind.DATE and c.in_rules]
    numbers = [c.name for c in columns if c.kind is ColumnKind.NUMBER and c.name != likely_id]
    if not dates or not there or different > _REPEATING * there:
        return None
    amounts = guessed_amounts(numbers)
    if amounts is None and source.reading.header is False:
        broken = [n for n in numbers if _has_fractions(connection, n)]
        amounts = {"amount": broken[-1]} if broken else None
    if amounts is None:
        return None
    others = [c.name for c in columns if c.name not in {likely_id, dates[0], *amounts.values()}]
    return Transactions(date=dates[0], order=guessed_order(others), **amounts)


def _has_fractions(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    column = identifier(name)
    found = connection.execute(
        f"SELECT coalesce(bool_or({column} <> floor({column})), false) FROM {_LOOKED}"
    ).fetchall()[0][0]
    return bool(found)
