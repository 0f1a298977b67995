"""A send in stages: whose outcomes are complete, so that they may be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.models.stages import SENT_ON
from core.storage.duck import looking


@dataclass(frozen=True, slots=True)
class Maturity:
    """Customers by arm: `complete` ones may be read, of `young` ones not all days have passed.

    `undated` ones were not sent to, or nobody says when; `next_on` is the first day on which
    young ones become complete, None without any.
    """

    complete: Mapping[str, int]
    young: Mapping[str, int]
    undated: Mapping[str, int]
    next_on: date | None


def maturity(select: str, *, days: int, today: date) -> Maturity:
    """How far a send in stages has come on this day.

    Everybody, the not contacted too, is placed by `sent_on`: the day they were sent to, or would
    have been with the others of their stage.

    Args:
        select: the SELECT of an experiment with the column sent_on.
        days: outcomes are complete so many days after the send.
        today: the day on which this is asked.
    """
    complete = _complete(days, today)
    query = f"""
        SELECT arm, count(*) FILTER ({complete}), count(*) FILTER (NOT {complete}),
            count(*) FILTER ({SENT_ON} IS NULL), min({SENT_ON}) FILTER (NOT {complete})
        FROM ({select}) AS sent GROUP BY arm ORDER BY arm"""
    with looking(threads=None) as connection:
        rows = connection.execute(query).fetchall()
    last = [row[4] for row in rows if row[4] is not None]
    return Maturity(
        complete={row[0]: row[1] for row in rows},
        young={row[0]: row[2] for row in rows},
        undated={row[0]: row[3] for row in rows},
        next_on=min(last) + timedelta(days=days) if last else None,
    )


def complete_only(select: str, *, days: int, today: date) -> str:
    """The SELECT of those whose outcomes are complete on this day; nobody else is looked at."""
    return f"SELECT * FROM ({select}) AS sent WHERE {_complete(days, today)}"


def _complete(days: int, today: date) -> str:
    return f"({SENT_ON} + {int(days)} <= DATE '{today.isoformat()}')"
