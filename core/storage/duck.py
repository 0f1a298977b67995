"""DuckDB over Parquet: connections, safe quoting, and files written whole or not at all."""

import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb

from core.errors import StorageUnavailable

_SHARED_LOCK = threading.Lock()
_MEMORY = "1GB"
_REPLACED = re.compile(r"TProtocolException|don't know what type")
_GLOB = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # Files change, and their names would be kept for as long as the process lives.
    "enable_external_file_cache": "false",
}


@contextmanager
def session(*, threads: int | None = 1) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to an empty database in memory, to make tables in and to set; see `looking`.

    Args:
        threads: how many it takes; None for every core. With one, the order of rows, of sums and
            of bytes is the same every time.

    Raises:
        StorageUnavailable: DuckDB could not read or write a file of the workspace.
    """
    with _closing(duckdb.connect(config=_settings(threads))) as connection:
        yield connection


@contextmanager
def looking(*, threads: int | None = 1) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for questions, which makes temporary tables only and sets nothing.

    An empty database takes 12 ms to open, a question of a message 1 ms: these share one. What is
    temporary is seen by its own connection alone, and is gone with it.

    Args:
        threads: as for `session`.

    Raises:
        StorageUnavailable: DuckDB could not read a file of the workspace.
    """
    with _SHARED_LOCK:
        connection = _shared(threads).cursor()
    with _closing(connection):
        yield connection


@cache
def _shared(threads: int | None) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config=_settings(threads))


def _settings(threads: int | None) -> dict[str, str | bool | int | float | list[str]]:
    return _SETTINGS if threads is None else {**_SETTINGS, "threads": str(threads)}


@contextmanager
def _closing(
    connection: duckdb.DuckDBPyConnection,
) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        yield connection
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        first = str(error).splitlines()[0]
        raise StorageUnavailable(f"The tables of the workspace cannot be used: {first}") from error
    except duckdb.Error as error:
        # DuckDB opens a file twice; another one may have taken its place in between.
        if type(error) is duckdb.Error and _REPLACED.search(str(error)):
            raise StorageUnavailable(
                "A table was written anew while it was read; try again."
            ) from error
        raise
    finally:
        connection.close()


def identifier(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def mapping(values: Mapping[str, str], of: str, otherwise: str = "NULL") -> str:
    """SQL that replaces each value of an expression by another text."""
    if not values:
        return otherwise
    whens = " ".join(f"WHEN {literal(k)} THEN {literal(v)}" for k, v in values.items())
    return f"CASE {of} {whens} ELSE {otherwise} END"


def parquet(path: Path, *, numbered: bool = False) -> str:
    """A Parquet file as a table; `numbered` adds file_row_number, from 0.

    Raises:
        StorageUnavailable: there is no such file.
    """
    flag = ", file_row_number = true" if numbered else ""
    # A path with brackets or stars would otherwise be read as a pattern.
    return f"read_parquet({literal(str(present(path)).translate(_GLOB))}{flag})"


def present(path: Path) -> Path:
    """The file of a table that has to be there.

    Raises:
        StorageUnavailable: there is no such file.
    """
    if not path.is_file():
        raise StorageUnavailable(
            f"The table {path.name} is missing from the workspace; restore it from a backup."
        )
    return path


def column_names(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[str, ...]:
    """The columns of a table or of a file read as one."""
    return tuple(row[0] for row in connection.execute(f"DESCRIBE FROM {table}").fetchall())


def number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one whole number a query gives."""
    return int(connection.execute(query).fetchall()[0][0])


def copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path, options: str) -> None:
    """Writes the rows of a query to a file, which appears whole or not at all.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    with replacing(path) as unfinished:
        connection.execute(f"COPY ({query}) TO {literal(str(unfinished))} ({options})")


def copy_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> str:
    """Writes the rows of a query as Parquet and gives the SHA-256 of the file.

    The same rows give the same bytes when the connection has one thread.
    """
    copy(connection, query, path, "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880")
    return sha256_of(path)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place when nothing went wrong.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise StorageUnavailable(f"Cannot write to {path.parent}: {error.strerror}.") from error
    unfinished = Path(name)
    try:
        yield unfinished
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except OSError as error:
        raise StorageUnavailable(f"Cannot write {path}: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal.

    Raises:
        StorageUnavailable: the file is missing or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageUnavailable(f"Cannot read {path}: {error.strerror}.") from error


def bounded(connection: duckdb.DuckDBPyConnection, workspace: Path) -> None:
    """Keeps the memory of a connection within a gigabyte; more goes to files in `workspace`."""
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    connection.execute(f"SET temp_directory = {literal(str(workspace / 'source.spill'))}")
