"""What every station works with: settings, the database, the clock, and one way to write."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar, cast

from core.errors import StorageUnavailable
from core.models.approval import AuditEntry
from core.models.people import Person
from core.models.policy import PolicyMark
from core.orchestrator.config import Settings
from core.orchestrator.logging_config import without_personal_data
from core.orchestrator.policy import Policy, policy_of, texts_sha256
from core.orchestrator.tracking import Tracking
from core.protocols.telemetry import SILENT, Telemetry
from core.storage import audit, policies
from core.storage.audit_log import AuditLog
from core.storage.codec import plain
from core.storage.database import Connection, Database

logger = logging.getLogger(__name__)

# What the product does by itself is recorded under this name, never under a person's.
SYSTEM = Person("system", frozenset(), verified=True)

_KEPT_S = 1.0

T = TypeVar("T")


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
    log: AuditLog
    entries: list[AuditEntry] = field(default_factory=list)

    def record(self, action: str, subject: str, **detail: object) -> None:
        """Append to the audit trail within this transaction.

        The trail is for good, so what people type is written without e-mail addresses and phone
        numbers; a customer is named by token only (`customer_tokens`).

        Raises:
            StorageUnavailable: the audit log cannot be written, so nothing may be recorded.
        """
        if not self.entries:
            self.log.check_usable()
        entry = audit.append(
            self.connection,
            at=self.at,
            actor=self.by.name,
            verified=self.by.verified,
            action=action,
            subject=without_personal_data(subject),
            detail={name: _impersonal(plain(value)) for name, value in detail.items()},
            key=self.log.key,
        )
        self.entries.append(entry)


@dataclass(slots=True)
class KnownPolicies:
    """Policies that were read before, by number and hash: a version never changes."""

    _known: dict[PolicyMark, Policy] = field(default_factory=dict)

    def in_force(self, connection: Connection, settings: Settings) -> Policy:
        """The newest version; which one it is, is asked each time."""
        mark = policies.newest(connection)
        if mark is None:
            raise StorageUnavailable(
                "This workspace has no content policy yet; start the product once, or run `doctor`."
            )
        known = self._known.get(mark)
        if known is None:
            texts = policies.version(connection, mark.number).texts
            if texts_sha256(texts) != mark.sha256:
                raise StorageUnavailable(
                    f"Version {mark.number} of the content policy was changed from outside; "
                    "restore the database from a backup."
                )
            known = policy_of(texts, settings.beside_policy, number=mark.number)
            self._known[mark] = known
        return known


@dataclass(frozen=True, slots=True)
class Context:
    """Shared by all stations of one application."""

    settings: Settings
    database: Database
    now: Callable[[], datetime]
    audit_log: AuditLog
    kept: Recent | None = None
    policies: KnownPolicies = field(default_factory=KnownPolicies)
    telemetry: Telemetry = SILENT
    tracking: Tracking | None = None

    def policy(self, connection: Connection | None = None) -> Policy:
        """The content policy in force at this moment, in the caller's view of the database.

        Raises:
            StorageUnavailable: it cannot be read; then nothing can be checked.
        """
        if connection is not None:
            return self.policies.in_force(connection, self.settings)
        with self.read() as looking:
            return self.policies.in_force(looking, self.settings)

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

        Raises:
            StorageUnavailable: the database cannot be written, or there is something to record
                and the audit log cannot.
        """
        with self.database.begin(forced=forced) as connection:
            write = Write(connection, by, self.now(), self.audit_log)
            yield write
        if write.entries:
            self._mirror()

    def _mirror(self) -> None:
        try:
            self.audit_log.catch_up(self.database)
        except StorageUnavailable as error:
            # What was asked is done and recorded; the next write or start adds the line.
            logger.error("the audit log is behind the table: %s", error)  # noqa: TRY400

    def table(self, name: str) -> Path:
        """The path of a Parquet table of this workspace."""
        return self.settings.tables / f"{name}.parquet"


def _impersonal(value: object) -> object:
    if isinstance(value, str):
        return without_personal_data(value)
    if isinstance(value, dict):
        return {name: _impersonal(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_impersonal(item) for item in value]
    return value
