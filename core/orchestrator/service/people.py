"""Who may do what: people, their roles, and the rules for changing them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from core.errors import BadInput, MoveRefused, NotAllowed
from core.models.people import Account, Member, Person, Role
from core.orchestrator.service.context import SYSTEM, Context, Write
from core.storage import people
from core.storage.database import Connection
from core.workflow import Permission, require

_NAME_MAX = 80
_EMAIL_MAX = 254
_SEEN_S = 300

# Whoever can run commands on the machine can read and write the workspace; it is recorded as such.
RESERVED = frozenset({"command line", "system"})
OPERATOR = Person("command line", frozenset({Role.MARKETER, Role.ANALYST, Role.ADMIN}))


@dataclass(frozen=True, slots=True)
class People:
    """The people of a workspace."""

    context: Context

    def everyone(self) -> tuple[Person, ...]:
        """Everybody who is here, in the order they came."""
        with self.context.read() as connection:
            return people.everyone(connection)

    def members(self) -> tuple[Member, ...]:
        """Everybody who was ever here, with accounts and when they were last seen."""
        with self.context.read() as connection:
            return people.members(connection)

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
            NotAllowed: nobody was named, or people have to sign in to answer for something.
            NotFound: the named person does not exist.
        """
        auth = self.context.settings.auth
        if auth != "local":
            raise NotAllowed(
                f"People sign in to this workspace (CPO_AUTH is {auth}), and a name on the "
                "command line proves nothing; decide in the browser."
            )
        if name:
            return self.get(name)
        names = ", ".join(p.name for p in self.everyone()) or "nobody yet"
        raise NotAllowed(f"Say who decides with --as PERSON; this workspace knows {names}.")

    def add(
        self, name: str, roles: Iterable[Role], *, by: Person | None, email: str = ""
    ) -> Person:
        """A new person; the first of a workspace becomes admin beside what was asked.

        With `email`, the first account of a sign-in service that proves this address is theirs.

        Raises:
            NotAllowed: somebody who is not an admin adds a person.
            BadInput: the name is empty, too long or taken, or the e-mail address cannot be one.
        """
        name, email = _checked_name(name), _checked_email(email)
        wanted = frozenset(roles)
        if by is None:
            first = Person(name, wanted | {Role.ADMIN}, email=email)
            with self.context.write(first) as write:
                if people.ever(write.connection):
                    raise NotAllowed("Only an admin adds people; say who you are.")
                return _added(write, first)
        with self._managing(by) as write:
            return _added(write, Person(name, wanted, email=email))

    def set_roles(self, name: str, roles: Iterable[Role], *, by: Person) -> Person:
        """The person, now with exactly these roles.

        Raises:
            NotAllowed: the acting person is no admin, or raises their own roles.
            MoveRefused: no admin would remain.
        """
        with self._managing(by) as write:
            before = people.get(write.connection, name)
            wanted = frozenset(roles)
            if by.name == name and not wanted <= before.roles:
                raise NotAllowed("Nobody raises their own roles; ask another admin.")
            person = people.set_roles(write.connection, name, wanted)
            _refuse_without_admin(write)
            write.record(
                "change roles",
                name,
                roles={"from": sorted(before.roles), "to": sorted(person.roles)},
            )
        return person

    def rename(self, name: str, to: str, *, by: Person) -> Person:
        """The person under another name; what was done under the old one stays theirs.

        Raises:
            BadInput: the new name is empty, too long, or is or was somebody's.
        """
        to = _checked_name(to)
        with self._managing(by) as write:
            before = people.get(write.connection, name)
            if to in RESERVED or any(p.among({to}) for p in people.ever(write.connection)):
                raise BadInput(f"The name '{to}' is taken; choose another one.")
            person = replace(before, name=to, formerly=before.formerly | {name})
            people.save(write.connection, name, person)
            write.record("rename person", to, formerly=name)
        return person

    def remove(self, name: str, *, by: Person) -> Person:
        """Let a person in no more; the name stays theirs, and so does what they did.

        Raises:
            MoveRefused: no admin would remain.
        """
        with self._managing(by) as write:
            person = replace(people.get(write.connection, name), removed=True)
            people.save(write.connection, name, person)
            _refuse_without_admin(write)
            write.record("remove person", name)
        return person

    def restore(self, name: str, *, by: Person) -> Person:
        """Let a person who left in again, without any role until somebody gives one."""
        with self._managing(by) as write:
            before = people.known(write.connection, name)
            if before is None or not before.removed:
                raise BadInput(f"There is nobody named '{name}' who left.")
            person = replace(before, removed=False, roles=frozenset())
            people.save(write.connection, name, person)
            write.record("restore person", name)
        return person

    def link(self, name: str, issuer: str, subject: str, *, by: Person) -> Account:
        """Give an account of a sign-in service to a person, for good.

        Raises:
            BadInput: the issuer or the subject is empty.
            MoveRefused: the account is or was somebody's.
        """
        issuer, subject = issuer.strip(), subject.strip()
        if not issuer or not subject:
            raise BadInput("Name the issuer and the subject, as the sign-in page shows them.")
        with self._managing(by) as write:
            person = people.get(write.connection, name)
            account = Account(issuer, subject, person.name, write.at, by.name)
            people.link(write.connection, account)
            write.record("link account", name, account={"issuer": issuer, "subject": subject})
        return account

    def seen(self, person: Person) -> None:
        """Keep that the person is here, at most once in five minutes; no business of the audit."""
        with self.context.read() as connection:
            last = people.seen(connection, person.name)
        if last is None or (self.context.now() - last).total_seconds() > _SEEN_S:
            with self.context.write(SYSTEM) as write:
                people.mark_seen(write.connection, person.name, write.at)

    @contextmanager
    def _managing(self, by: Person) -> Iterator[Write]:
        """A transaction of somebody who may manage people, by what they may at this moment."""
        require(by, Permission.MANAGE_PEOPLE)
        with self.context.write(by) as write:
            if by != OPERATOR:
                require(present(write.connection, by), Permission.MANAGE_PEOPLE)
            yield write


def present(connection: Connection, person: Person) -> Person:
    """The person as they are known at this moment, not as some page remembers them.

    Raises:
        NotAllowed: they are not here, or no longer.
    """
    known = people.known(connection, person.name)
    if known is None or known.removed:
        raise NotAllowed(f"{person.name} is not somebody of this workspace, or no longer.")
    return replace(known, verified=person.verified)


def _added(write: Write, person: Person) -> Person:
    ever = people.ever(write.connection)
    if person.name in RESERVED or any(p.among({person.name}) for p in ever):
        raise BadInput(f"The name '{person.name}' is taken; choose another one.")
    if person.email and any(p.email == person.email and not p.removed for p in ever):
        raise BadInput(f"{person.email} belongs to somebody here already.")
    people.add(write.connection, person, write.at)
    write.record("add person", person.name, roles=sorted(person.roles), email=person.email)
    return person


def _refuse_without_admin(write: Write) -> None:
    if not any(p.holds(Role.ADMIN) for p in people.everyone(write.connection)):
        raise MoveRefused("At least one admin has to remain. Nothing was changed.")


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _NAME_MAX or not name.isprintable():
        raise BadInput(f"A person's name has 1 to {_NAME_MAX} printable characters.")
    return name


def _checked_email(email: str) -> str:
    email = email.strip().casefold()
    local, at, domain = email.rpartition("@")
    if email and (not (local and at and "." in domain) or len(email) > _EMAIL_MAX or " " in email):
        raise BadInput(f"'{email}' is no e-mail address; write one such as ann@example.com.")
    return email
