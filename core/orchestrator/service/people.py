"""Who may do what: local people and their roles."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import BadInput, NotAllowed
from core.models.people import Person, Role
from core.orchestrator.service.context import Context
from core.storage import people
from core.workflow import Permission, require

_NAME_MAX = 80


@dataclass(frozen=True, slots=True)
class People:
    """The people of a workspace."""

    context: Context

    def everyone(self) -> tuple[Person, ...]:
        """Everybody, by name."""
        with self.context.read() as connection:
            return people.everyone(connection)

    def get(self, name: str) -> Person:
        """The person with this name; raises NotFound naming those who exist."""
        with self.context.read() as connection:
            return people.get(connection, name)

    def acting(self, name: str | None) -> Person:
        """Who acts: the named person, or the only one there is.

        Raises:
            NotAllowed: nobody was named and it is not clear who acts.
            NotFound: the named person does not exist.
        """
        if name:
            return self.get(name)
        known = self.everyone()
        if len(known) == 1:
            return known[0]
        names = ", ".join(p.name for p in known) or "nobody yet"
        raise NotAllowed(f"Say who acts with --as PERSON; this workspace knows {names}.")

    def add(self, name: str, roles: Iterable[Role], *, by: Person | None) -> Person:
        """A new person; the first of a workspace becomes admin beside what was asked.

        Raises:
            NotAllowed: somebody who is not an admin adds a person.
            BadInput: the name is empty, too long or taken.
        """
        name = name.strip()
        if not name or len(name) > _NAME_MAX or not name.isprintable():
            raise BadInput(f"A person's name has 1 to {_NAME_MAX} printable characters.")
        known = {p.name: p for p in self.everyone()}
        if name in known:
            raise BadInput(f"There is already a person named '{name}'; choose another name.")
        wanted = frozenset(roles)
        person = Person(name, wanted if known else wanted | {Role.ADMIN})
        actor = by or person
        if known:
            require(actor, Permission.MANAGE_PEOPLE)
        with self.context.write(actor) as write:
            people.add(write.connection, person, write.at)
            write.record("add person", name, roles=sorted(person.roles))
        return person
