"""What the audit trail calls a customer: a random token, and for how long it stands for them.

A token is chance, not a hash: with its row gone, nobody finds out whom it stood for, and the
entries that bear it hold as before. Of a forgotten customer a mark stays (the hash by which
people are left out), so that no later step gives them a token again.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from core.storage.schema import CUSTOMER_TOKENS as TOKENS

_BYTES = 16
_PREFIX = "customer-"
_FORGOTTEN = "forgotten:"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Named:
    """A customer by id, and by the mark that stays when they are forgotten."""

    customer_id: str
    mark: str


def tokens(tx: Connection, customers: Sequence[Named]) -> Mapping[str, str]:
    """The token of each customer, new where there was none; whoever is forgotten has none."""
    gone = _stored(tx, [_FORGOTTEN + customer.mark for customer in customers])
    wanted = [c.customer_id for c in customers if _FORGOTTEN + c.mark not in gone]
    known = _stored(tx, wanted)
    new = {name: _new() for name in wanted if name not in known}
    if new:
        rows = [{"customer_id": name, "token": token} for name, token in new.items()]
        tx.execute(insert(TOKENS), rows)
    return known | new


def token_of(tx: Connection, customer_id: str) -> str | None:
    """The token of a customer, or None where the trail names them nowhere."""
    return _stored(tx, [customer_id]).get(customer_id)


def customer_of(tx: Connection, token: str) -> str | None:
    """Whom a token stands for; None for nobody, or nobody any more."""
    found = tx.execute(select(TOKENS.c.customer_id).where(TOKENS.c.token == token))
    name = found.scalar_one_or_none()
    return None if name is None or name.startswith(_FORGOTTEN) else name


def forget(tx: Connection, customer: Named) -> str | None:
    """Make the customer's token stand for nobody, for good; gives it, or None without one."""
    if tx.dialect.name == "sqlite":
        # What is deleted is overwritten, not only let go of.
        tx.exec_driver_sql("PRAGMA secure_delete = ON").fetchall()
    token = token_of(tx, customer.customer_id)
    tx.execute(delete(TOKENS).where(TOKENS.c.customer_id == customer.customer_id))
    mark = _FORGOTTEN + customer.mark
    if not _stored(tx, [mark]):
        tx.execute(insert(TOKENS).values(customer_id=mark, token=_new()))
    return token


def forgotten(tx: Connection) -> tuple[str, ...]:
    """The marks of everybody who is forgotten, sorted."""
    wanted = select(TOKENS.c.customer_id).where(TOKENS.c.customer_id.startswith(_FORGOTTEN))
    return tuple(sorted(name.removeprefix(_FORGOTTEN) for name in tx.execute(wanted).scalars()))


def _stored(tx: Connection, names: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(names), _AT_ONCE):
        asked = TOKENS.c.customer_id.in_(names[start : start + _AT_ONCE])
        rows = tx.execute(select(TOKENS).where(asked)).mappings()
        found |= {row["customer_id"]: row["token"] for row in rows}
    return found


def _new() -> str:
    return _PREFIX + secrets.token_hex(_BYTES)
