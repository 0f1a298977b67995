"""The audit trail cannot be changed unseen."""

import dataclasses
import hashlib
import json
import random
import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import exc, text

from core.errors import StorageUnavailable
from core.models.approval import AuditEntry
from core.storage import audit
from core.storage.database import Database
from tests.storage.nouns import NOON

Change = Callable[[sqlite3.Connection], object]


def write(database: Database, count: int, actor: str = "ann") -> list[AuditEntry]:
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
            )
        written.append(entry)
    return written


def test_an_entry_is_hashed_over_its_canonical_json(database: Database) -> None:
    first, second = write(database, 2)
    assert first.previous == audit.GENESIS
    assert second.previous == first.hash
    parts = {
        "sequence": 2,
        "at": "2026-11-02T12:00:01.123456+00:00",
        "actor": "ann",
        "verified": True,
        "action": "approve",
        "subject": "v1",
        "detail": '{"n":1,"parts":["a",null],"reason":"Grüße, \'quoted\'"}',
        "previous": first.hash,
    }
    line = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert second.hash == hashlib.sha256(line.encode()).hexdigest() == audit.digest(second)
    assert audit.digest(dataclasses.replace(second, actor="bob")) != second.hash


def test_entries_come_newest_first_and_by_action_and_subject(database: Database) -> None:
    written = write(database, 9)
    with database.read() as tx:
        assert audit.entries(tx, limit=3) == tuple(reversed(written[6:]))
        assert [e.sequence for e in audit.entries(tx, limit=9, action="reject")] == [7, 4, 1]
        assert [e.sequence for e in audit.entries(tx, limit=9, subject="v1")] == [6, 2]
        assert audit.entries(tx, limit=9, action="reject", subject="v1") == ()


def test_an_untouched_trail_holds_and_so_does_an_empty_one(database: Database) -> None:
    with database.read() as tx:
        assert audit.verify(tx) == audit.Chain(0, None, "")
    write(database, 7)
    with database.read() as tx:
        chain = audit.verify(tx)
    assert chain == audit.Chain(7, None, "")
    assert chain.intact


def test_times_of_any_zone_are_written_in_utc(database: Database) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with database.begin() as tx:
        more = {"actor": "a", "verified": True, "action": "x", "subject": "y"}
        entry = audit.append(tx, at=there, detail={}, **more)  # type: ignore[arg-type]
        assert entry.at == NOON
        assert audit.verify(tx).intact


def test_a_transaction_that_is_undone_leaves_no_gap(database: Database) -> None:
    def write_and_fail() -> None:
        with database.begin() as tx:
            more = {"actor": "a", "verified": True, "action": "x", "subject": "y"}
            audit.append(tx, at=NOON, detail={}, **more)  # type: ignore[arg-type]
            raise ZeroDivisionError

    write(database, 2)
    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert write(database, 1)[0].sequence == 3
    with database.read() as tx:
        assert audit.verify(tx).intact


