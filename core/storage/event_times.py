"""The time of an event as SQL: its moment in UTC, or why it has none."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.models.outcome_events import Ambiguous, OutcomesMapping, TimeUnit
from core.storage.zone_changes import ZoneChange, offset_at, zone_changes

_CLOCK = (
    "([0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)"
)
_OFFSET = "(Z|z|UTC|GMT|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
_READ = f"'^{_CLOCK} ?{_OFFSET}?$'"
_EPOCH = {
    TimeUnit.SECONDS: "'^[0-9]{9,10}([.][0-9]{1,6})?$'",
    TimeUnit.MILLISECONDS: "'^[0-9]{12,13}$'",
}
_MICROSECONDS = {TimeUnit.SECONDS: 1_000_000, TimeUnit.MILLISECONDS: 1_000}
# Before e-mail and after anybody's plans there is no event; a wrong century is found early.
FIRST_DAY = datetime(1990, 1, 1)  # noqa: DTZ001 - local times, of whatever zone
LAST_DAY = datetime(2100, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class EventTime:
    """SQL of a time: `at` is its moment in UTC; the others say what is wrong with it."""

    at: str
    unreadable: str
    naive: str
    missing: str = "false"
    twice: str = "false"


def local_time(field: str) -> str:
    """SQL of the time on the clock, without any zone; null where it is none."""
    clock = f"regexp_extract({field}, {_READ}, 1)"
    return f"TRY_CAST(nullif({clock}, '') AS TIMESTAMP)"


def offset_text(field: str) -> str:
    """SQL of what is written behind the clock; empty for nothing."""
    return f"regexp_extract({field}, {_READ}, 5)"


def epoch_time(field: str, unit: TimeUnit) -> str:
    """SQL of a number counted from 1970 in UTC; null where it is none."""
    # A double holds the microseconds of these centuries exactly.
    number = f"round(TRY_CAST({field} AS DOUBLE) * {_MICROSECONDS[unit]})"
    return (
        f"CASE WHEN regexp_matches({field}, {_EPOCH[unit]}) "
        f"THEN make_timestamp(TRY_CAST({number} AS BIGINT)) END"
    )


def event_time(
    local: str, written: str, mapping: OutcomesMapping, span: tuple[datetime, datetime]
) -> EventTime:
    """The moment in UTC of a local time and the offset written behind it.

    Args:
        local: SQL of the time on the clock.
        written: SQL of the offset as it is written, empty for none.
        mapping: what to do with times that have no offset.
        span: the first and last local time there is, which bounds the changes to look at.
    """
    outside = f"{local} < TIMESTAMP '{FIRST_DAY}' OR {local} >= TIMESTAMP '{LAST_DAY}'"
    unreadable = f"{local} IS NULL OR {outside}"
    stated = f"{local} - {_stated(written)}"
    if mapping.zone is None:
        return EventTime(
            f"CASE WHEN {written} <> '' THEN {stated} END", unreadable, f"{written} = ''"
        )
    changes = zone_changes(mapping.zone, *span)
    bare = f"{written} = '' AND "
    own = f"{local} - {_offset(local, mapping, changes, span[0])}"
    return EventTime(
        f"CASE WHEN {written} <> '' THEN {stated} ELSE {own} END",
        unreadable,
        "false",
        bare + _within(local, [c for c in changes if c.gap]),
        bare + _within(local, [c for c in changes if not c.gap])
        if mapping.ambiguous is None
        else "false",
    )


def _stated(written: str) -> str:
    """An interval of what is written."""
    hours = f"TRY_CAST(substr({written}, 2, 2) AS INTEGER)"
    minutes = (
        f"CASE WHEN length({written}) > 3 THEN TRY_CAST(right({written}, 2) AS INTEGER) ELSE 0 END"
    )
    whole = f"60 * {hours} + {minutes}"
    sign = f"CASE left({written}, 1) WHEN '+' THEN 1 WHEN '-' THEN -1 END"
    return f"to_minutes(coalesce({sign} * ({whole}), 0))"


def _offset(
    local: str, mapping: OutcomesMapping, changes: tuple[ZoneChange, ...], first: datetime
) -> str:
    """The interval to take off a local time; in a gap nothing is right, and it is refused."""
    begin = offset_at(mapping.zone or "UTC", first - timedelta(days=1))
    whens = []
    for change in changes:
        start, end = change.odd
        until = start if not change.gap and mapping.ambiguous is Ambiguous.SECOND else end
        whens.append(f"WHEN {local} < TIMESTAMP '{until}' THEN {_seconds(change.before)}")
    last = changes[-1].after if changes else begin
    chosen = f"CASE {' '.join(whens)} ELSE {_seconds(last)} END" if whens else _seconds(last)
    return f"to_seconds({chosen})"


def _seconds(offset: timedelta) -> str:
    return str(int(offset.total_seconds()))


def _within(local: str, changes: list[ZoneChange]) -> str:
    spans = [
        f"({local} >= TIMESTAMP '{a}' AND {local} < TIMESTAMP '{b}')"
        for a, b in (change.odd for change in changes)
    ]
    return f"({' OR '.join(spans)})" if spans else "false"
