"""The second copy of the audit trail: a file of one line an entry, and a signed note of its end.

After each write the new entries are added to the file, then the note is replaced, both under one
lock and both on disk before anybody goes on. A process that dies in between leaves the file
behind the table; the next one adds what comes after the note. Only that: a line before the note
that is no longer there was taken out by somebody, stays out, and `audit_check` names it.
"""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Self

from filelock import FileLock, Timeout
from sqlalchemy import RowMapping

from core.errors import StorageUnavailable
from core.storage import audit, audit_note
from core.storage.audit_key import VARIABLE, AuditKey
from core.storage.audit_note import Head, Note, unusable
from core.storage.database import Database

logger = logging.getLogger(__name__)

_WAIT_S = 30
_LOOK_S = 0.002


@dataclass(frozen=True, slots=True)
class Place:
    """Where the log of a workspace and what belongs to it lie: the log apart from the rest."""

    logs: Path
    processed: Path

    @property
    def log(self) -> Path:
        """The file of one line an entry."""
        return self.logs / "safety_audit.log"

    @property
    def note(self) -> Path:
        """The signed note of where the file ends."""
        return self.processed / "audit_head.json"

    @property
    def key(self) -> Path:
        """The key, where the environment holds none."""
        return self.processed / "audit.key"

    @property
    def lock(self) -> Path:
        """What a process holds while it adds lines."""
        return self.processed / "audit.lock"


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The file, its note and the key of a workspace."""

    place: Place
    key: AuditKey

    @classmethod
    def opened(
        cls, database: Database, place: Place, environment: Mapping[str, str], now: datetime
    ) -> Self:
        """The log of a workspace, brought up to the table; made when there is none.

        Raises:
            StorageUnavailable: a file cannot be used, or the key that signed is gone.
            ConfigInvalid: the key is too short.
        """
        with _locked(place.lock):
            key = AuditKey.known(environment, place.key)
            if key is None:
                with database.read() as tx:
                    _refuse_lost(place, signed=audit.any_signed(tx))
                key = AuditKey.made(place.key)
        log = cls(place, key)
        log._begin(database, now)
        log.catch_up(database)
        return log

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody adds a line meanwhile.

        Raises:
            StorageUnavailable: another process has held the lock for 30 seconds.
        """
        with _locked(self.place.lock):
            yield

    def check_usable(self) -> None:
        """Nothing, when a line could be added.

        Raises:
            StorageUnavailable: the file cannot be written, so nothing may be decided.
        """
        try:
            self.place.log.parent.mkdir(parents=True, exist_ok=True)
            self.place.log.open("ab").close()
        except OSError as error:
            raise unusable(self.place.log, error) from error

    def catch_up(self, database: Database) -> None:
        """Add the entries that come after the note, each once; nothing where the note is unsound.

        Raises:
            StorageUnavailable: the file cannot be written.
        """
        with self.locked():
            note = self.note()
            if note.head is None:
                logger.error("the audit log was not continued: %s", note.problem)
                return
            with database.read() as tx:
                self._write(note.head, audit.rows(tx, after=note.head.sequence))

    def note(self) -> Note:
        """The signed note of where the file ends.

        Raises:
            StorageUnavailable: it cannot be read.
        """
        return audit_note.read(self.place.note, self.key)

    def _begin(self, database: Database, now: datetime) -> None:
        """Make file and note in a workspace that has neither; a log of before is put aside."""
        with self.locked():
            if self.place.note.exists():
                return
            with database.read() as tx:
                if audit.any_signed(tx):
                    return
                end = audit.last(tx)
            aside = self._put_aside()
            empty = Head(0, audit.GENESIS, 0, end.sequence if end else 0)
            audit_note.keep(self.place.note, empty, self.key)
        if aside is not None:
            self._record_aside(database, aside, now)

    def _put_aside(self) -> Path | None:
        try:
            if not self.place.log.exists() or self.place.log.stat().st_size == 0:
                return None
            free = (
                self.place.log.with_name(f"safety_audit.before-{n}.log") for n in range(1, 10_000)
            )
            aside = next(path for path in free if not path.exists())
            return self.place.log.rename(aside)
        except OSError as error:
            raise unusable(self.place.log, error) from error

    def _record_aside(self, database: Database, aside: Path, now: datetime) -> None:
        with aside.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with database.begin() as tx:
            audit.append(
                tx,
                at=now,
                actor="system",
                verified=True,
                action="begin the audit log anew",
                subject=self.place.log.name,
                detail={"kept_as": aside.name, "sha256": digest},
                key=self.key,
            )

    def _write(self, head: Head, rows: Iterable[RowMapping]) -> None:
        self.check_usable()
        try:
            with self.place.log.open("r+b") as file:
                now = _continued(file, head, rows)
                if now == head:
                    return
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise unusable(self.place.log, error) from error
        audit_note.keep(self.place.note, now, self.key)


def _continued(file: IO[bytes], head: Head, rows: Iterable[RowMapping]) -> Head:
    """The head after the rows were added where the note says that the file ends.

    What a process that died has already written there is kept; anything else that stands there
    is kept too, for `audit_check` to find, and the rows come after it.
    """
    end = file.seek(0, os.SEEK_END)
    place, now = head.size, head
    for row in rows:
        text = audit.line(row)
        there = _read_at(file, place, len(text)) if place < end else b""
        if place > end or there != text[: len(there)]:
            place, there = _on_a_new_line(file, end), b""
        file.seek(place + len(there))
        file.write(text[len(there) :])
        place += len(text)
        end = max(end, place)
        now = Head(row["sequence"], row["hash"], place, head.unsigned)
    return now


def _read_at(file: IO[bytes], place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


def _on_a_new_line(file: IO[bytes], end: int) -> int:
    if end == 0 or _read_at(file, end - 1, 1) == b"\n":
        return end
    file.seek(end)
    file.write(b"\n")
    return end + 1


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = FileLock(path, timeout=_WAIT_S, poll_interval=_LOOK_S)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise StorageUnavailable(
            f"The audit log is in use by another process ({path}); try again in a minute."
        ) from error
    except OSError as error:
        raise unusable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _refuse_lost(place: Place, *, signed: bool) -> None:
    if signed or place.note.exists():
        raise StorageUnavailable(
            f"The audit key {place.key} is gone, and entries of the audit trail are signed with "
            f"it; restore the file from a backup, or set {VARIABLE} to what it held."
        )