def test_many_writers_make_one_chain(database: Database) -> None:
    names = ("ann", "bob", "mia", "tom")
    threads = [threading.Thread(target=write, args=(database, 8, name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        assert audit.verify(tx) == audit.Chain(32, None, "")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 3",
        "DELETE FROM audit_head",
    ],
)
def test_the_database_itself_refuses_changes(database: Database, statement: str) -> None:
    write(database, 3)
    with pytest.raises(exc.IntegrityError, match=r"append-only|is kept"), database.begin() as tx:
        tx.execute(text(statement))
    with database.read() as tx:
        assert audit.verify(tx) == audit.Chain(3, None, "")


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_postgresql_refuses_to_empty_the_trail(database: Database) -> None:
    with pytest.raises(exc.IntegrityError, match="append-only"), database.begin() as tx:
        tx.execute(text("TRUNCATE audit"))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_sqlite_refuses_to_replace_an_entry(database: Database) -> None:
    write(database, 3)
    replace = "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE sequence = 2"
    with pytest.raises(exc.IntegrityError, match="append-only"), database.begin() as tx:
        tx.execute(text(replace))


def run(statement: str) -> Change:
    return lambda raw: raw.executescript(statement)


def swap(one: int, other: int) -> Change:
    steps = ((one, -1), (other, one), (-1, other))
    renumber = "UPDATE audit SET sequence = ? WHERE sequence = ?"
    return lambda raw: [raw.execute(renumber, (new, old)) for old, new in steps]


def copy(sequence: int, to: int) -> Change:
    rest = "at, actor, verified, action, subject, detail, previous, hash"
    return run(
        f"INSERT INTO audit (sequence, {rest}) "  # noqa: S608 - numbers of this file
        f"SELECT {to}, {rest} FROM audit WHERE sequence = {sequence}"
    )


def rehashed(raw: sqlite3.Connection, sequence: int, changed: dict[str, object]) -> dict[str, Any]:
    """An entry with changes and the hash that belongs to them."""
    raw.row_factory = sqlite3.Row
    row = dict(raw.execute("SELECT * FROM audit WHERE sequence = ?", [sequence]).fetchone())
    before = row.pop("hash")
    row |= {"verified": bool(row["verified"])} | changed
    row["previous"] = before if "sequence" in changed else row["previous"]
    line = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return row | {"hash": hashlib.sha256(line.encode()).hexdigest()}


def forge(sequence: int) -> Change:
    """An edit by somebody who knows how the hash is made."""

    def change(raw: sqlite3.Connection) -> None:
        row = rehashed(raw, sequence, {"actor": "mallory"})
        changed = "UPDATE audit SET actor = :actor, hash = :hash WHERE sequence = :sequence"
        raw.execute(changed, row)

    return change


def continue_forged(raw: sqlite3.Connection) -> None:
    """An entry after the last, with the right hashes."""
    row = rehashed(raw, 12, {"sequence": 13})
    names = ", ".join(f":{name}" for name in row)
    raw.execute(f"INSERT INTO audit ({', '.join(row)}) VALUES ({names})", row)  # noqa: S608


TAMPERED: list[tuple[Change, int, str]] = [
    (run("UPDATE audit SET actor = 'x' WHERE sequence = 5"), 5, "not what was written"),
    (run("UPDATE audit SET at = 'never' WHERE sequence = 1"), 1, "not what was written"),
    (run("UPDATE audit SET subject = x'00ff' WHERE sequence = 8"), 8, "not what was written"),
    (run("UPDATE audit SET detail = detail || ' ' WHERE sequence = 12"), 12, "not what was"),
    (run("UPDATE audit SET verified = 1 - verified WHERE sequence = 3"), 3, "not what was"),
    (run("UPDATE audit SET hash = upper(hash) WHERE sequence = 4"), 4, "not what was written"),
    (run("DELETE FROM audit WHERE sequence = 1"), 1, "Entry 1 is missing"),
    (run("DELETE FROM audit WHERE sequence < 6"), 1, "Entry 1 is missing"),
    (run("DELETE FROM audit WHERE sequence = 7"), 7, "Entry 7 is missing"),
    (run("DELETE FROM audit WHERE sequence = 12"), 12, "the end was cut off"),
    (run("DELETE FROM audit"), 1, "the end was cut off"),
    (run("DELETE FROM audit_head"), 12, "was removed"),
    (swap(4, 9), 4, "not what was written"),
    (copy(3, 13), 13, "not what was written"),
    (copy(3, 0), 0, "does not belong"),
    (copy(3, 40), 13, "Entry 13 is missing"),
    (forge(6), 7, "does not follow from entry 6"),
    (forge(12), 12, "not what was written"),
    (continue_forged, 13, "was added from outside"),
]


def tamper(path: str, change: Change) -> None:
    raw = sqlite3.connect(path, isolation_level=None)
    found = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in found:
        raw.execute(f"DROP TRIGGER {name}")
    change(raw)
    raw.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("change", "bad", "words"), TAMPERED)
def test_the_first_bad_entry_is_named(
    database: Database, change: Change, bad: int, words: str
) -> None:
    write(database, 12)
    tamper(database.place, change)
    with database.read() as tx:
        chain = audit.verify(tx)
    assert chain.first_bad == bad
    assert words in chain.problem
    assert not chain.intact


def at_random(chance: random.Random) -> tuple[Change, int]:
    n = chance.randint(1, 12)
    column = chance.choice(["at", "actor", "action", "subject", "detail", "previous", "hash"])
    other = chance.choice([m for m in range(1, 13) if m != n])
    return chance.choice(
        [
            (run(f"UPDATE audit SET {column} = {column} || 'x' WHERE sequence = {n}"), n),  # noqa: S608
            (run(f"DELETE FROM audit WHERE sequence = {n}"), n),  # noqa: S608
            (swap(n, other), min(n, other)),
            (copy(n, 13), 13),
        ]
    )


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_random_changes_are_all_found(database: Database, tmp_path: Path) -> None:
    write(database, 12)
    database.close()
    whole = Path(database.place)
    chance = random.Random(11)  # noqa: S311 - cases of a test
    for case in range(60):
        path = tmp_path / f"{case}.db"
        path.write_bytes(whole.read_bytes())
        change, bad = at_random(chance)
        tamper(str(path), change)
        opened = Database.open(f"sqlite:///{path}")
        with opened.read() as tx:
            assert audit.verify(tx).first_bad == bad
        opened.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_trail_goes_on_after_tampering_and_still_shows_it(database: Database) -> None:
    write(database, 3)
    tamper(database.place, run("DELETE FROM audit WHERE sequence = 3"))
    assert write(database, 1)[0].sequence == 4
    with database.read() as tx:
        assert audit.verify(tx).first_bad == 3


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_entry_that_cannot_be_read_points_to_verify(database: Database) -> None:
    write(database, 2)
    tamper(database.place, run("UPDATE audit SET at = 'never' WHERE sequence = 2"))
    with pytest.raises(StorageUnavailable, match=r"Entry 2 .*audit verify"), database.read() as tx:
        audit.entries(tx, limit=5)
