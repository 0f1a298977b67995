"""The people of a workspace and their roles."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from core.errors import MoveRefused, NotFound
from core.models.people import Person, Role
from core.storage.codec import from_row, to_row
from core.storage.database import unless_taken
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
        NotFound: nobody has it; the hint lists who there is.
    """
    row = tx.execute(select(PEOPLE).where(PEOPLE.c.name == name)).mappings().one_or_none()
    if row is None:
        names = ", ".join(person.name for person in everyone(tx))
        hint = f"There are: {names}." if names else "Add the first one with `people add`."
        raise NotFound("person", name, hint)
    return from_row(Person, row)


def everyone(tx: Connection) -> tuple[Person, ...]:
    """All people, in the order they came."""
    rows = tx.execute(select(PEOPLE).order_by(PEOPLE.c.number)).mappings()
    return tuple(from_row(Person, row) for row in rows)


def set_roles(tx: Connection, name: str, roles: Iterable[Role]) -> Person:
    """The person, now with exactly these roles.

    Raises:
        NotFound: nobody has this name.
    """
    known = get(tx, name)
    person = Person(known.name, frozenset(roles), known.verified)
    tx.execute(update(PEOPLE).where(PEOPLE.c.name == name).values(to_row(person, PEOPLE)))
    return person
