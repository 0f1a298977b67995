"""What every station works with: settings, the database, the clock, and one way to write."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar, cast

from core.models.approval import AuditEntry
from core.models.people import Person
from core.orchestrator.config import Settings
from core.orchestrator.logging_config import AUDIT_LOGGER
from core.storage import audit
from core.storage.database import Connection, Database

# What the product does by itself is recorded under this name, never under a person's.
SYSTEM = Person("system", frozenset(), verified=True)

_KEPT_S = 1.0

T = TypeVar("T")

_audit_log = logging.getLogger(AUDIT_LOGGER)


@dataclass(slots=True)
class Recent:
    """What was read within the last second: the messages of a run all ask for the same.

    A message may rest on what was true a second before it, as writing it takes longer than that.
    """

    clock: Callable[[], float]
    _found: dict[str, tuple[float, object]] = field(default_factory=dict)

    def get(self, name: str, read: Callable[[], T]) -> T:
        """What was read under this name, or is now."""
        at, known = self._found.get(name, (float("-inf"), None))
        if self.clock() - at <= _KEPT_S:
            return cast("T", known)
        found = read()
        self._found[name] = (self.clock(), found)
        return found

    def forget(self) -> None:
        """Read everything anew."""
        self._found.clear()


@dataclass(slots=True)
class Write:
    """One transaction by one person; what it records in the audit trail belongs to it."""

    connection: Connection
    by: Person
    at: datetime
    entries: list[AuditEntry] = field(default_factory=list)

    def record(self, action: str, subject: str, **detail: object) -> None:
        """Append to the audit trail within this transaction."""
        entry = audit.append(
            self.connection,
            at=self.at,
            actor=self.by.name,
            verified=self.by.verified,
            action=action,
            subject=subject,
            detail=detail,
        )
        self.entries.append(entry)


@dataclass(frozen=True, slots=True)
class Context:
    """Shared by all stations of one application."""

    settings: Settings
    database: Database
    now: Callable[[], datetime]
    kept: Recent | None = None

    def today(self) -> date:
        """The current day, in UTC."""
        return self.now().date()

    def recent(self, name: str, read: Callable[[], T]) -> T:
        """What a reading gives; in a run, what it gave a second ago at most."""
        return read() if self.kept is None else self.kept.get(name, read)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for looking only."""
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def write(self, by: Person, *, forced: bool = True) -> Iterator[Write]:
        """One transaction: all of it is stored and mirrored to the audit log, or nothing is.

        Only what a run can do again need not be `forced` to the disk at once.
        """
        with self.database.begin(forced=forced) as connection:
            write = Write(connection, by, self.now())
            yield write
        for entry in write.entries:
            _audit_log.info(_line(entry))

    def table(self, name: str) -> Path:
        """The path of a Parquet table of this workspace."""
        return self.settings.tables / f"{name}.parquet"


def _line(entry: AuditEntry) -> str:
    return json.dumps(
        {
            "sequence": entry.sequence,
            "at": entry.at.isoformat(),
            "actor": entry.actor,
            "verified": entry.verified,
            "action": entry.action,
            "subject": entry.subject,
            "detail": entry.detail,
            "previous": entry.previous,
            "hash": entry.hash,
        },
        ensure_ascii=False,
    )
