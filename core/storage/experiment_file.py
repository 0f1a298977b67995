"""The outcome file of an experiment, opened for questions: CSV, Parquet or a SELECT."""

import glob
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, FileInvalid
from core.storage.duck import literal, looking, session

PARQUET_MAGIC = b"PAR1"
LINE = re.compile(r"Line: (\d+)")
CSV_OPTIONS = "header = true, sample_size = -1"


@dataclass(frozen=True, slots=True)
class ExperimentSource:
    """A table DuckDB can read, the types of its columns, and the number of a row in it."""

    connection: duckdb.DuckDBPyConnection
    table: str
    types: Mapping[str, str]
    row_number: str

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """The rows of a query; only ever aggregates.

        Raises:
            BadInput: a value in the data cannot be computed with.
        """
        try:
            return self.connection.execute(query).fetchall()
        except duckdb.Error as error:
            raise BadInput(f"The data cannot be computed with: {_first_line(error)}") from error

    def arrays(self, query: str) -> dict[str, NDArray[np.float64]]:
        """The columns of a query of doubles, NaN for null.

        Raises:
            BadInput: a value in the data cannot be computed with.
        """
        try:
            found = self.connection.execute(query).fetchnumpy()
        except duckdb.Error as error:
            raise BadInput(f"The data cannot be computed with: {_first_line(error)}") from error
        columns = {name: np.ma.asarray(column, dtype=np.float64) for name, column in found.items()}
        return {name: np.asarray(column.filled(np.nan)) for name, column in columns.items()}


@contextmanager
def opened_file(path: Path, *, text_columns: Collection[str] = ()) -> Iterator[ExperimentSource]:
    """A CSV (also compressed) or Parquet file, open until the block ends.

    Args:
        path: the file.
        text_columns: columns of a CSV to be read as they are written, such as ids and arms.

    Raises:
        FileInvalid: there is no such file, or it is not a table with a header and rows.
    """
    _refuse_strange(path)
    with session(threads=None) as connection:
        try:
            source = _opened(connection, path, text_columns)
        except duckdb.Error as error:
            raise _unreadable(path, error) from error
        if not source.rows(f"SELECT 1 FROM {source.table} LIMIT 1"):
            raise FileInvalid(path, "there are no rows in this file.")
        yield source


@contextmanager
def opened_select(select: str) -> Iterator[ExperimentSource]:
    """The result of a SELECT of ours, over Parquet files of the workspace, as a table."""
    with looking(threads=None) as connection:
        # Read more than once, and joined: kept, so that the join is made once.
        connection.execute(f"CREATE TEMP TABLE experiment AS {select}")
        yield ExperimentSource(connection, "experiment", _types(connection, "experiment"), "rowid")


def _opened(
    connection: duckdb.DuckDBPyConnection, path: Path, text_columns: Collection[str]
) -> ExperimentSource:
    # A path with brackets or stars would otherwise be read as a pattern.
    name = literal(glob.escape(str(path)))
    with path.open("rb") as file:
        columnar = file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
        if columnar or path.suffix.lower() == ".parquet":
            types = _types(connection, f"read_parquet({name})")
            table = f"read_parquet({name}, file_row_number = true)"
            return ExperimentSource(connection, table, types, "file_row_number")
    header = _types(connection, f"read_csv({name}, {CSV_OPTIONS})")
    as_text = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in header if c in text_columns)
    options = f"{CSV_OPTIONS}, types = {{{as_text}}}" if as_text else CSV_OPTIONS
    connection.execute(f"CREATE TEMP TABLE experiment AS FROM read_csv({name}, {options})")
    return ExperimentSource(connection, "experiment", _types(connection, "experiment"), "rowid")


def _types(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    described = connection.execute(f"DESCRIBE FROM {table}").fetchall()
    return {str(row[0]): str(row[1]) for row in described}


def _refuse_strange(path: Path) -> None:
    if path.is_dir():
        raise FileInvalid(path, "this is a folder; name a file.")
    try:
        if path.stat().st_size == 0:
            raise FileInvalid(path, "the file is empty.")
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise FileInvalid(path, f"there is no such file in {path.parent.resolve()}.") from error
    except OSError as error:
        raise FileInvalid(path, f"the file cannot be read ({error.strerror}).") from error


def _unreadable(path: Path, error: duckdb.Error) -> FileInvalid:
    found = LINE.search(str(error))
    line = None if found is None else int(found.group(1))
    if "utf-8" in str(error):
        return FileInvalid(path, "the text is not UTF-8; save the file as UTF-8.", line=line)
    return FileInvalid(path, f"this is no table ({_first_line(error)}).", line=line)


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0].strip()
