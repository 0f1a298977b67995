"""One thread of this process writes to an SQLite file at a time; the others wait for it in line.

SQLite itself makes who finds the file locked sleep, up to a tenth of a second, and try again: with
thirty threads at work a message waited a quarter of a second for each of its writes. Other
processes still meet SQLite's own lock.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

_WAIT_S = 30.0
_WRITING = ("BEGIN", "INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER", "DROP")


def _line(path: str) -> threading.Lock:
    return _lines(os.path.abspath(path))  # noqa: PTH100 - not where a link leads to


@cache
def _lines(path: str) -> threading.Lock:
    """The line before a file; a path always has the same one."""
    del path
    return threading.Lock()


@contextmanager
def writing_to(path: str | None) -> Iterator[None]:
    """This thread's turn to write to a file; at once where there is none.

    Raises:
        sqlite3.OperationalError: another thread has been writing for half a minute.
    """
    with nullcontext() if path is None else _turn(path):
        yield


@contextmanager
def _turn(path: str) -> Iterator[None]:
    _wait(path)
    try:
        yield
    finally:
        _line(path).release()


def _wait(path: str) -> None:
    if not _line(path).acquire(timeout=_WAIT_S):
        raise sqlite3.OperationalError("database is locked by another thread")


class PoliteConnection(sqlite3.Connection):
    """A connection that waits for its turn before its first write, until it commits or gives up.

    For a library that opens its own; what it writes a run can do again, so it is not forced to
    the disk at each step.
    """

    def __init__(self, database: str, **options: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(database, **options)
        self.path = str(database)
        self.has_turn = False
        self.execute("PRAGMA synchronous = NORMAL")

    def cursor(self, factory: Any = None) -> Any:  # noqa: ANN401 - as in the class above
        """A cursor that waits."""
        return super().cursor(factory or _PoliteCursor)

    def take_turn(self) -> None:
        """Wait for it, unless it is ours already."""
        if not self.has_turn:
            _wait(self.path)
            self.has_turn = True

    def give_turn(self) -> None:
        """Let the next one write."""
        if self.has_turn:
            self.has_turn = False
            _line(self.path).release()

    def commit(self) -> None:
        """Commit; the turn is over."""
        super().commit()
        self.give_turn()

    def rollback(self) -> None:
        """Undo; the turn is over."""
        try:
            super().rollback()
        finally:
            self.give_turn()

    def close(self) -> None:
        """Close; the turn is over."""
        try:
            super().close()
        finally:
            self.give_turn()


class _PoliteCursor(sqlite3.Cursor):
    connection: PoliteConnection

    def execute(self, sql: str, parameters: Any = (), /) -> "_PoliteCursor":  # noqa: ANN401
        """Execute, after waiting when this is what begins a write."""
        if sql.lstrip()[:7].upper().startswith(_WRITING):
            self.connection.take_turn()
        try:
            super().execute(sql, parameters)
        finally:
            if not self.connection.in_transaction:
                self.connection.give_turn()
        return self

    def executemany(self, sql: str, parameters: Any, /) -> "_PoliteCursor":  # noqa: ANN401
        """The same for many rows."""
        self.connection.take_turn()
        try:
            super().executemany(sql, parameters)
        finally:
            if not self.connection.in_transaction:
                self.connection.give_turn()
        return self
