"""The audit trail: append-only, each entry bound to the one before it by a hash, and signed."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Integer, RowMapping, Select, insert, select, type_coerce, update

from core.errors import StorageUnavailable
from core.models.approval import AuditEntry
from core.storage.audit_key import AuditKey
from core.storage.codec import canonical, plain, utc
from core.storage.schema import AUDIT, AUDIT_HEAD

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""

ENTRY = "entry"
"""The kind of signature an entry bears."""

_HASHED = ("sequence", "at", "actor", "verified", "action", "subject", "detail", "previous")
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries somebody asks for; None means any. `before` is a number, for paging."""

    action: str | None = None
    actor: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class End:
    """Where the trail ends: the number of its last entry, and its hash."""

    sequence: int
    hash: str


def append(  # noqa: PLR0913 - an entry has this many parts
    tx: Connection,
    *,
    at: datetime,
    actor: str,
    verified: bool,
    action: str,
    subject: str,
    detail: Mapping[str, object],
    key: AuditKey,
) -> AuditEntry:
    """The entry as written, the next of the trail.

    Raises:
        TypeError: the time has no zone, or the detail holds what JSON has no word for.
    """
    # After the higher of the two: a row or a note that somebody took away leaves a gap.
    known_ends = [end for end in (noted_end(tx), last(tx)) if end is not None]
    end = max(known_ends, key=lambda known: known.sequence, default=End(0, GENESIS))
    parts: dict[str, object] = {
        "sequence": end.sequence + 1,
        "at": str(plain(at)),
        "actor": actor,
        "verified": verified,
        "action": action,
        "subject": subject,
        "detail": canonical(detail),
        "previous": end.hash,
    }
    made = digest(parts)
    row = parts | {"hash": made, "mac": key.signed(ENTRY, made)}
    tx.execute(insert(AUDIT).values(row))
    now = {"sequence": row["sequence"], "hash": made}
    known = tx.execute(update(AUDIT_HEAD).values(now))
    if known.rowcount == 0:
        tx.execute(insert(AUDIT_HEAD).values(only=1, **now))
    return _entry(row)


def entries(tx: Connection, *, limit: int, wanted: Wanted = EVERYTHING) -> tuple[AuditEntry, ...]:
    """The last entries that are wanted, newest first.

    Raises:
        StorageUnavailable: an entry was changed from outside and cannot be read.
    """
    chosen = _chosen(select(AUDIT), wanted).order_by(AUDIT.c.sequence.desc()).limit(limit)
    return tuple(_entry(row) for row in tx.execute(chosen).mappings())


def actions(tx: Connection) -> tuple[str, ...]:
    """Every action there is an entry of, sorted."""
    return tuple(tx.execute(select(AUDIT.c.action).distinct().order_by(AUDIT.c.action)).scalars())


def actors(tx: Connection) -> tuple[str, ...]:
    """Everybody there is an entry of, sorted."""
    return tuple(tx.execute(select(AUDIT.c.actor).distinct().order_by(AUDIT.c.actor)).scalars())


def noted_end(tx: Connection) -> End | None:
    """The end as the table beside the trail notes it, or None where it notes nothing."""
    noted = select(AUDIT_HEAD.c.sequence, AUDIT_HEAD.c.hash).order_by(AUDIT_HEAD.c.only)
    row = tx.execute(noted).first()
    if row is None:
        return None
    # SQLite lets anybody put a word where a number belongs.
    return End(row.sequence if isinstance(row.sequence, int) else 0, str(row.hash))


def last(tx: Connection) -> End | None:
    """The last entry there is, or None in an empty trail."""
    newest = select(AUDIT.c.sequence, AUDIT.c.hash).order_by(AUDIT.c.sequence.desc()).limit(1)
    row = tx.execute(newest).one_or_none()
    return None if row is None else End(row.sequence, row.hash)


def any_signed(tx: Connection) -> bool:
    """Whether some entry bears a signature."""
    signed = select(AUDIT.c.sequence).where(AUDIT.c.mac.is_not(None)).limit(1)
    return tx.execute(signed).first() is not None


def rows(tx: Connection, *, after: int | None = None) -> Iterator[RowMapping]:
    """The stored rows in order, as they are, whatever somebody made of them; a page at a time."""
    # As a number: SQLite would show any other number in this column as "true".
    exact = [type_coerce(c, Integer) if c is AUDIT.c.verified else c for c in AUDIT.c]
    wanted = select(*(column.label(c.name) for column, c in zip(exact, AUDIT.c, strict=True)))
    if after is not None:
        wanted = wanted.where(AUDIT.c.sequence > after)
    ordered = wanted.order_by(AUDIT.c.sequence)
    with _as_it_is(tx), tx.execute(ordered, execution_options={"yield_per": _PAGE}) as result:
        yield from result.mappings()


def digest(parts: Mapping[str, object] | RowMapping) -> str:
    """The hash an entry must carry: SHA-256 of the canonical JSON of all its other parts."""
    # `repr` only ever meets what somebody put into a row from outside, such as bytes.
    text = json.dumps(
        {part: _exact(part, parts[part]) for part in _HASHED},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        default=repr,
    )
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def line(row: Mapping[str, object] | RowMapping) -> bytes:
    """A row as its line of the log: one JSON object, with the hash and the signature."""
    said = {part: _exact(part, row[part]) for part in (*_HASHED, "hash")}
    if row["mac"] is not None:
        said["mac"] = row["mac"]
    text = json.dumps(said, ensure_ascii=False, default=repr) + "\n"
    return text.encode(errors="surrogateescape")


@contextmanager
def _as_it_is(tx: Connection) -> Iterator[None]:
    """Text that is no UTF-8 is read all the same, so that its row can be named."""
    raw: object = tx.connection.dbapi_connection
    if not isinstance(raw, sqlite3.Connection):
        yield
        return
    before = raw.text_factory
    raw.text_factory = lambda text: text.decode(errors="surrogateescape")
    try:
        yield
    finally:
        raw.text_factory = before


def _exact(part: str, value: object) -> object:
    return bool(value) if part == "verified" and value in (0, 1) else value


def _chosen(query: Select[tuple[object, ...]], wanted: Wanted) -> Select[tuple[object, ...]]:
    # Times are text of one form in UTC, so their order is that of the letters.
    conditions = (
        (wanted.action, AUDIT.c.action == wanted.action),
        (wanted.actor, AUDIT.c.actor == wanted.actor),
        (wanted.subject, AUDIT.c.subject == wanted.subject),
        (wanted.since, AUDIT.c.at >= (str(plain(wanted.since)) if wanted.since else "")),
        (wanted.until, AUDIT.c.at < (str(plain(wanted.until)) if wanted.until else "")),
        (wanted.before, AUDIT.c.sequence < (wanted.before or 0)),
    )
    return query.where(*(condition for asked, condition in conditions if asked is not None))


def _entry(row: Mapping[str, object] | RowMapping) -> AuditEntry:
    try:
        return AuditEntry(**dict(row) | {"at": utc(datetime.fromisoformat(str(row["at"])))})
    except (TypeError, ValueError) as error:
        raise StorageUnavailable(
            f"Entry {row['sequence']} of the audit trail cannot be read ({error}); "
            "run `audit verify`."
        ) from error
