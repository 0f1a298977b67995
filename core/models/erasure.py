"""Objection and erasure: what became of a customer's data, and what nobody here can reach."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ERASED = "erased on request"
"""Why somebody is left out, and why a group of a test has lost them."""

OBJECTED = "objected to marketing"


class ErasureState(StrEnum):
    """An erasure that was begun is finished, if need be by the next process that starts."""

    BEGUN = "begun"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Erased:
    """What was taken out of one place: `rows`, files or mentions, as the kind says."""

    kind: str
    place: str
    rows: int


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """A copy that nobody here can change; `at` and `by` where it is known who made it when."""

    kind: str
    what: str
    at: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an erasure came to; the customer is named by token, the id stands nowhere in it.

    `mark` is a hash of the id under the secret of the workspace, by which a later import or
    restore finds them out. `remaining` are places of this workspace that still hold the id.
    """

    erasure_id: str
    customer: str
    mark: str
    reason: str
    by: str
    verified: bool
    begun_at: datetime
    finished_at: datetime | None = None
    erased: tuple[Erased, ...] = ()
    out_of_reach: tuple[OutOfReach, ...] = ()
    remaining: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Everything that was taken out."""
        return sum(each.rows for each in self.erased)


@dataclass(frozen=True, slots=True)
class Objection:
    """A customer who wants no more marketing: `new` on the list, and what has already left."""

    new: bool
    prepared: tuple[str, ...] = ()
    out_of_reach: tuple[OutOfReach, ...] = ()
