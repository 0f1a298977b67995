"""The database of a workspace: opened, brought to the right version, read and written.

One write transaction runs at a time, on SQLite (`BEGIN IMMEDIATE`) as on PostgreSQL (an advisory
lock), so a rule checked inside one holds until it commits. Keep them short: no model call, no
file, no second `begin` inside.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, make_url, select
from sqlalchemy import exc as sa
from sqlalchemy.engine import URL

from core.errors import ConfigInvalid, OrchestratorError, StorageUnavailable
from core.storage import compacting, migrations
from core.storage.codec import canonical
from core.storage.one_writer import PoliteConnection, writing_to

# `Connection` too: what is outside of storage hands it on without knowing SQLAlchemy.
__all__ = ["Connection", "Database", "queue_engine", "unless_taken"]

_WAIT_S = 30
_WAL_PAUSE_S = 0.05
_LOCK = 0x43504F  # "CPO"; any number no other product on the server is likely to use

_WRITE = {
    "sqlite": ("PRAGMA query_only = OFF", "PRAGMA synchronous = FULL", "BEGIN IMMEDIATE"),
    "postgresql": (
        f"SET LOCAL lock_timeout = '{_WAIT_S}s'",
        f"SELECT pg_advisory_xact_lock({_LOCK})",
    ),
}
# A killed process loses nothing of this either; a power cut may take the last of it, in order.
_QUICK = "PRAGMA synchronous = NORMAL"
_QUICK_WRITE = {
    "sqlite": ("PRAGMA query_only = OFF", _QUICK, "BEGIN IMMEDIATE"),
    "postgresql": ("SET LOCAL synchronous_commit = off", *_WRITE["postgresql"]),
}
# A row that only its owner writes need not wait for the one write transaction.
_ASIDE = {**_QUICK_WRITE, "postgresql": ("SET LOCAL synchronous_commit = off",)}
# As many as may wait for the one that writes; SQLAlchemy's own limit is fifteen.
_SQLITE_POOL = {"pool_size": 16, "max_overflow": 48}
_COMPACT = {"sqlite": ("PRAGMA query_only = OFF",), "postgresql": ()}
_READ = {
    "sqlite": ("PRAGMA query_only = ON", "BEGIN"),
    "postgresql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",),
}

_ADVICE = (
    ("locked", "another program has been writing to it; try again in a minute"),
    ("lock timeout", "another program has been writing to it; try again in a minute"),
    ("no such table", "it has not been prepared; start the product once, or run `doctor`"),
    ("not a database", "the file is damaged; restore a backup or choose another workspace"),
    ("malformed", "the file is damaged; restore a backup or choose another workspace"),
    ("full", "the disk is full; make room and try again"),
    ("readonly", "give yourself the right to write to it, or choose another workspace"),
    ("unable to open", "give yourself the right to write to it, or choose another workspace"),
    ("", "check that the database is reachable and that CPO_DATABASE_URL is right"),
)


@dataclass(frozen=True, slots=True)
class Database:
    """The state of one workspace; safe to share between threads."""

    url: str = field(repr=False)
    place: str
    _engine: Engine = field(repr=False)

    @classmethod
    def open(cls, url: str) -> Self:
        """The database at `sqlite:///FILE` or `postgresql+psycopg://…`; SQLite's is created.

        Raises:
            ConfigInvalid: the URL is of another kind.
            StorageUnavailable: the folder, the file or the server cannot be used.
        """
        parsed = _parsed(url)
        full = parsed.render_as_string(hide_password=False)
        if parsed.get_backend_name() == "sqlite":
            place = str(parsed.database)
            _usable(Path(place))
            engine = create_engine(
                parsed,
                json_serializer=canonical,
                connect_args={"timeout": _WAIT_S},
                **_SQLITE_POOL,
            )
            event.listen(engine, "connect", _prepare_sqlite)
        else:
            place = parsed.render_as_string()
            waiting = {} if "connect_timeout" in parsed.query else {"connect_timeout": 10}
            engine = create_engine(
                parsed, json_serializer=canonical, connect_args=waiting, pool_pre_ping=True
            )
        database = cls(full, place, engine)
        with database.read() as tx:
            tx.execute(select(1))
        return database

    def migrate(self) -> None:
        """Bring the tables to the version of this code; nothing when they are.

        Raises:
            StorageUnavailable: a newer version of this product made the database.
        """
        with self.read() as tx:
            if migrations.ready(tx):
                return
        # Alembic takes half a second to load and is needed once in the life of a version.
        from core.storage.migrations.upgrade import upgrade  # noqa: PLC0415

        with self.begin() as tx:
            upgrade(tx, self.place)

    @contextmanager
    def begin(self, *, forced: bool = True) -> Iterator[Connection]:
        """The one write transaction: committed at the end, undone by any exception.

        What people did is `forced` to the disk before this returns. What a run can do again is
        not: it outlives the process at once, and a power cut a moment later.

        Raises:
            StorageUnavailable: the database cannot be written, or was busy for 30 seconds.
        """
        opening = _WRITE if forced else _QUICK_WRITE
        with self._opened(opening, one_at_a_time=True) as tx:
            yield tx
            tx.commit()

    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """A small write beside the one write transaction, where the engine can do both.

        Only for rows with one owner, about which no rule has to hold; not forced to the disk.

        Raises:
            StorageUnavailable: the database cannot be written.
        """
        with self._opened(_ASIDE, one_at_a_time=True) as tx:
            yield tx
            tx.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view that nobody's writing disturbs; writing through it fails.

        Raises:
            StorageUnavailable: the database cannot be read.
        """
        with self._opened(_READ) as tx:
            yield tx

    def compact(self, tables: Sequence[str]) -> None:
        """Leave nothing of what was deleted in the files of these tables (`compacting`).

        Raises:
            StorageUnavailable: somebody is reading or writing them all the time.
        """
        with self._opened(_COMPACT, one_at_a_time=True) as tx:
            if not compacting.written_anew(tx, tables):
                raise StorageUnavailable(compacting.IN_USE.format(self.place))

    def close(self) -> None:
        """Give up every connection."""
        self._engine.dispose()

    @contextmanager
    def _opened(
        self, opening: Mapping[str, tuple[str, ...]], *, one_at_a_time: bool = False
    ) -> Iterator[Connection]:
        sqlite = one_at_a_time and self._engine.dialect.name == "sqlite"
        try:
            with writing_to(self.place if sqlite else None), self._engine.connect() as tx:
                for statement in opening[tx.dialect.name]:
                    tx.exec_driver_sql(statement)
                yield tx
        except (sa.DatabaseError, sa.TimeoutError, sqlite3.OperationalError) as error:
            if not _is_outage(error):
                raise
            why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            advice = next(a for needle, a in _ADVICE if needle in why.lower())
            raise StorageUnavailable(
                f"The database {self.place} cannot be used ({why}): {advice}."
            ) from error


