"""Erasures as the database keeps them, and what became of the hash of each table they rewrote."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from core.models.erasure import ErasureState, Receipt
from core.storage.codec import dump, load
from core.storage.schema import ERASED_HASHES as HASHES
from core.storage.schema import ERASURES


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A table, or the audience of one of its segments, by its hash before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An erasure that was begun: whose rows have the mark is still to be erased."""

    receipt: Receipt
    mark: str


def begin(tx: Connection, receipt: Receipt) -> None:
    """Record that an erasure begins; from here on it will be finished."""
    tx.execute(
        insert(ERASURES).values(
            erasure_id=receipt.erasure_id,
            state=ErasureState.BEGUN.value,
            mark=receipt.mark,
            begun_at=receipt.begun_at,
            finished_at=None,
            payload=dump(receipt),
        )
    )


def keep(tx: Connection, receipt: Receipt) -> None:
    """Store how far an erasure has come."""
    which = ERASURES.c.erasure_id == receipt.erasure_id
    tx.execute(update(ERASURES).where(which).values(payload=dump(receipt)))


def finish(tx: Connection, receipt: Receipt) -> None:
    """Record that an erasure is done; its mark stays on the list of people to leave out only."""
    which = ERASURES.c.erasure_id == receipt.erasure_id
    tx.execute(
        update(ERASURES)
        .where(which)
        .values(
            state=ErasureState.DONE.value,
            mark="",
            finished_at=receipt.finished_at,
            payload=dump(receipt),
        )
    )


def unfinished(tx: Connection) -> tuple[Unfinished, ...]:
    """The erasures that were begun and are not done, oldest first."""
    wanted = select(ERASURES).where(ERASURES.c.state == ErasureState.BEGUN.value)
    rows = tx.execute(wanted.order_by(ERASURES.c.number)).mappings()
    return tuple(Unfinished(load(Receipt, row["payload"]), row["mark"]) for row in rows)


def receipts(tx: Connection) -> tuple[Receipt, ...]:
    """Every receipt, newest first."""
    rows = tx.execute(select(ERASURES.c.payload).order_by(ERASURES.c.number.desc())).scalars()
    return tuple(load(Receipt, payload) for payload in rows)


def begun(tx: Connection) -> int:
    """How many erasures were ever begun: another number than before means that one was."""
    return int(tx.execute(select(func.count()).select_from(ERASURES)).scalar_one())


def record(
    tx: Connection, found: Iterable[Rewritten], erasure_id: str, at: datetime
) -> tuple[Rewritten, ...]:
    """Keep what the hashes become; gives those that were not known, as a crash may ask again."""
    new = []
    for each in found:
        if each.before == each.after or _row(tx, each.name, each.after) is not None:
            continue
        row = {"name": each.name, "before": each.before, "after": each.after}
        first = origin(tx, each.name, each.before)
        tx.execute(insert(HASHES).values(origin=first, erasure_id=erasure_id, at=at, **row))
        new.append(each)
    return tuple(new)


def origin(tx: Connection, name: str, sha256: str) -> str:
    """The hash a table had before anybody was erased from it; its own where nobody was."""
    return _row(tx, name, sha256) or sha256


def accepted(tx: Connection, name: str, recorded: str) -> frozenset[str]:
    """The hashes a table may have: the recorded one, and what erasures made of exactly that."""
    wanted = select(HASHES.c.after).where(HASHES.c.name == name, HASHES.c.origin == recorded)
    return frozenset({recorded, *tx.execute(wanted).scalars()})


def of_erasure(tx: Connection, erasure_id: str) -> dict[str, list[str]]:
    """What an erasure made of the hash of each table: before and after, by name."""
    wanted = select(HASHES).where(HASHES.c.erasure_id == erasure_id).order_by(HASHES.c.number)
    return {row["name"]: [row["before"], row["after"]] for row in tx.execute(wanted).mappings()}


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What one erasure made of one table."""

    erasure_id: str
    before: str
    after: str
    at: datetime


def of_table(tx: Connection, name: str) -> tuple[Rewriting, ...]:
    """What erasures made of a table, oldest first."""
    rows = tx.execute(select(HASHES).where(HASHES.c.name == name).order_by(HASHES.c.number))
    return tuple(
        Rewriting(row["erasure_id"], row["before"], row["after"], row["at"])
        for row in rows.mappings()
    )


def first_of(tx: Connection, sha256: str) -> str:
    """The hash of the data set that an erasure made into this one, whatever its name."""
    wanted = select(HASHES.c.origin).where(HASHES.c.after == sha256).limit(1)
    return tx.execute(wanted).scalar_one_or_none() or sha256


def touched(tx: Connection, name: str) -> bool:
    """Whether somebody was erased from a table."""
    wanted = select(func.count()).select_from(HASHES).where(HASHES.c.name == name)
    return bool(tx.execute(wanted).scalar_one())


def _row(tx: Connection, name: str, after: str) -> str | None:
    wanted = select(HASHES.c.origin).where(HASHES.c.name == name, HASHES.c.after == after)
    return tx.execute(wanted).scalar_one_or_none()
