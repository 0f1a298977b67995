"""The audit trail: append-only, each entry bound to the one before it by a hash."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from core.errors import StorageUnavailable
from core.models.approval import AuditEntry
from core.storage.codec import canonical, plain, utc
from core.storage.schema import AUDIT, AUDIT_HEAD

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""

_HASHED = ("sequence", "at", "actor", "verified", "action", "subject", "detail", "previous")
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Chain:
    """What checking the trail came to: how many entries hold, and the first that does not."""

    entries: int
    first_bad: int | None
    problem: str

    @property
    def intact(self) -> bool:
        """Whether every entry holds and none is missing."""
        return self.first_bad is None


def append(  # noqa: PLR0913 - an entry has this many parts
    tx: Connection,
    *,
    at: datetime,
    actor: str,
    verified: bool,
    action: str,
    subject: str,
    detail: Mapping[str, object],
) -> AuditEntry:
    """The entry as written, the next of the trail.

    Raises:
        TypeError: the time has no zone, or the detail holds what JSON has no word for.
    """
    head = _head(tx) or _last(tx)
    parts: dict[str, object] = {
        "sequence": (head.sequence if head else 0) + 1,
        "at": str(plain(at)),
        "actor": actor,
        "verified": verified,
        "action": action,
        "subject": subject,
        "detail": canonical(detail),
        "previous": head.hash if head else GENESIS,
    }
    row = parts | {"hash": _digest(parts)}
    tx.execute(insert(AUDIT).values(row))
    last = {"sequence": row["sequence"], "hash": row["hash"]}
    known = tx.execute(update(AUDIT_HEAD).values(last))
    if known.rowcount == 0:
        tx.execute(insert(AUDIT_HEAD).values(only=1, **last))
    return _entry(row)


def entries(
    tx: Connection, *, limit: int, action: str | None = None, subject: str | None = None
) -> tuple[AuditEntry, ...]:
    """The last entries, newest first, of one action or subject where one is named.

    Raises:
        StorageUnavailable: an entry was changed from outside and cannot be read.
    """
    wanted = select(AUDIT).order_by(AUDIT.c.sequence.desc()).limit(limit)
    if action is not None:
        wanted = wanted.where(AUDIT.c.action == action)
    if subject is not None:
        wanted = wanted.where(AUDIT.c.subject == subject)
    return tuple(_entry(row) for row in tx.execute(wanted).mappings())


def digest(entry: AuditEntry) -> str:
    """The hash an entry must carry: SHA-256 of the canonical JSON of all its other parts."""
    return _digest({part: getattr(entry, part) for part in _HASHED} | {"at": plain(entry.at)})


def verify(tx: Connection) -> Chain:
    """The state of the whole trail, read entry by entry.

    An entry that was changed, removed, added or exchanged is named by its number. Somebody who
    rewrites an entry with its hash is found at the entry after it, which names both.
    """
    previous, count = GENESIS, 0
    for row in _rows(tx):
        problem = _problem(row, count + 1, previous)
        if problem:
            return Chain(count, min(int(row["sequence"]), count + 1), problem)
        previous, count = row["hash"], count + 1
    return _ending(_head(tx), count, previous)


@dataclass(frozen=True, slots=True)
class _Head:
    sequence: int
    hash: str


def _head(tx: Connection) -> _Head | None:
    row = tx.execute(select(AUDIT_HEAD.c.sequence, AUDIT_HEAD.c.hash)).one_or_none()
    return None if row is None else _Head(row.sequence, row.hash)


def _last(tx: Connection) -> _Head | None:
    wanted = select(AUDIT.c.sequence, AUDIT.c.hash).order_by(AUDIT.c.sequence.desc()).limit(1)
    row = tx.execute(wanted).one_or_none()
    return None if row is None else _Head(row.sequence, row.hash)


def _rows(tx: Connection) -> Iterator[RowMapping]:
    wanted = select(AUDIT).order_by(AUDIT.c.sequence)
    with tx.execute(wanted, execution_options={"yield_per": _PAGE}) as result:
        yield from result.mappings()


def _problem(row: RowMapping, expected: int, previous: str) -> str:
    sequence = row["sequence"]
    if sequence > expected:
        return f"Entry {expected} is missing."
    if sequence < expected:
        return f"Entry {sequence} does not belong to the trail."
    if row["hash"] != _digest({part: row[part] for part in _HASHED}):
        return f"Entry {sequence} is not what was written."
    if row["previous"] != previous:
        before = f"entry {sequence - 1}" if sequence > 1 else "the beginning"
        return f"Entry {sequence} does not follow from {before}: one of the two was replaced."
    return ""


def _ending(head: _Head | None, count: int, last: str) -> Chain:
    if head is None and count > 0:
        return Chain(count - 1, count, f"The record that entry {count} is the last was removed.")
    end = head or _Head(0, GENESIS)
    if end.sequence > count:
        return Chain(count, count + 1, f"Entry {count + 1} is missing; the end was cut off.")
    if end.sequence < count:
        stray = end.sequence + 1
        return Chain(end.sequence, stray, f"Entry {stray} was added from outside.")
    if end.hash != last:
        return Chain(count - 1, count, f"Entry {count} is not what was written.")
    return Chain(count, None, "")


def _digest(parts: Mapping[str, object]) -> str:
    # `repr` only ever meets what somebody put into a row from outside, such as bytes.
    text = json.dumps(
        dict(parts), sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=repr
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _entry(row: Mapping[str, object] | RowMapping) -> AuditEntry:
    try:
        return AuditEntry(**dict(row) | {"at": utc(datetime.fromisoformat(str(row["at"])))})
    except (TypeError, ValueError) as error:
        raise StorageUnavailable(
            f"Entry {row['sequence']} of the audit trail cannot be read ({error}); "
            "run `audit verify`."
        ) from error
