"""A thousand random changes to the table, to the log and to both: all found, the first named.

Whoever changes the table here owns the file, has dropped the triggers and knows how hashes are
made; whoever changes the log may write any byte; the third has both. None has the key.
"""

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.storage import audit, audit_note
from core.storage.audit import End
from core.storage.audit_check import TABLE, Chain, verify
from core.storage.audit_key import AuditKey
from core.storage.audit_log import AuditLog, Place
from core.storage.audit_note import Head
from core.storage.database import Database
from tests.storage.audit_trails import KEY, state, without_triggers, write
from tests.storage.nouns import NOON

LOG = "logs/safety_audit.log"
CASES, ENTRIES = 200, 12  # cases of each of the five kinds, so 1,000 a place
COLUMNS = (
    "sequence", "at", "actor", "verified", "action", "subject", "detail", "previous", "hash", "mac",
)  # fmt: skip

Row = dict[str, object]
Rows = list[Row]
Lines = list[bytes]
Chance = random.Random


@dataclass(frozen=True)
class Trail:
    """A trail with its log, both of which are put back after each change."""

    database: Database
    log: AuditLog
    raw: sqlite3.Connection
    rows: Rows
    lines: Lines

    def put_rows(self, rows: Rows, *, ends_at: Row | None = None) -> None:
        """Make the table hold these rows and nothing else, past the product."""
        names = ", ".join(COLUMNS)
        marks = ", ".join("CAST(? AS TEXT)" if name == "actor" else "?" for name in COLUMNS)
        with self.raw:
            self.raw.execute("DELETE FROM audit")
            self.raw.executemany(
                f"INSERT INTO audit ({names}) VALUES ({marks})",  # noqa: S608 - our names
                [[row[name] for name in COLUMNS] for row in rows],
            )
            end = ends_at or self.rows[-1]
            self.raw.execute(
                "UPDATE audit_head SET sequence = ?, hash = ?", (end["sequence"], end["hash"])
            )

    def stored(self) -> Rows:
        """The table as it is now."""
        found = self.raw.execute("SELECT * FROM audit ORDER BY sequence").fetchall()
        return [dict(row) for row in found]

    def state(self) -> Chain:
        """What checking the trail comes to now."""
        return state(self.database, self.log)

    def put_lines(self, content: bytes) -> None:
        """Make the log hold these bytes."""
        self.log.place.log.write_bytes(content)