def queue_engine(url: str, at_once: int) -> dict[str, Any]:
    """How the library that carries out runs has to connect to the same database.

    A small PostgreSQL server allows few connections, which all processes share: no more than the
    work at once needs, and a few for the library itself.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return {"connect_args": {"factory": PoliteConnection}}
    return {"connect_args": {}, "pool_size": at_once + 4, "max_overflow": 0}


@contextmanager
def unless_taken(refusal: OrchestratorError) -> Iterator[None]:
    """Turn "there is already such a row" into the refusal; the transaction must then be left."""
    try:
        yield
    except sa.IntegrityError as error:
        if getattr(error.orig, "sqlstate", "") != "23505" and getattr(
            error.orig, "sqlite_errorname", ""
        ) not in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}:
            raise
        raise refusal from error


def _is_outage(error: Exception) -> bool:
    # A broken rule of the tables or a wrong statement is our mistake, not the database's.
    ours = (sa.IntegrityError, sa.ProgrammingError, sa.DataError, sa.NotSupportedError)
    return not isinstance(error, ours)


def _parsed(url: str) -> URL:
    wanted = "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
    try:
        parsed = make_url(url)
    except (sa.ArgumentError, ValueError) as error:
        raise ConfigInvalid(f"CPO_DATABASE_URL is no database URL; write {wanted}.") from error
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    file = parsed.drivername == "sqlite" and parsed.database not in {None, "", ":memory:"}
    if not file and parsed.drivername != "postgresql+psycopg":
        raise ConfigInvalid(
            f"CPO_DATABASE_URL names '{parsed.drivername}', which keeps no state here; "
            f"write {wanted}."
        )
    return parsed


def _usable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnavailable(
            f"The folder {path.parent} cannot be made ({error.strerror}); "
            "choose a workspace you may write to."
        ) from error
    _permitted(path.parent, os.R_OK | os.W_OK | os.X_OK)
    if path.is_dir():
        raise StorageUnavailable(f"{path} is a folder; move it away or choose another workspace.")
    if path.exists():
        _permitted(path, os.R_OK | os.W_OK)


def _permitted(path: Path, wanted: int) -> None:
    if not os.access(path, wanted):
        raise StorageUnavailable(
            f"{path} may not be read and written by you; change its permissions or choose "
            "another workspace."
        )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Transactions are begun in so many words; the driver's own would come too late for IMMEDIATE.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    _use_wal(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on, which SQLite refuses at once while another process does.

    Unlike every other statement this change does not wait for the busy time-out.
    """
    for _ in range(int(_WAIT_S / _WAL_PAUSE_S)):
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(_WAL_PAUSE_S)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
