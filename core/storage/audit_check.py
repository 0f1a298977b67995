"""Whether the audit trail is whole: table, log and signed note compared entry by entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from sqlalchemy import Connection, RowMapping

from core.errors import StorageUnavailable
from core.storage import audit
from core.storage.audit import End
from core.storage.audit_log import AuditLog
from core.storage.audit_note import Head, Note

TABLE = "table audit"
TABLE_END = "table audit_head"


@dataclass(frozen=True, slots=True)
class Chain:
    """What checking the trail came to: how many entries hold, and the first that does not.

    `place` is the table or file with the first bad row, `line` its line there where it is a log,
    `last_hash` the hash of the last entry that holds: who notes it with the number outside of
    this machine can ask later whether that entry is still the same.
    """

    entries: int
    first_bad: int | None
    problem: str
    place: str = ""
    line: int | None = None
    last_hash: str = audit.GENESIS

    @property
    def intact(self) -> bool:
        """Whether every entry holds and none is missing, in the table as in the log."""
        return self.first_bad is None


def verify(tx: Connection, log: AuditLog, *, noted: End | None = None) -> Chain:
    """The state of the whole trail; `noted` is an entry as somebody wrote it down before.

    An entry that was changed, removed, added or exchanged is named by its number, with the table
    or the line of the log in which it is wrong. Reads as much at a time as one page of rows.

    Raises:
        StorageUnavailable: the table, the log or the note cannot be read.
    """
    with log.locked():
        # The first question fixes what this connection sees; later entries are not our matter.
        end, note = audit.noted_end(tx), log.note()
        try:
            size = log.place.log.stat().st_size
        except FileNotFoundError:
            size = 0
        except OSError as error:
            raise _unreadable(log, error) from error
    try:
        with _opened(log, size) as file:
            walk = _Walk(log, note, noted, _Lines(file, size))
            return walk.through(tx, end)
    except OSError as error:
        raise _unreadable(log, error) from error


@dataclass(slots=True)
class _Lines:
    """The log, line by line, up to the size it had when the check began."""

    file: IO[bytes] | None
    left: int
    number: int = 0

    def next(self, expected: int) -> bytes:
        """The next line; of one that is much longer than expected only the beginning."""
        if self.file is None or self.left <= 0:
            return b""
        text = self.file.readline(min(self.left, expected + 1))
        self.left -= len(text)
        self.number += bool(text)
        return text


@dataclass(slots=True)
class _Walk:
    """One way through table and log, side by side."""

    log: AuditLog
    note: Note
    noted: End | None
    lines: _Lines
    count: int = 0
    previous: str = audit.GENESIS

    def through(self, tx: Connection, end: End | None) -> Chain:
        """What the walk comes to."""
        for row in audit.rows(tx):
            problem = self._row(row)
            if problem:
                return self._bad(min(int(row["sequence"]), self.count + 1), problem, TABLE)
            problem = self._line(row)
            if problem:
                return self._bad(self.count + 1, problem, self._log_name, self.count + 1)
            self.previous, self.count = row["hash"], self.count + 1
        return self._ending(end)

    def _row(self, row: RowMapping) -> str:
        """What is wrong with a row of the table, or nothing."""
        sequence, expected = row["sequence"], self.count + 1
        if sequence > expected:
            return f"Entry {expected} is missing."
        if sequence < expected:
            return f"Entry {sequence} does not belong to the trail."
        return self._content(row) or self._as_noted(row)

    def _content(self, row: RowMapping) -> str:
        sequence = row["sequence"]
        if row["hash"] != audit.digest(row):
            return f"Entry {sequence} is not what was written."
        if row["previous"] != self.previous:
            before = f"entry {sequence - 1}" if sequence > 1 else "the beginning"
            return f"Entry {sequence} does not follow from {before}: one of the two was replaced."
        if not self._is_signed(row):
            return f"Entry {sequence} does not bear the signature of the audit key."
        return ""

    def _is_signed(self, row: RowMapping) -> bool:
        if row["mac"] is None:
            older = self._head.unsigned if self._head else row["sequence"]
            return bool(row["sequence"] <= older)
        return self.log.key.holds(audit.ENTRY, row["hash"], row["mac"])

    def _as_noted(self, row: RowMapping) -> str:
        sequence, head = row["sequence"], self._head
        if head is not None and sequence == head.sequence and row["hash"] != head.hash:
            return f"Entry {sequence} is not the one in the signed note {self._note_name}."
        noted = self.noted
        if noted is not None and sequence == noted.sequence and row["hash"] != noted.hash:
            return f"Entry {sequence} is not the one that was noted outside."
        return ""

    def _line(self, row: RowMapping) -> str:
        """What is wrong with the line of the log that belongs to a row, or nothing."""
        expected = audit.line(row)
        line = self.lines.next(len(expected))
        if line == expected:
            return ""
        # After the note an entry may wait to be written, or have been written in part.
        pending = self._head is not None and row["sequence"] > self._head.sequence
        if pending and self.lines.left == 0 and expected.startswith(line):
            return ""
        sequence = row["sequence"]
        if self.lines.left == 0 and expected.startswith(line):
            return f"Entry {sequence} is missing; the end of the log was cut off."
        return f"The line is not entry {sequence} as it stands in the table."

    def _ending(self, end: End | None) -> Chain:
        """What the walk comes to when every row that is there holds."""
        cut_off = self._cut_off(end)
        if cut_off:
            return self._bad(self.count + 1, cut_off, TABLE)
        if self.lines.left > 0:
            words = "The line was added from outside: no entry belongs to it."
            return self._bad(self.count + 1, words, self._log_name, self.lines.number + 1)
        wrong = self._wrong_end(end)
        if wrong:
            return self._bad(self.count, wrong, TABLE_END)
        if self._head is None:
            return self._bad(max(self.count, 1), self.note.problem, self._note_name)
        return Chain(self.count, None, "", last_hash=self.previous)

    def _cut_off(self, end: End | None) -> str:
        ends = ((end, TABLE_END), (self._head, self._note_name), (self.noted, "your own note"))
        for known, place in ends:
            if known is not None and known.sequence > self.count:
                missing = f"Entry {self.count + 1} is missing; the end was cut off"
                return f"{missing}: {place} knows {known.sequence} entries."
        return ""

    def _wrong_end(self, end: End | None) -> str:
        if end is None:
            removed = f"The record that entry {self.count} is the last was removed."
            return removed if self.count > 0 else ""
        if end.sequence < self.count:
            return f"It says that entry {end.sequence} is the last, and {self.count} is."
        if end.hash != self.previous:
            return f"It says another hash of entry {self.count} than the entry has."
        return ""

    def _bad(self, sequence: int, problem: str, place: str, line: int | None = None) -> Chain:
        return Chain(self.count, sequence, problem, place, line, self.previous)

    @property
    def _head(self) -> Head | None:
        return self.note.head

    @property
    def _log_name(self) -> str:
        return f"{self.log.place.logs.name}/{self.log.place.log.name}"

    @property
    def _note_name(self) -> str:
        return self.log.place.note.name


@contextmanager
def _opened(log: AuditLog, size: int) -> Iterator[IO[bytes] | None]:
    if size == 0:
        yield None
        return
    with log.place.log.open("rb") as file:
        yield file


def _unreadable(log: AuditLog, error: OSError) -> StorageUnavailable:
    return StorageUnavailable(
        f"{log.place.log} cannot be read ({error.strerror}), so the audit trail cannot be "
        "checked; give yourself the right to read it."
    )