@pytest.fixture(scope="module")
def made(sqlite_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    """A trail, made once."""
    folder = tmp_path_factory.mktemp("trail")
    shutil.copy(sqlite_state, folder / "state.db")
    database = Database.open(f"sqlite:///{folder}/state.db")
    place = Place(folder / "logs", folder / "processed")
    log = AuditLog.opened(database, place, {"CPO_AUDIT_KEY": KEY.secret.decode()}, NOON)
    write(database, ENTRIES, log=log)
    raw = sqlite3.connect(database.place)
    raw.row_factory = sqlite3.Row
    raw.text_factory = lambda text: text.decode(errors="surrogateescape")
    without_triggers(raw)
    raw.execute("PRAGMA synchronous = OFF")
    rows = [dict(row) for row in raw.execute("SELECT * FROM audit ORDER BY sequence")]
    yield Trail(database, log, raw, rows, place.log.read_bytes().splitlines(keepends=True))
    raw.close()
    database.close()


@pytest.fixture
def trail(made: Trail) -> Iterator[Trail]:
    """The trail, whole before the test and whole after it."""
    assert made.state() == Chain(ENTRIES, None, "", last_hash=str(made.rows[-1]["hash"]))
    yield made
    made.put_rows(made.rows)
    made.put_lines(b"".join(made.lines))
    assert made.state().intact


def rehashed(rows: Rows, start: int = 0) -> Rows:
    """The rows from a place on with the hashes that belong to them, each after the one before."""
    made = [dict(row) for row in rows]
    for place in range(start, len(made)):
        made[place]["previous"] = made[place - 1]["hash"] if place else audit.GENESIS
        made[place]["hash"] = audit.digest(made[place])
    return made


def numbered(rows: Rows) -> Rows:
    return [dict(row) | {"sequence": place} for place, row in enumerate(rows, 1)]


def another(value: object, chance: Chance) -> object:
    """Something else than the value, as a column takes it."""
    text = str(value)
    at = chance.randrange(len(text) + 1)
    return chance.choice(
        [
            text[:at] + chance.choice("xX0 é\x00'") + text[at:],
            text[:at] + text[at + 1 :],
            text[:at] + chance.choice("abc019") + text[at + 1 :],
            text.upper(),
            text.encode(),
            b"\xff\xfe\x00",
            "",
        ]
    )


def edit_rows(rows: Rows, chance: Chance) -> Rows:
    made = [dict(row) for row in rows]
    place, column = chance.randrange(len(made)), chance.choice(COLUMNS[1:])
    if column == "verified":
        made[place][column] = chance.choice([1 - int(str(made[place][column])), 2, -1, 77])
    else:
        made[place][column] = another(made[place][column], chance)
    if column == "mac" and chance.random() < 0.3:
        made[place][column] = None
    # Some know how a hash is made, and put it right from here to the end.
    knows = column in {"action", "subject", "detail"} and chance.random() < 0.5
    return rehashed(made, place) if knows else made


def delete_rows(rows: Rows, chance: Chance) -> Rows:
    gone = set(chance.sample(range(len(rows)), chance.randint(1, 4)))
    made = [row for place, row in enumerate(rows) if place not in gone]
    return chance.choice([made, numbered(made), rehashed(numbered(made), min(gone))])


def insert_rows(rows: Rows, chance: Chance) -> Rows:
    place = chance.randrange(len(rows) + 1)
    new = dict(chance.choice(rows)) | {"actor": chance.choice(["mallory", "ann"])}
    made = numbered([*rows[:place], new, *rows[place:]])
    before_all = [new | {"sequence": -chance.randrange(3)}, *rows]
    far_behind = [*rows, new | {"sequence": len(rows) + chance.randint(1, 9)}]
    return chance.choice([made, rehashed(made, place), before_all, far_behind])


def swap_rows(rows: Rows, chance: Chance) -> Rows:
    made, (one, two) = list(rows), sorted(chance.sample(range(len(rows)), 2))
    made[one], made[two] = made[two], made[one]
    return chance.choice([numbered(made), rehashed(numbered(made), one)])


def truncate_rows(rows: Rows, chance: Chance) -> Rows:
    return rows[: chance.randrange(len(rows))]


def edit_lines(lines: Lines, chance: Chance) -> bytes:
    made, place = list(lines), chance.randrange(len(lines))
    line, at = made[place], chance.randrange(len(made[place]))
    spaced = json.dumps(json.loads(line), indent=None, separators=(",", ":")).encode() + b"\n"
    made[place] = chance.choice(
        [
            line[:at] + bytes([chance.randrange(256)]) + line[at + 1 :],
            line[:at] + line[at + 1 :],
            line[:at] + bytes([chance.randrange(256)]) * chance.choice([1, 2, 5000]) + line[at:],
            line.replace(b'"ann"', b'"eve"'),
            line[:-1] + b"\r\n",
            spaced,
        ]
    )
    return b"".join(made)


def delete_lines(lines: Lines, chance: Chance) -> bytes:
    gone = set(chance.sample(range(len(lines)), chance.randint(1, 4)))
    return b"".join(line for place, line in enumerate(lines) if place not in gone)


def insert_lines(lines: Lines, chance: Chance) -> bytes:
    place = chance.randrange(len(lines) + 1)
    forged = json.loads(chance.choice(lines)) | {"actor": "mallory"}
    new = chance.choice(
        [chance.choice(lines), b"\n", b"{}\n", b"\x00", json.dumps(forged).encode()]
    )
    return b"".join([*lines[:place], new, *lines[place:]])


def swap_lines(lines: Lines, chance: Chance) -> bytes:
    made, (one, two) = list(lines), chance.sample(range(len(lines)), 2)
    made[one], made[two] = made[two], made[one]
    return b"".join(made)


def truncate_lines(lines: Lines, chance: Chance) -> bytes:
    whole = b"".join(lines)
    at_a_line = len(b"".join(lines[: chance.randrange(len(lines))]))
    return whole[: chance.choice([chance.randrange(len(whole)), at_a_line, len(whole) - 1, 0])]


KINDS: dict[str, tuple[Callable[[Rows, Chance], Rows], Callable[[Lines, Chance], bytes]]] = {
    "edit": (edit_rows, edit_lines),
    "delete": (delete_rows, delete_lines),
    "insert": (insert_rows, insert_lines),
    "swap": (swap_rows, swap_lines),
    "truncate": (truncate_rows, truncate_lines),
}


def first_bad_row(before: Rows, after: Rows) -> int:
    """What a person comparing both tables row by row would point at."""
    for place, row in enumerate(after, 1):
        if place > len(before) or row != before[place - 1]:
            return min(int(str(row["sequence"])), place)
    return len(after) + 1


def first_bad_line(before: Lines, after: bytes) -> int:
    lines = after.split(b"\n")
    for place, line in enumerate(before, 1):
        if place > len(lines) - 1 or lines[place - 1] + b"\n" != line:
            return place
    return len(before) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_changes_to_the_table_are_all_found(trail: Trail, kind: str) -> None:
    chance = random.Random(f"table {kind}")  # noqa: S311 - cases of a test
    found = 0
    while found < CASES:
        changed = KINDS[kind][0](trail.rows, chance)
        trail.put_rows(changed, ends_at=changed[-1] if changed and chance.random() < 0.5 else None)
        if trail.stored() == trail.rows:
            continue
        chain, found = trail.state(), found + 1
        assert (chain.first_bad, chain.place) == (first_bad_row(trail.rows, changed), TABLE)


@pytest.mark.parametrize("kind", KINDS)
def test_changes_to_the_log_are_all_found(trail: Trail, kind: str) -> None:
    chance = random.Random(f"log {kind}")  # noqa: S311 - cases of a test
    found = 0
    while found < CASES:
        changed = KINDS[kind][1](trail.lines, chance)
        if changed == b"".join(trail.lines):
            continue
        trail.put_lines(changed)
        chain, found = trail.state(), found + 1
        bad = first_bad_line(trail.lines, changed)
        assert (chain.first_bad, chain.line, chain.place) == (bad, bad, LOG)


@pytest.mark.parametrize("kind", KINDS)
def test_changes_to_table_and_log_alike_are_all_found(trail: Trail, kind: str) -> None:
    chance = random.Random(f"both {kind}")  # noqa: S311 - cases of a test
    found = 0
    while found < CASES:
        changed = KINDS[kind][0](trail.rows, chance)
        trail.put_rows(changed, ends_at=changed[-1] if changed else None)
        now = trail.stored()
        if now == trail.rows:
            continue
        trail.put_lines(b"".join(audit.line(row) for row in now))
        chain, found = trail.state(), found + 1
        assert (chain.first_bad, chain.place) == (first_bad_row(trail.rows, changed), TABLE)


NOTES: list[tuple[Callable[[str], str | None], str]] = [
    (lambda _: None, "was removed"),
    (lambda _: "", "is not what was written"),
    (lambda _: "[]", "is not what was written"),
    (lambda text: text.replace('"sequence": 12', '"sequence": 11'), "does not bear the signature"),
    (lambda text: text.replace('"unsigned": 0', '"unsigned": 9'), "does not bear the signature"),
]


@pytest.mark.parametrize(("change", "words"), NOTES)
def test_a_change_to_the_signed_note_is_found(
    trail: Trail, change: Callable[[str], str | None], words: str
) -> None:
    note = trail.log.place.note
    before = note.read_text()
    changed = change(before)
    note.unlink()
    if changed is not None:
        note.write_text(changed)
    chain = trail.state()
    note.write_text(before)
    assert (chain.first_bad, chain.place) == (12, "audit_head.json")
    assert words in chain.problem


ENDS = [
    ("DELETE FROM audit_head", "was removed"),
    ("UPDATE audit_head SET sequence = 11", "says that entry 11 is the last, and 12 is"),
    ("UPDATE audit_head SET hash = 'x'", "another hash of entry 12"),
    ("UPDATE audit_head SET sequence = 'x'", "says that entry 0 is the last"),
]


@pytest.mark.parametrize(("statement", "words"), ENDS)
def test_a_change_to_the_end_that_the_table_notes_is_found(
    trail: Trail, statement: str, words: str
) -> None:
    kept = dict(trail.raw.execute("SELECT * FROM audit_head").fetchone())
    with trail.raw:
        trail.raw.execute(statement)
    chain = trail.state()
    with trail.raw:
        trail.raw.execute("DELETE FROM audit_head")
        trail.raw.execute("INSERT INTO audit_head VALUES (:only, :sequence, :hash)", kept)
    assert (chain.first_bad, chain.place) == (12, "table audit_head")
    assert words in chain.problem


def test_with_the_key_of_another_no_entry_passes(trail: Trail) -> None:
    stranger = AuditLog(trail.log.place, AuditKey(b"the key of somebody else altogether"))
    chain = state(trail.database, stranger)
    assert (chain.first_bad, chain.place) == (1, TABLE)
    assert chain.problem == "Entry 1 does not bear the signature of the audit key."


def test_an_entry_noted_outside_tells_when_everything_was_rewritten_with_the_key(
    trail: Trail,
) -> None:
    """The one who has everything, the key too, is found by a number and a hash on paper."""
    noted = End(7, str(trail.rows[6]["hash"]))
    with trail.database.read() as tx:
        assert verify(tx, trail.log, noted=noted).intact
        assert verify(tx, trail.log, noted=End(7, "0" * 64)).first_bad == 7
        assert verify(tx, trail.log, noted=End(13, "0" * 64)).first_bad == 13
    made = [dict(row) for row in trail.rows]
    made[4]["actor"] = "mallory"
    made = rehashed(made, 4)
    for row in made:
        row["mac"] = KEY.signed(audit.ENTRY, str(row["hash"]))
    trail.put_rows(made, ends_at=made[-1])
    trail.put_lines(b"".join(audit.line(row) for row in made))
    size = trail.log.place.log.stat().st_size
    before = trail.log.place.note.read_text()
    audit_note.keep(trail.log.place.note, Head(12, str(made[-1]["hash"]), size, 0), KEY)
    assert trail.state().intact
    with trail.database.read() as tx:
        assert verify(tx, trail.log, noted=noted).first_bad == 7
    trail.log.place.note.write_text(before)
