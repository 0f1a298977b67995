"""Trails to check, and how somebody with a connection of their own would change them."""

import sqlite3
from datetime import timedelta

from core.models.approval import AuditEntry
from core.storage import audit
from core.storage.audit_check import Chain, verify
from core.storage.audit_key import AuditKey
from core.storage.audit_log import AuditLog
from core.storage.database import Database
from tests.storage.nouns import NOON

KEY = AuditKey(b"a key of these tests, which nobody else has")


def write(
    database: Database, count: int, actor: str = "ann", *, log: AuditLog | None = None
) -> list[AuditEntry]:
    """So many more entries, each in a transaction of its own, mirrored where there is a log."""
    written = []
    for n in range(count):
        with database.begin() as tx:
            entry = audit.append(
                tx,
                at=NOON + timedelta(seconds=n),
                actor=actor,
                verified=bool(n % 2),
                action="approve" if n % 3 else "reject",
                subject=f"v{n % 4}",
                detail={"n": n, "reason": "Grüße, 'quoted'", "parts": ("a", None)},
                key=KEY,
            )
        if log is not None:
            log.catch_up(database)
        written.append(entry)
    return written


def state(database: Database, log: AuditLog) -> Chain:
    """What checking the trail comes to now."""
    with database.read() as tx:
        return verify(tx, log)


def without_triggers(raw: sqlite3.Connection) -> None:
    """Take away what keeps the tables as they are, as somebody who owns the file can."""
    found = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in found:
        raw.execute(f"DROP TRIGGER {name}")


def tamper(path: str, statement: str) -> None:
    """Change the tables past the product."""
    raw = sqlite3.connect(path, isolation_level=None)
    without_triggers(raw)
    raw.executescript(statement)
    raw.close()
