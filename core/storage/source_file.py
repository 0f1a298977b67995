"""A table somebody gave us, read as text into DuckDB: its columns, rows and broken lines."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from core.errors import FileInvalid
from core.models.customer_file import Reading
from core.models.customers import RejectedRow
from core.storage import workbook
from core.storage.broken_lines import Lines, lines
from core.storage.clean_text import CleanText, clean_text
from core.storage.dialect import SPACES, dialect
from core.storage.duck import identifier, literal, number
from core.storage.unpacked import MAGIC as GZIP
from core.storage.unpacked import unpacked

SOURCE = "source"
"""The table the rows are in: `row`, from 0 in file order, and columns c0, c1, ... as text.

There are no spaces around a text, and nothing is null.
"""

MAX_COLUMNS = 1_000
"""The most columns a file may have."""

AS_FOUND = Reading()
"""Everything about how a file is to be read is found out."""

_MAX_ROW_BYTES = 2_000_000
_NESTED = re.compile(r"\[|STRUCT|MAP|UNION")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What was read: the names of the columns, the broken lines, and where each row stands.

    `listed` holds the first broken lines in full; `line_of` gives the line of a row, and has to be
    asked for the first time before the temporary files are gone. `reading` is how it was read.
    """

    path: Path
    columns: tuple[str, ...]
    rows: int
    line_of: Callable[[int], int]
    broken: int = 0
    listed: tuple[RejectedRow, ...] = ()
    notes: tuple[str, ...] = ()
    form: str = "Text table"
    reading: Reading = Reading()
    sheets: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """Every row of the file, whether it could be read or not."""
        return self.rows + self.broken

    def field(self, column: str) -> str:
        """The name of a column in the table of rows."""
        return f"c{self.columns.index(column)}"


def read_source(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    workspace: Path,
    reading: Reading = AS_FOUND,
    *,
    most: int | None = None,
) -> SourceFile:
    """A text table, Parquet file or workbook as the table `source`; also packed with gzip.

    Temporary files go to `workspace`. With `most`, only so many rows are read of it.

    Raises:
        FileInvalid: there is no such file, or it is not a table with a header and rows.
    """
    limit = "" if most is None else f"LIMIT {most}"
    try:
        _refuse_strange(path)
        given = _Given(path, path, workspace, limit)
        if _magic(path).startswith(GZIP):
            given = _Given(path, unpacked(path, workspace / "source.unpacked"), workspace, limit)
        found = _read(connection, given, reading)
    except OSError as error:
        raise FileInvalid(path, f"the file cannot be read ({error.strerror}).") from error
    except duckdb.Error as error:
        first = str(error).splitlines()[0].replace(str(workspace), "")
        raise FileInvalid(path, f"the file cannot be read as a table ({first}).") from error
    except FileInvalid as error:
        # It was said of the unpacked file, whose name nobody knows.
        raise _renamed(error, path) from error
    if not found.read:
        raise FileInvalid(path, "there is a header but no rows under it.")
    return found


@dataclass(frozen=True, slots=True)
class _Given:
    """The file somebody gave us, where its content is now, and the limit of rows as SQL."""

    named: Path
    path: Path
    workspace: Path
    limit: str


def _renamed(error: FileInvalid, path: Path) -> FileInvalid:
    if error.path == path:
        return error
    problem = str(error).removeprefix(error.path.name)
    return FileInvalid(path, problem.partition(": ")[2], line=error.line)


def _read(connection: duckdb.DuckDBPyConnection, given: _Given, reading: Reading) -> SourceFile:
    magic = _magic(given.path)
    if magic.startswith(b"PAR1"):
        return _read_parquet(connection, given)
    if magic.startswith(GZIP):
        raise FileInvalid(given.path, "this is a gzip file inside another; unpack it first.")
    if magic.startswith((workbook.ZIP, workbook.OLD)):
        return _read_workbook(connection, given, reading)
    text = clean_text(given.path, given.workspace / "source.csv", reading.encoding)
    return _read_text(connection, given, text, reading)


