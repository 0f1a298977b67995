"""How far customers came on the way of a send, and how the rows of outcomes fit them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ASSIGNED = "assigned"
EXPORTED = "exported"
SENT = "sent"
DELIVERED = "delivered"
MATCHED = "matched"
"""The stage of having an outcome row: it does not rest on the others, and is of all assigned."""

SENT_ON = "sent_on"
OUTCOME_ON = "outcome_on"
DELIVERY = (SENT, DELIVERED, SENT_ON, OUTCOME_ON)
"""The columns of an outcomes file that say how a message travelled; they are no metrics."""


@dataclass(frozen=True, slots=True)
class StageCounts:
    """How many customers of each arm reached one stage.

    `before` are those of the stage before of whom it is known, `unknown` those of whom it is
    not. `skipped` reached this stage without the one before, and count as not reached.
    """

    name: str
    reached: Mapping[str, int]
    before: Mapping[str, int]
    unknown: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutcomeRows:
    """How the rows of a campaign's outcomes fit the customers who were assigned.

    `idle` rows are 0 in every metric; `others` belonged to nobody in the test and were left out.
    Of `dated` rows the day of the outcome and of the send are known; `early` ones lie before.
    Made from `events`, a row is missing of those to whom nothing happened. `erased` counts by arm
    who was assigned and erased on request since: they have no rows.
    """

    customers: int
    rows: int
    idle: int
    others: int = 0
    dated: int = 0
    early: int = 0
    events: bool = False
    erased: Mapping[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Customers without a row."""
        return self.customers - self.rows

    @property
    def lists_the_active(self) -> bool:
        """Whether the rows are only of customers who did something, so that to miss is to be 0."""
        return self.missing > 0 and self.idle == 0 and not self.events
