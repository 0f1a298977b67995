"""Who acts: people, their roles and what each role may do is decided elsewhere (`workflow`)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody is trusted to do; one person may hold several roles."""

    MARKETER = "marketer"
    APPROVER = "approver"
    ANALYST = "analyst"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts; `verified` is False for a local name nobody has checked.

    A person who left stays known with `removed`, so that nobody else can take the name and with
    it the record. `formerly` holds the names the person had before. `email` is what an admin
    expects the first sign-in to show; from then on the subject counts, and it is display only.
    """

    name: str
    roles: frozenset[Role]
    verified: bool = False
    email: str = ""
    formerly: frozenset[str] = frozenset()
    removed: bool = False

    def holds(self, *roles: Role) -> bool:
        """Whether the person has at least one of these roles."""
        return not self.removed and not self.roles.isdisjoint(roles)

    def among(self, names: Collection[str]) -> bool:
        """Whether one of the names is or was this person's."""
        return self.name in names or not self.formerly.isdisjoint(names)


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a sign-in service that somebody uses: issuer and subject, for good."""

    issuer: str
    subject: str
    person: str
    linked_at: datetime
    linked_by: str


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the page of people lists them."""

    person: Person
    accounts: tuple[Account, ...]
    last_seen: datetime | None
