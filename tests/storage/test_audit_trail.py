"""The audit trail cannot be changed through the product, nor unseen past it."""

import hashlib
import hmac
import json
import threading
from datetime import timedelta, timezone

import pytest
from sqlalchemy import exc, text

from core.errors import StorageUnavailable
from core.storage import audit
from core.storage.audit import Wanted
from core.storage.audit_check import Chain
from core.storage.audit_log import AuditLog
from core.storage.database import Database
from tests.storage.audit_trails import KEY, state, tamper, write
from tests.storage.nouns import NOON


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
    assert second.hash == hashlib.sha256(line.encode()).hexdigest() == audit.digest(parts)
    assert audit.digest(parts | {"actor": "bob"}) != second.hash


def test_an_entry_is_signed_with_the_key_of_the_workspace(database: Database) -> None:
    (entry,) = write(database, 1)
    signed = hmac.new(KEY.secret, f"entry\n{entry.hash}".encode(), hashlib.sha256)
    assert entry.mac == signed.hexdigest()


WANTED = [
    (Wanted(), [9, 8, 7, 6, 5, 4, 3, 2, 1]),
    (Wanted(action="reject"), [7, 4, 1]),
    (Wanted(subject="v1"), [6, 2]),
    (Wanted(action="reject", subject="v1"), []),
    (Wanted(actor="ann"), [9, 8, 7, 6, 5, 4, 3, 2, 1]),
    (Wanted(actor="bob"), []),
    (Wanted(since=NOON + timedelta(seconds=6)), [9, 8, 7]),
    (Wanted(until=NOON + timedelta(seconds=2)), [2, 1]),  # up to, and not with
    (Wanted(before=4), [3, 2, 1]),
    (Wanted(since=NOON + timedelta(seconds=2), before=6, action="approve"), [5, 3]),
]


@pytest.mark.parametrize(("wanted", "numbers"), WANTED)
def test_entries_come_newest_first_and_as_they_are_wanted(
    database: Database, wanted: Wanted, numbers: list[int]
) -> None:
    written = write(database, 9)
    with database.read() as tx:
        found = audit.entries(tx, limit=9, wanted=wanted)
        assert [e.sequence for e in found] == numbers
        assert set(found) <= set(written)
        assert audit.entries(tx, limit=2, wanted=wanted) == found[:2]


def test_what_can_be_asked_for_is_known(database: Database) -> None:
    write(database, 4, actor="zoe")
    with database.read() as tx:
        assert audit.actions(tx) == ("approve", "reject")
        assert audit.actors(tx) == ("zoe",)


def test_an_untouched_trail_holds_and_so_does_an_empty_one(
    database: Database, log: AuditLog
) -> None:
    assert state(database, log) == Chain(0, None, "")
    last = write(database, 7, log=log)[-1]
    chain = state(database, log)
    assert chain == Chain(7, None, "", last_hash=last.hash)
    assert chain.intact


def test_times_of_any_zone_are_written_in_utc(database: Database, log: AuditLog) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with database.begin() as tx:
        more = {"actor": "a", "verified": True, "action": "x", "subject": "y"}
        entry = audit.append(tx, at=there, detail={}, key=KEY, **more)  # type: ignore[arg-type]
    assert entry.at == NOON
    assert state(database, log).intact


def test_a_transaction_that_is_undone_leaves_no_gap(database: Database, log: AuditLog) -> None:
    def write_and_fail() -> None:
        with database.begin() as tx:
            more = {"actor": "a", "verified": True, "action": "x", "subject": "y"}
            audit.append(tx, at=NOON, detail={}, key=KEY, **more)  # type: ignore[arg-type]
            raise ZeroDivisionError

    write(database, 2, log=log)
    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert write(database, 1, log=log)[0].sequence == 3
    assert state(database, log).intact


def test_many_writers_make_one_chain_and_one_log(database: Database, log: AuditLog) -> None:
    def write_all(name: str) -> None:
        write(database, 8, actor=name, log=log)

    threads = [threading.Thread(target=write_all, args=(n,)) for n in ("ann", "bob", "mia", "tom")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chain = state(database, log)
    assert (chain.entries, chain.problem) == (32, "")
    assert len(log.place.log.read_bytes().splitlines()) == 32


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 3",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET sequence = 2",
        "UPDATE audit_head SET hash = 'another'",
    ],
)
def test_the_database_itself_refuses_changes(
    database: Database, log: AuditLog, statement: str
) -> None:
    write(database, 3, log=log)
    with pytest.raises(exc.IntegrityError, match=r"append-only|is kept"), database.begin() as tx:
        tx.execute(text(statement))
    assert state(database, log).intact


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("table", ["audit", "audit_head"])
def test_postgresql_refuses_to_empty_the_trail(database: Database, table: str) -> None:
    with pytest.raises(exc.IntegrityError, match="append-only"), database.begin() as tx:
        tx.execute(text(f"TRUNCATE {table}"))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_sqlite_refuses_to_replace_an_entry(database: Database) -> None:
    write(database, 3)
    replace = "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE sequence = 2"
    with pytest.raises(exc.IntegrityError, match="append-only"), database.begin() as tx:
        tx.execute(text(replace))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_trail_goes_on_after_tampering_and_still_shows_it(
    database: Database, log: AuditLog
) -> None:
    write(database, 3, log=log)
    tamper(database.place, "DELETE FROM audit WHERE sequence = 3")
    assert write(database, 1, log=log)[0].sequence == 4
    assert state(database, log).first_bad == 3


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_entry_that_cannot_be_read_points_to_verify(database: Database) -> None:
    write(database, 2)
    tamper(database.place, "UPDATE audit SET at = 'never' WHERE sequence = 2")
    with pytest.raises(StorageUnavailable, match=r"Entry 2 .*audit verify"), database.read() as tx:
        audit.entries(tx, limit=5)
