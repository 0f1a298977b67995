"""The people of a workspace, their roles, the accounts they sign in with, and when they came."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from core.errors import MoveRefused, NotFound
from core.models.people import Account, Member, Person, Role
from core.storage.codec import from_row, to_row
from core.storage.database import unless_taken
from core.storage.review_schema import ACCOUNTS, PEOPLE_SEEN
from core.storage.schema import PEOPLE


def add(tx: Connection, person: Person, at: datetime) -> None:
    """Let somebody in.

    Raises:
        MoveRefused: the name is taken.
    """
    with unless_taken(MoveRefused(f"There is already somebody named '{person.name}'.")):
        tx.execute(insert(PEOPLE).values(added_at=at, **to_row(person, PEOPLE)))


def get(tx: Connection, name: str) -> Person:
    """The person of this name.

    Raises:
        NotFound: nobody here has it, or they left; the hint lists who there is.
    """
    person = known(tx, name)
    if person is None or person.removed:
        names = ", ".join(each.name for each in everyone(tx))
        hint = f"There are: {names}." if names else "Add the first one with `people add`."
        raise NotFound("person", name, hint)
    return person


def known(tx: Connection, name: str) -> Person | None:
    """The person of this name, those who left included; None when nobody ever had it."""
    row = _row(tx, name)
    return from_row(Person, row) if row else None


def everyone(tx: Connection) -> tuple[Person, ...]:
    """Everybody who is here, in the order they came."""
    return tuple(person for person in ever(tx) if not person.removed)


def ever(tx: Connection) -> tuple[Person, ...]:
    """Everybody who was ever here, in the order they came."""
    rows = tx.execute(select(PEOPLE).order_by(PEOPLE.c.number)).mappings()
    return tuple(from_row(Person, row) for row in rows)


def set_roles(tx: Connection, name: str, roles: Iterable[Role]) -> Person:
    """The person, now with exactly these roles.

    Raises:
        NotFound: nobody here has this name.
    """
    person = replace(get(tx, name), roles=frozenset(roles))
    save(tx, name, person)
    return person


def save(tx: Connection, name: str, person: Person) -> None:
    """Put a person in the place of the one with this name.

    Raises:
        NotFound: nobody has this name.
        MoveRefused: the new name is taken.
    """
    with unless_taken(MoveRefused(f"There is already somebody named '{person.name}'.")):
        changed = tx.execute(
            update(PEOPLE).where(PEOPLE.c.name == name).values(to_row(person, PEOPLE))
        )
    if changed.rowcount != 1:
        raise NotFound("person", name)


def link(tx: Connection, account: Account) -> None:
    """Give an account to a person, for good.

    Raises:
        NotFound: there is no such person.
        MoveRefused: the account belongs to somebody.
    """
    row = _row(tx, account.person)
    if row is None:
        raise NotFound("person", account.person)
    with unless_taken(MoveRefused("This account belongs to somebody here already.")):
        tx.execute(
            insert(ACCOUNTS).values(
                issuer=account.issuer,
                subject=account.subject,
                person_number=row["number"],
                linked_at=account.linked_at,
                linked_by=account.linked_by,
            )
        )


def with_account(tx: Connection, issuer: str, subject: str) -> Person | None:
    """Whose account it is, those who left included; None when it is nobody's."""
    wanted = (
        select(PEOPLE)
        .join(ACCOUNTS, ACCOUNTS.c.person_number == PEOPLE.c.number)
        .where(ACCOUNTS.c.issuer == issuer, ACCOUNTS.c.subject == subject)
    )
    row = tx.execute(wanted).mappings().one_or_none()
    return from_row(Person, row) if row else None


def seen(tx: Connection, name: str) -> datetime | None:
    """When the person last used the product in a browser, as far as it is kept."""
    wanted = (
        select(PEOPLE_SEEN.c.at)
        .join(PEOPLE, PEOPLE.c.number == PEOPLE_SEEN.c.person_number)
        .where(PEOPLE.c.name == name)
    )
    at: datetime | None = tx.execute(wanted).scalar_one_or_none()
    return at


def mark_seen(tx: Connection, name: str, at: datetime) -> None:
    """Keep that the person was here; nothing when there is no such person."""
    row = _row(tx, name)
    if row is None:
        return
    tx.execute(delete(PEOPLE_SEEN).where(PEOPLE_SEEN.c.person_number == row["number"]))
    tx.execute(insert(PEOPLE_SEEN).values(person_number=row["number"], at=at))


def members(tx: Connection) -> tuple[Member, ...]:
    """Everybody who was ever here with their accounts, in the order they came."""
    accounts = tx.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.number)).mappings().all()
    moments = {
        row["person_number"]: row["at"] for row in tx.execute(select(PEOPLE_SEEN)).mappings()
    }
    rows = tx.execute(select(PEOPLE).order_by(PEOPLE.c.number)).mappings()
    return tuple(
        Member(
            from_row(Person, row),
            tuple(_account(a, row) for a in accounts if a["person_number"] == row["number"]),
            moments.get(row["number"]),
        )
        for row in rows
    )


def _row(tx: Connection, name: str) -> RowMapping | None:
    return tx.execute(select(PEOPLE).where(PEOPLE.c.name == name)).mappings().one_or_none()


def _account(account: RowMapping, person: RowMapping) -> Account:
    return Account(
        issuer=account["issuer"],
        subject=account["subject"],
        person=person["name"],
        linked_at=account["linked_at"],
        linked_by=account["linked_by"],
    )
