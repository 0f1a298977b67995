"""Outcomes as events: what may happen to a customer, and what a file says it by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EventKind(StrEnum):
    """What may happen; `held_out` is the moment at which somebody would have been sent to."""

    SENT = "sent"
    HELD_OUT = "held_out"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    OPENED = "opened"
    CLICKED = "clicked"
    VISITED = "visited"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    ORDERED = "ordered"
    REFUNDED = "refunded"


class Ambiguous(StrEnum):
    """Which of two moments a local time means that the clocks show twice."""

    FIRST = "first"
    SECOND = "second"


class TimeUnit(StrEnum):
    """In what a time is counted from 1970 in UTC, where it is a number."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"


IGNORED = "ignore"
HARD, SOFT = "hard", "soft"
VALUES = {kind.value: (kind, None) for kind in EventKind} | {
    "hard_bounced": (EventKind.BOUNCED, HARD),
    "soft_bounced": (EventKind.BOUNCED, SOFT),
    "bot_clicked": (EventKind.CLICKED, "bot"),
    "bot_opened": (EventKind.OPENED, "bot"),
}
"""What a value of the file may stand for, beside `ignore`: the kind, and what else it says."""

EVENT_COLUMNS = {
    "event": "what happened",
    "event_id": "its id",
    "customer_id": "to whom",
    "time": "when, with its offset from UTC",
    "amount": "money of an order or a refund",
    "currency": "of the amount, such as EUR",
    "order_id": "the order, which a refund has to name",
    "margin": "what an order earned",
    "cost": "what an order cost; the margin is the rest of the amount",
    "bot": "1 for a click or open of a machine",
    "bounce": "hard or soft",
}
"""Our names of the columns of an event."""

UNTRUSTED = ("opens", "bot_clicks")
"""The columns made from events that machines make too; none of them decides."""


@dataclass(frozen=True, slots=True)
class OutcomesMapping:
    """What the columns and values of an outcomes file are called, and how its times are meant.

    `columns` maps our names to theirs, `values` their names of events to ours or `ignore`. Without
    `event` among the columns the file has one row a customer. `zone` is an IANA zone for times
    without an offset; `currency_of_all` that of a file that names none.
    """

    columns: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    id_from_content: bool = False
    zone: str | None = None
    ambiguous: Ambiguous | None = None
    time_unit: TimeUnit | None = None
    currency_of_all: str | None = None

    @property
    def of_events(self) -> bool:
        """Whether a row is an event."""
        return "event" in self.columns


@dataclass(frozen=True, slots=True)
class EventsTaken:
    """What a file of events brought, and what all events of the campaign are after it.

    Of the file: `new` and `known` events, and `ignored` rows. Of the campaign: events by kind, and
    how many of them lie `before` the send or are too `late`, are of `bots`, or are refunds of an
    unknown order, after the days in which refunds count, or of more than was paid.
    """

    new: int
    known: int
    ignored: int
    kinds: Mapping[str, int] = field(default_factory=dict)
    before: int = 0
    late: int = 0
    bots: int = 0
    refunds_unknown: int = 0
    refunds_late: int = 0
    refunds_over: int = 0
    currency: str | None = None
