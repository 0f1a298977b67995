"""The log holds what the table holds, whoever writes and whenever somebody pulls the plug."""

import json
import random
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import ConfigInvalid, StorageUnavailable
from core.storage import audit, audit_note
from core.storage.audit_check import Chain
from core.storage.audit_log import AuditLog, Place
from core.storage.database import Database
from tests.storage.audit_trails import KEY, state, tamper, write
from tests.storage.nouns import NOON

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from core.storage import audit
from core.storage.audit_log import AuditLog, Place
from core.storage.database import Database
url, folder, name, key = sys.argv[1:]
now = datetime(2026, 11, 22, tzinfo=UTC)
database = Database.open(url)
place = Place(Path(folder) / "logs", Path(folder) / "processed")
log = AuditLog.opened(database, place, {"CPO_AUDIT_KEY": key} if key else {}, now)
for n in range(25):
    with database.begin() as tx:
        for part in range(1 + n % 3):
            audit.append(
                tx, at=now, actor=name, verified=True, action="act", subject=str(n),
                detail={"part": part}, key=log.key,
            )
    log.catch_up(database)
database.close()
"""


def started(url: str, folder: Path, name: str, key: str) -> "subprocess.Popen[bytes]":
    words = (sys.executable, "-c", WRITER, url, str(folder), name, key)
    return subprocess.Popen(words, stderr=subprocess.PIPE, cwd=Path.cwd())


@pytest.mark.parametrize("key", [KEY.secret.decode(), ""], ids=["given key", "key of its own"])
def test_several_processes_make_one_chain_and_one_log(
    database: Database, tmp_path: Path, key: str
) -> None:
    processes = [started(database.url, tmp_path, name, key) for name in ("ann", "bob", "mia")]
    said = [process.communicate()[1] for process in processes]
    assert said == [b"", b"", b""]
    place = Place(tmp_path / "logs", tmp_path / "processed")
    log = AuditLog.opened(database, place, {"CPO_AUDIT_KEY": key} if key else {}, NOON)
    chain = state(database, log)
    assert (chain.entries, chain.problem) == (3 * 49, "")
    lines = [json.loads(line) for line in place.log.read_bytes().splitlines()]
    assert [line["sequence"] for line in lines] == list(range(1, 148))
    assert {line["actor"] for line in lines[:110]} == {"ann", "bob", "mia"}


def test_a_line_is_the_entry_with_its_hash_and_signature(database: Database, log: AuditLog) -> None:
    (entry,) = write(database, 1, log=log)
    assert json.loads(log.place.log.read_bytes()) == {
        "sequence": 1,
        "at": "2026-11-02T12:00:00.123456+00:00",
        "actor": "ann",
        "verified": False,
        "action": "reject",
        "subject": "v0",
        "detail": entry.detail,
        "previous": audit.GENESIS,
        "hash": entry.hash,
        "mac": entry.mac,
    }


def test_a_crash_at_any_byte_is_repaired_without_an_alarm(
    database: Database, log: AuditLog
) -> None:
    """The plug is pulled after the table has the entries, at every point of what comes after."""
    write(database, 3, log=log)
    note, before = log.place.note.read_bytes(), log.place.log.read_bytes()
    write(database, 2)
    waiting = state(database, log)
    assert (waiting.entries, waiting.problem) == (5, "")
    log.catch_up(database)
    whole = log.place.log.read_bytes()
    for size in range(len(before), len(whole) + 1, 29):
        log.place.log.write_bytes(whole[:size])
        log.place.note.write_bytes(note)
        assert state(database, log).intact
        log.catch_up(database)
        assert log.place.log.read_bytes() == whole
        assert state(database, log).intact


def test_a_repair_adds_only_what_never_was_there(database: Database, log: AuditLog) -> None:
    """A line that somebody took out stays out, whatever starts or is written afterwards."""
    write(database, 5, log=log)
    lines = log.place.log.read_bytes().splitlines(keepends=True)
    log.place.log.write_bytes(b"".join(lines[:4]))
    environment = {"CPO_AUDIT_KEY": KEY.secret.decode()}
    again = AuditLog.opened(database, log.place, environment, NOON)
    chain = state(database, again)
    assert (chain.first_bad, chain.line) == (5, 5)
    assert chain.problem == "Entry 5 is missing; the end of the log was cut off."
    write(database, 2, log=again)
    chain = state(database, again)
    assert (chain.first_bad, chain.line) == (5, 5)


@pytest.mark.parametrize("stray", [b"{}\n", b'{"sequence": 7', b"\xff", b"\n\n"])
def test_what_somebody_put_behind_the_end_stays_to_be_seen(
    database: Database, log: AuditLog, stray: bytes
) -> None:
    write(database, 5, log=log)
    with log.place.log.open("ab") as file:
        file.write(stray)
    assert (state(database, log).first_bad, state(database, log).line) == (6, 6)
    write(database, 2, log=log)
    chain = state(database, log)
    assert (chain.first_bad, chain.line) == (6, 6)
    last = log.place.log.read_bytes().splitlines()[-1]
    assert json.loads(last)["sequence"] == 7


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_entry_that_somebody_added_past_the_product_is_not_made_good(
    database: Database, log: AuditLog
) -> None:
    write(database, 3, log=log)
    tamper(
        database.place,
        "INSERT INTO audit SELECT 4, at, 'mallory', verified, action, subject, detail, hash, "
        "'0', mac FROM audit WHERE sequence = 3; UPDATE audit_head SET sequence = 4, hash = '0'",
    )
    environment = {"CPO_AUDIT_KEY": KEY.secret.decode()}
    again = AuditLog.opened(database, log.place, environment, NOON)
    chain = state(database, again)
    assert (chain.first_bad, chain.place) == (4, "table audit")


def test_a_missing_log_is_an_alarm_and_an_empty_one_too(database: Database, log: AuditLog) -> None:
    write(database, 2, log=log)
    log.place.log.unlink()
    assert (state(database, log).first_bad, state(database, log).line) == (1, 1)
    log.place.log.touch()
    assert (state(database, log).first_bad, state(database, log).line) == (1, 1)


def test_an_unreadable_log_or_note_is_a_refusal_and_never_well(
    database: Database, log: AuditLog
) -> None:
    write(database, 2, log=log)
    for path in (log.place.log, log.place.note):
        before = path.read_bytes()
        path.unlink()
        path.mkdir()
        with pytest.raises(StorageUnavailable, match=path.name):
            state(database, log)
        with pytest.raises(StorageUnavailable, match=path.name):
            log.catch_up(database)
        path.rmdir()
        path.write_bytes(before)
    assert state(database, log).intact


def test_an_unreadable_table_is_a_refusal_and_never_well(database: Database, log: AuditLog) -> None:
    write(database, 2, log=log)
    with database.begin() as tx:
        tx.execute(text("ALTER TABLE audit RENAME TO gone"))
    try:
        with pytest.raises(Exception, match=r"no such table|does not exist"):
            state(database, log)
    finally:
        with database.begin() as tx:
            tx.execute(text("ALTER TABLE gone RENAME TO audit"))


def test_the_key_is_made_once_and_only_its_owner_reads_it(
    database: Database, tmp_path: Path
) -> None:
    place = Place(tmp_path / "logs", tmp_path / "processed")
    one = AuditLog.opened(database, place, {}, NOON)
    two = AuditLog.opened(database, place, {}, NOON)
    assert one.key == two.key
    assert stat.S_IMODE(place.key.stat().st_mode) == 0o600
    assert one.key.secret.decode() not in repr(one)


def test_a_key_that_is_gone_stops_the_work_instead_of_making_another(
    database: Database, tmp_path: Path
) -> None:
    place = Place(tmp_path / "logs", tmp_path / "processed")
    AuditLog.opened(database, place, {}, NOON)
    kept = place.key.read_text()
    place.key.unlink()
    with pytest.raises(StorageUnavailable, match=r"audit\.key is gone.*restore the file"):
        AuditLog.opened(database, place, {}, NOON)
    assert not place.key.exists()
    AuditLog.opened(database, place, {"CPO_AUDIT_KEY": kept}, NOON)


def test_a_key_that_is_too_short_is_refused(database: Database, tmp_path: Path) -> None:
    place = Place(tmp_path / "logs", tmp_path / "processed")
    with pytest.raises(ConfigInvalid, match=r"CPO_AUDIT_KEY has 6 characters.*at least 32"):
        AuditLog.opened(database, place, {"CPO_AUDIT_KEY": "secret"}, NOON)


def unsigned(database: Database, count: int) -> None:
    """Make the entries as a version before the signing left them."""
    write(database, count)
    tamper(database.place, "UPDATE audit SET mac = NULL")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_trail_from_before_the_signing_goes_on(database: Database, tmp_path: Path) -> None:
    unsigned(database, 4)
    place = Place(tmp_path / "logs", tmp_path / "processed")
    place.logs.mkdir()
    place.log.write_text("lines of an earlier version, in any order\n")
    log = AuditLog.opened(database, place, {"CPO_AUDIT_KEY": KEY.secret.decode()}, NOON)
    aside = place.logs / "safety_audit.before-1.log"
    assert aside.read_text() == "lines of an earlier version, in any order\n"
    write(database, 2, log=log)
    assert (state(database, log).entries, state(database, log).problem) == (7, "")
    with database.read() as tx:
        begun = audit.entries(tx, limit=1, wanted=audit.Wanted(before=6))[0]
    assert (begun.sequence, begun.action) == (5, "begin the audit log anew")
    assert json.loads(begun.detail)["kept_as"] == aside.name
    tamper(database.place, "UPDATE audit SET actor = 'x' WHERE sequence = 2")
    assert state(database, log).first_bad == 2


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_entry_of_before_that_was_rewritten_with_its_hash_is_found(
    database: Database, tmp_path: Path
) -> None:
    unsigned(database, 4)
    place = Place(tmp_path / "logs", tmp_path / "processed")
    log = AuditLog.opened(database, place, {"CPO_AUDIT_KEY": KEY.secret.decode()}, NOON)
    write(database, 2, log=log)
    tamper(database.place, "UPDATE audit SET mac = NULL WHERE sequence = 5")
    chain = state(database, log)
    assert (chain.first_bad, chain.problem) == (
        5,
        "Entry 5 does not bear the signature of the audit key.",
    )


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_note_that_was_removed_is_not_made_again(database: Database, log: AuditLog) -> None:
    write(database, 3, log=log)
    log.place.note.unlink()
    again = AuditLog.opened(database, log.place, {"CPO_AUDIT_KEY": KEY.secret.decode()}, NOON)
    assert state(database, again).place == "audit_head.json"
    assert not again.place.note.exists()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_older_copy_of_the_table_is_found_by_the_note(
    database: Database, log: AuditLog, tmp_path: Path
) -> None:
    write(database, 3, log=log)
    database.close()
    older = shutil.copy(database.place, tmp_path / "older.db")
    write(database, 2, log=log)
    database.close()
    shutil.copy(older, database.place)
    chain = state(database, log)
    assert chain == Chain(3, 4, chain.problem, "table audit", None, chain.last_hash)
    assert "the end was cut off: audit_head.json knows 5 entries" in chain.problem


def test_the_note_is_whole_after_any_write(database: Database, log: AuditLog) -> None:
    chance = random.Random(5)  # noqa: S311 - cases of a test
    for _ in range(6):
        last = write(database, chance.randint(1, 3), log=log)[-1]
        head = log.note().head
        size = log.place.log.stat().st_size
        assert head == audit_note.Head(last.sequence, last.hash, size, 0)
