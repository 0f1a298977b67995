"""Who acts: people, their roles and what each role may do is decided elsewhere (`workflow`)."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is trusted to do; one person may hold several roles."""

    MARKETER = "marketer"
    APPROVER = "approver"
    ANALYST = "analyst"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts; `verified` is False for a local name nobody has checked."""

    name: str
    roles: frozenset[Role]
    verified: bool = False

    def holds(self, *roles: Role) -> bool:
        """Whether the person has at least one of these roles."""
        return not self.roles.isdisjoint(roles)
