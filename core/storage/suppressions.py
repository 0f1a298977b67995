"""The list of people to leave out, as the database keeps it: tokens with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from core.models.suppression import SuppressedCount
from core.storage.schema import SUPPRESSIONS


@dataclass(frozen=True, slots=True)
class Addition:
    """Why, when and by whom people are put on the list."""

    reason: str
    at: datetime
    by: str


def tokens(tx: Connection) -> tuple[str, ...]:
    """Every token on the list, sorted."""
    return tuple(tx.execute(select(SUPPRESSIONS.c.token).order_by(SUPPRESSIONS.c.token)).scalars())


def tokens_until(tx: Connection, moment: datetime) -> tuple[str, ...]:
    """The tokens that were on the list at a moment, sorted."""
    wanted = select(SUPPRESSIONS.c.token).where(SUPPRESSIONS.c.added_at <= moment)
    return tuple(tx.execute(wanted.order_by(SUPPRESSIONS.c.token)).scalars())


def add(tx: Connection, found: Sequence[str], addition: Addition) -> int:
    """Put the tokens on the list, those that are known staying as they were; gives the new."""
    known = set(tokens(tx))
    new = [token for token in dict.fromkeys(found) if token not in known]
    if new:
        row = {"reason": addition.reason, "added_at": addition.at, "added_by": addition.by}
        tx.execute(insert(SUPPRESSIONS), [{"token": token, **row} for token in new])
    return len(new)


def put(tx: Connection, token: str, addition: Addition) -> bool:
    """Put one person on the list, or give them this reason; whether they are new on it."""
    if add(tx, (token,), addition):
        return True
    row = {"reason": addition.reason, "added_by": addition.by}
    tx.execute(update(SUPPRESSIONS).where(SUPPRESSIONS.c.token == token).values(row))
    return False


def since(tx: Connection, token: str) -> datetime | None:
    """Since when somebody is on the list, or None."""
    wanted = select(SUPPRESSIONS.c.added_at).where(SUPPRESSIONS.c.token == token)
    return tx.execute(wanted).scalar_one_or_none()


def entry(tx: Connection, token: str) -> Addition | None:
    """Why, since when and by whom somebody is on the list, or None."""
    row = tx.execute(select(SUPPRESSIONS).where(SUPPRESSIONS.c.token == token)).mappings().first()
    return None if row is None else Addition(row["reason"], row["added_at"], row["added_by"])


def counts(tx: Connection) -> tuple[SuppressedCount, ...]:
    """How many people are on the list for each reason, the most first."""
    people, last = func.count(), func.max(SUPPRESSIONS.c.added_at)
    rows = tx.execute(
        select(SUPPRESSIONS.c.reason, people, last)
        .group_by(SUPPRESSIONS.c.reason)
        .order_by(people.desc(), SUPPRESSIONS.c.reason)
    )
    return tuple(SuppressedCount(reason, number, newest) for reason, number, newest in rows)
