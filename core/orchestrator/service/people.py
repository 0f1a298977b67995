"""Who may do what: local people and their roles."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import BadInput, NotAllowed
from core.models.people import Person, Role
from core.orchestrator.service.context import Context
from core.storage import people
from core.workflow import Permission, require

_NAME_MAX = 80

# Whoever can run commands on the machine can read and write the workspace; it is recorded as such.
RESERVED = frozenset({"command line", "system"})
OPERATOR = Person("command line", frozenset({Role.MARKETER, Role.ANALYST, Role.ADMIN}))


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
        """The named person, or whoever sits at the command line of this machine.

        Raises:
            NotFound: the named person does not exist.
        """
        return self.get(name) if name else OPERATOR

    def named(self, name: str | None) -> Person:
        """The named person, for what somebody has to answer for by name.

        Raises:
            NotAllowed: nobody was named.
            NotFound: the named person does not exist.
        """
        if name:
            return self.get(name)
        names = ", ".join(p.name for p in self.everyone()) or "nobody yet"
        raise NotAllowed(f"Say who decides with --as PERSON; this workspace knows {names}.")

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
        if name in known or name in RESERVED:
            raise BadInput(f"The name '{name}' is taken; choose another one.")
        wanted = frozenset(roles)
        person = Person(name, wanted if known else wanted | {Role.ADMIN})
        actor = by or person
        if known:
            require(actor, Permission.MANAGE_PEOPLE)
        with self.context.write(actor) as write:
            people.add(write.connection, person, write.at)
            write.record("add person", name, roles=sorted(person.roles))
        return person
