"""A table somebody gave us, read as text into DuckDB: its columns, rows and broken lines."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from core.errors import FileInvalid
from core.models.customers import RejectedRow
from core.storage.broken_lines import lines
from core.storage.clean_text import clean_text
from core.storage.duck import identifier, literal, number

SOURCE = "source"
"""The table the rows are in: `row`, from 0 in file order, and columns c0, c1, ... as text.

There are no spaces around a text, and nothing is null.
"""

MAX_COLUMNS = 1_000
"""The most columns a file may have."""

_SPACES = " \t\n\u00a0"
_DELIMITERS = ",;\t|"
_SAMPLE_CHARACTERS = 1 << 18
_SAMPLE_RECORDS = 50
_MAX_ROW_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What was read: the names of the columns, the broken lines, and where each row stands.

    `listed` holds the first broken lines in full; `line_of` gives the line of a row.
    """

    path: Path
    columns: tuple[str, ...]
    rows: int
    line_of: Callable[[int], int]
    broken: int = 0
    listed: tuple[RejectedRow, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """Every row of the file, whether it could be read or not."""
        return self.rows + self.broken

    def field(self, column: str) -> str:
        """The name of a column in the table of rows."""
        return f"c{self.columns.index(column)}"


def read_source(connection: duckdb.DuckDBPyConnection, path: Path, workspace: Path) -> SourceFile:
    """A CSV, TSV or Parquet file as the table `source`; temporary files go to `workspace`.

    Raises:
        FileInvalid: there is no such file, or it is not a table with a header and rows.
    """
    try:
        _refuse_strange(path)
        with path.open("rb") as file:
            columnar = file.read(4) == b"PAR1"
        found = (_read_parquet if columnar else _read_text)(connection, path, workspace)
    except OSError as error:
        raise FileInvalid(path, f"the file cannot be read ({error.strerror}).") from error
    except duckdb.Error as error:
        first = str(error).splitlines()[0].replace(str(workspace), "")
        raise FileInvalid(path, f"the file cannot be read as a table ({first}).") from error
    if not found.read:
        raise FileInvalid(path, "there is a header but no rows under it.")
    return found


def _refuse_strange(path: Path) -> None:
    if path.is_dir():
        raise FileInvalid(path, "this is a folder; name a file.")
    if not path.exists():
        raise FileInvalid(path, f"there is no such file in {path.parent}.")
    if not path.is_file():
        raise FileInvalid(path, "this is not an ordinary file.")


def _read_parquet(connection: duckdb.DuckDBPyConnection, path: Path, workspace: Path) -> SourceFile:
    # A link of our own making: no brackets or stars that could be taken for a pattern.
    link = workspace / "source.parquet"
    link.symlink_to(path.resolve())
    table = f"read_parquet({literal(str(link))})"
    names = [row[0] for row in connection.execute(f"DESCRIBE FROM {table}").fetchall()]
    columns = _named(path, names)
    texts = [
        f"{_trimmed(f'CAST({identifier(name)} AS VARCHAR)')} AS c{i}"
        for i, name in enumerate(names)
    ]
    numbered = ", ".join(["row_number() OVER () - 1 AS row", *texts])
    connection.execute(f"CREATE TABLE {SOURCE} AS SELECT {numbered} FROM {table}")
    rows = number(connection, f"SELECT count(*) FROM {SOURCE}")
    return SourceFile(path, columns, rows, lambda row: row + 2)


def _read_text(connection: duckdb.DuckDBPyConnection, path: Path, workspace: Path) -> SourceFile:
    text = clean_text(path, workspace / "source.csv")
    dialect = _dialect(path, text.path)
    columns = _named(path, dialect.header)
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(columns)))
    texts = ", ".join(f"{_trimmed(f'c{i}')} AS c{i}" for i in range(len(columns)))
    # A blank line is nothing; in a file of one column it would read as a missing value.
    blank = "WHERE c0 IS NOT NULL" if len(columns) == 1 else ""
    connection.execute(
        f"CREATE TABLE {SOURCE} AS SELECT row_number() OVER () - 2 AS row, {texts} "
        f"FROM read_csv({literal(str(text.path))}, delim = {literal(dialect.delimiter)}, "
        f"quote = '\"', escape = '\"', header = false, auto_detect = false, "
        f"columns = {{{types}}}, new_line = '\\n', max_line_size = {_MAX_ROW_BYTES}, "
        f"strict_mode = true, null_padding = false, store_rejects = true) {blank}"
    )
    _take_header(connection, path, dialect.header)
    found = lines(connection, text, dialect.delimiter, fields=len(columns))
    rows = number(connection, f"SELECT count(*) FROM {SOURCE}")
    notes = () if text.note is None else (text.note,)
    return SourceFile(path, columns, rows, found.of, len(found.broken), found.listed, notes)


