"""What events came in, in lines: the same on a page and in a terminal."""

from core.charts.units import count
from core.models.outcome_events import EventsTaken

_KINDS = {
    "sent": "sent", "held_out": "held out", "delivered": "delivered", "bounced": "bounced",
    "opened": "opened", "clicked": "clicked", "visited": "visited",
    "unsubscribed": "unsubscribed", "complained": "complained", "ordered": "ordered",
    "refunded": "refunded",
}  # fmt: skip


def event_lines(taken: EventsTaken) -> list[str]:
    """What the file brought, what all events of the campaign are, and what of it is set apart.

    Examples:
        >>> event_lines(EventsTaken(3, 1, 0, {"sent": 2, "ordered": 2}, late=1, currency="EUR"))[0]
        'The file brought 3 new events and 1 that was known.'
    """
    known = f"{count(taken.known)} that {'was' if taken.known == 1 else 'were'} known"
    lines = [f"The file brought {_events(taken.new, 'new ')} and {known}."]
    if taken.ignored:
        lines.append(f"{_rows(taken.ignored)} of no interest by the mapping were passed over.")
    kinds = ", ".join(f"{_KINDS[k]} {count(taken.kinds[k])}" for k in _KINDS if k in taken.kinds)
    money = f"; amounts in {taken.currency}" if taken.currency else ""
    lines.append(f"All events of the campaign: {kinds or 'none'}{money}.")
    return [*lines, *apart_lines(taken)]


def apart_lines(taken: EventsTaken) -> list[str]:
    """Events that are kept and are no part of the outcome, each kind in a sentence.

    Examples:
        >>> apart_lines(EventsTaken(0, 0, 0, bots=2))
        ['2 clicks or opens are of machines, kept apart, and decide nothing.']
    """
    said = (
        (taken.before, "orders, clicks or visits lie before the send and do not count."),
        (taken.late, "orders, clicks or visits came after the days that count."),
        (taken.bots, "clicks or opens are of machines, kept apart, and decide nothing."),
        (taken.refunds_unknown, "refunds are of an order that is not known (yet)."),
        (taken.refunds_late, "refunds came too late after their order and lower nothing."),
        (taken.refunds_over, "orders had more refunded than was paid; they count as 0."),
    )
    return [f"{count(number)} {words}" for number, words in said if number]


def _events(number: int, kind: str) -> str:
    return f"{count(number)} {kind}{'event' if number == 1 else 'events'}"


def _rows(number: int) -> str:
    return f"{count(number)} {'row' if number == 1 else 'rows'}"
