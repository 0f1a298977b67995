"""A customer's rows in Parquet tables: found by mark, and rewritten without them.

A table is found by its columns and not by its name, so that a new kind of table is covered: every
Parquet file with a column of customers belongs to it.
"""

import os
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import StorageUnavailable
from core.frames import CUSTOMER_ID
from core.storage.duck import (
    column_names,
    copy_parquet,
    identifier,
    literal,
    looking,
    number,
    parquet,
    session,
    sha256_of,
)
from core.storage.suppression_tokens import token_sql

UNFINISHED = ".erasing-"
"""What stands in the name of a table that is being rewritten; such a file may always go."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Customers by their marks under the secret of a workspace.

    Where the one customer's `name` is known as well, no hash of every other id is needed.
    """

    secret: str
    marks: tuple[str, ...]
    name: str = ""

    def matches(self, text: str) -> str:
        """SQL for whether an id is one of theirs; a table `wanted` has the marks."""
        if not self.name:
            return f"{token_sql(self.secret, text)} IN (SELECT mark FROM wanted)"
        same = self.name.strip().lower().removesuffix(".0")
        spelled = {self.name.strip().lower(), *({same, f"{same}.0"} if same.isdigit() else ())}
        return f"lower(trim({text})) IN ({', '.join(map(literal, sorted(spelled)))})"


@dataclass(frozen=True, slots=True)
class Held:
    """A table that holds rows of the customers: how many, and how their ids are spelled."""

    path: Path
    rows: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Staged:
    """A table rewritten beside the old one; `replace` puts it in its place.

    `moved` tells a table that somebody else has replaced since.
    """

    path: Path
    fresh: Path
    rows: int
    before: str
    after: str
    stamp: tuple[int, int, int]

    @property
    def moved(self) -> bool:
        """Whether the table is another one than the one that was read."""
        return not self.path.exists() or _stamp(self.path) != self.stamp

    def replace(self) -> None:
        """Put the new table in the place of the old one."""
        self.fresh.chmod(0o644)
        self.fresh.replace(self.path)

    def discard(self) -> None:
        """Remove what was written."""
        self.fresh.unlink(missing_ok=True)


def customer_columns(path: Path) -> tuple[str, ...]:
    """The columns of a Parquet file that name a customer; none where it was removed meanwhile."""
    try:
        with looking() as connection:
            return _of_customers(connection, path)
    except StorageUnavailable:
        if path.exists():
            raise
        return ()


def holding(paths: Iterable[Path], wanted: Marks) -> tuple[Held, ...]:
    """The tables that hold rows of these customers, by their marks, on every core."""
    found = (_held(path, wanted) for path in paths)
    return tuple(held for held in found if held.rows)


def still_holding(paths: Iterable[Path], ids: Collection[str]) -> bool:
    """Whether a table holds one of these ids as they are spelled; quicker than by mark."""
    if not ids:
        return False
    return any(_still(path, ids) for path in paths)


def staged(held: Held) -> Staged:
    """The table without these customers, every other row and column as it was, in order."""
    path = held.path
    stamp = _stamp(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}{UNFINISHED}", dir=path.parent)
    os.close(handle)
    fresh = Path(name)
    with session() as connection:
        columns = _of_customers(connection, path)
        kept = f"SELECT * FROM {parquet(path)} WHERE NOT ({_any_of(columns, held.ids)})"
        after = copy_parquet(connection, kept, fresh)
    return Staged(path, fresh, held.rows, sha256_of(path), after, stamp)


def leftovers(folder: Path) -> tuple[Path, ...]:
    """What an interrupted rewriting has left; nothing refers to it."""
    return tuple(folder.rglob(f".*{UNFINISHED}*"))


def places(path: Path, ids: Sequence[str], column: str) -> tuple[str, ...]:
    """The values of another column in the rows of these customers, each once."""
    with looking() as connection:
        columns = _of_customers(connection, path)
        rows = connection.execute(
            f"SELECT DISTINCT {identifier(column)} FROM {parquet(path)} "
            f"WHERE {_any_of(columns, ids)} ORDER BY 1"
        ).fetchall()
    return tuple(str(row[0]) for row in rows)


def _held(path: Path, wanted: Marks) -> Held:
    rows: dict[str, int] = {}
    try:
        with looking(threads=None) as connection:
            marks = [list(wanted.marks)]
            connection.execute("CREATE TEMP TABLE wanted AS SELECT unnest($1) AS mark", marks)
            for column in _of_customers(connection, path):
                text = f"CAST({identifier(column)} AS VARCHAR)"
                rows |= dict(
                    connection.execute(
                        f"SELECT {text}, count(*) FROM {parquet(path)} "
                        f"WHERE {wanted.matches(text)} GROUP BY 1"
                    ).fetchall()
                )
    except StorageUnavailable:
        # What is made ready elsewhere may be put in its place, or given up, at any moment.
        if path.exists():
            raise
        return Held(path, 0, ())
    return Held(path, sum(rows.values()), tuple(sorted(rows)))


def _still(path: Path, ids: Collection[str]) -> bool:
    columns = customer_columns(path)
    if not columns:
        return False
    try:
        with looking(threads=None) as connection:
            asked = f"SELECT count(*) FROM {parquet(path)} WHERE {_any_of(columns, ids)}"
            return number(connection, asked) > 0
    except StorageUnavailable:
        if path.exists():
            raise
        return False


def _of_customers(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, ...]:
    names = column_names(connection, parquet(path))
    return tuple(name for name in names if name.casefold().endswith(CUSTOMER_ID))


def _any_of(columns: Sequence[str], ids: Collection[str]) -> str:
    """SQL for whether a row is of one of these customers; never null."""
    listed = ", ".join(literal(each) for each in sorted(ids)) or "NULL"
    tests = [
        f"coalesce(CAST({identifier(column)} AS VARCHAR) IN ({listed}), false)"
        for column in columns
    ]
    return " OR ".join(tests) or "false"


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