def _trimmed(field: str) -> str:
    # Most values hold no space at all; asking first is six times faster than trimming.
    spaced = " OR ".join(f"contains({field}, {literal(space)})" for space in _SPACES)
    trimmed = f"trim({field}, {literal(_SPACES)})"
    return f"nullif(CASE WHEN {spaced} THEN {trimmed} ELSE {field} END, '')"


def _take_header(connection: duckdb.DuckDBPyConnection, path: Path, header: list[str]) -> None:
    """Removes the header from the rows, where it was read as the first."""
    first = connection.execute(f"SELECT * EXCLUDE row FROM {SOURCE} WHERE row = -1").fetchall()
    wanted = [name.strip(_SPACES) for name in header]
    if not first or [value or "" for value in first[0]] != wanted:
        raise FileInvalid(path, "the header is not well formed; check its quotation marks.", line=1)
    connection.execute(f"DELETE FROM {SOURCE} WHERE row = -1")


@dataclass(frozen=True, slots=True)
class _Dialect:
    delimiter: str
    header: list[str]
    score: float


def _dialect(path: Path, text: Path) -> _Dialect:
    """The delimiter with which most of the first records have as many fields as the header."""
    with text.open(encoding="utf-8", newline="\n") as file:
        sample = file.read(_SAMPLE_CHARACTERS)
    if not sample.strip():
        raise FileInvalid(path, "the file is empty.")
    order = "\t" + _DELIMITERS if path.suffix.lower() == ".tsv" else _DELIMITERS
    return max((_as_delimited(path, sample, mark) for mark in order), key=lambda d: d.score)


def _as_delimited(path: Path, sample: str, delimiter: str) -> _Dialect:
    reader = csv.reader(io.StringIO(sample, newline="\n"), delimiter=delimiter)
    try:
        records = list(islice(filter(None, reader), _SAMPLE_RECORDS))
    except csv.Error as error:
        raise FileInvalid(path, f"a field is too long ({error}).", line=reader.line_num) from error
    header, *rows = records
    agreeing = sum(len(row) == len(header) for row in rows) / max(len(rows), 1)
    score = agreeing + min(len(header), 100) / 1_000 if len(header) > 1 else 0.0
    return _Dialect(delimiter, header, score)


def _named(path: Path, names: list[str]) -> tuple[str, ...]:
    """The column names on one line each; a nameless one is named by its place."""
    columns = tuple(" ".join(n.split()) or f"column_{i + 1}" for i, n in enumerate(names))
    if len(columns) > MAX_COLUMNS:
        raise FileInvalid(
            path, f"there are {len(columns):,} columns; at most {MAX_COLUMNS:,} can be read."
        )
    folded = [name.casefold() for name in columns]
    twice = sorted({n for n, f in zip(columns, folded, strict=True) if folded.count(f) > 1})
    if twice:
        raise FileInvalid(
            path, f"the header names a column twice ({', '.join(twice)}); rename one.", line=1
        )
    return columns