def _magic(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _refuse_strange(path: Path) -> None:
    if path.is_dir():
        raise FileInvalid(path, "this is a folder; name a file.")
    if not path.exists():
        raise FileInvalid(path, f"there is no such file in {path.parent}.")
    if not path.is_file():
        raise FileInvalid(path, "this is not an ordinary file.")


def _read_parquet(connection: duckdb.DuckDBPyConnection, given: _Given) -> SourceFile:
    # A link of our own making: no brackets or stars that could be taken for a pattern.
    link = given.workspace / "source.parquet"
    link.symlink_to(given.path.resolve())
    table = f"read_parquet({literal(str(link))})"
    described = connection.execute(f"DESCRIBE FROM {table}").fetchall()
    columns = _named(given.path, [row[0] for row in described])
    texts = [
        f"{_trimmed(f'CAST({identifier(row[0])} AS VARCHAR)')} AS c{i}"
        for i, row in enumerate(described)
    ]
    numbered = ", ".join(["row_number() OVER () - 1 AS row", *texts])
    connection.execute(f"CREATE TABLE {SOURCE} AS SELECT {numbered} FROM {table} {given.limit}")
    rows = number(connection, f"SELECT count(*) FROM {SOURCE}")
    nested = [c for c, row in zip(columns, described, strict=True) if _NESTED.search(row[1])]
    notes = [f"{name} holds lists or groups of values; they are kept as text." for name in nested]
    return SourceFile(
        given.named, columns, rows, lambda row: row + 2, notes=tuple(notes), form="Parquet"
    )


def _read_workbook(
    connection: duckdb.DuckDBPyConnection, given: _Given, reading: Reading
) -> SourceFile:
    sheet = workbook.read_workbook(given.path, given.workspace / "source.csv", reading.sheet)
    found = _read_text(connection, given, sheet.text, replace(reading, delimiter=","))
    notes = list(found.notes)
    if len(sheet.names) > 1 and reading.sheet is None:
        notes.insert(0, f"Of {len(sheet.names)} sheets, '{sheet.name}' was read.")
    return replace(
        found,
        notes=tuple(notes),
        form="Excel workbook",
        reading=Reading(decimal=reading.decimal, sheet=sheet.name, header=found.reading.header),
        sheets=sheet.names,
    )


def _read_text(
    connection: duckdb.DuckDBPyConnection, given: _Given, text: CleanText, reading: Reading
) -> SourceFile:
    layout = dialect(given.path, text, reading)
    delimiter = "\t" if layout.delimiter == " " else layout.delimiter
    columns = _named(given.path, layout.names)
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(columns)))
    texts = ", ".join(f"{_trimmed(f'c{i}')} AS c{i}" for i in range(len(columns)))
    # A blank line is nothing; in a file of one column it would read as a missing value.
    blank = "WHERE c0 IS NOT NULL" if len(columns) == 1 else ""
    above = int(layout.header)
    connection.execute(
        f"CREATE TABLE {SOURCE} AS SELECT row_number() OVER () - {1 + above} AS row, {texts} "
        f"FROM read_csv({literal(str(layout.text.path))}, delim = {literal(delimiter)}, "
        f"quote = '\"', escape = '\"', header = false, auto_detect = false, "
        f"columns = {{{types}}}, new_line = '\\n', max_line_size = {_MAX_ROW_BYTES}, "
        f"strict_mode = true, null_padding = false, store_rejects = true) {blank} {given.limit}"
    )
    if layout.header:
        _take_header(connection, given.path, layout.fields)
    if given.limit:  # of a first look nobody wants to know the lines
        found = Lines(lambda: (above,), (), ())
    else:
        found = lines(connection, layout.text, delimiter, fields=len(columns), header=layout.header)
    return SourceFile(
        given.named,
        columns,
        number(connection, f"SELECT count(*) FROM {SOURCE}"),
        found.of,
        len(found.broken),
        found.listed,
        (*text.notes, *layout.notes),
        reading=Reading(layout.delimiter, _shown(text), reading.decimal, header=layout.header),
    )


def _shown(text: CleanText) -> str | None:
    """The encoding as a person may choose it."""
    alike = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}
    return alike.get(text.encoding or "", text.encoding)


def _trimmed(field: str) -> str:
    # Most values hold no space at all; asking first is six times faster than trimming.
    spaced = " OR ".join(f"contains({field}, {literal(space)})" for space in SPACES)
    trimmed = f"trim({field}, {literal(SPACES)})"
    return f"nullif(CASE WHEN {spaced} THEN {trimmed} ELSE {field} END, '')"


def _take_header(connection: duckdb.DuckDBPyConnection, path: Path, header: Sequence[str]) -> None:
    """Removes the header from the rows, where it was read as the first."""
    first = connection.execute(f"SELECT * EXCLUDE row FROM {SOURCE} WHERE row = -1").fetchall()
    wanted = [name.strip(SPACES) for name in header]
    if not first or [value or "" for value in first[0]] != wanted:
        raise FileInvalid(path, "the header is not well formed; check its quotation marks.", line=1)
    connection.execute(f"DELETE FROM {SOURCE} WHERE row = -1")


def _named(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    """The column names on one line each; a nameless one is named by its place."""
    columns = tuple(" ".join(n.split()) or f"column_{i + 1}" for i, n in enumerate(names))
    if len(columns) > MAX_COLUMNS:
        raise FileInvalid(
            path, f"there are {len(columns):,} columns; at most {MAX_COLUMNS:,} can be read."
        )
    folded = [name.casefold() for name in columns]
    counts = Counter(folded)
    twice = sorted({n for n, f in zip(columns, folded, strict=True) if counts[f] > 1})
    if twice:
        raise FileInvalid(
            path,
            f"the header names a column twice ({', '.join(twice[:5])}); rename one.",
            line=1,
        )
    return columns
