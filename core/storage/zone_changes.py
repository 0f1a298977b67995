"""When the clocks of a time zone change: which local times do not exist, and which come twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_STEP = timedelta(hours=6)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """A moment in UTC at which the offset of a zone changes."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def gap(self) -> bool:
        """Whether local times are left out; else some come twice."""
        return self.after > self.before

    @property
    def odd(self) -> tuple[datetime, datetime]:
        """The local times, without a zone, that do not exist or come twice; the end is not in."""
        moment = self.at.replace(tzinfo=None)
        first, last = sorted((moment + self.before, moment + self.after))
        return first, last


def zone_changes(zone: str, first: datetime, last: datetime) -> tuple[ZoneChange, ...]:
    """Every change of the clocks from a day before `first` to a day after `last`.

    Examples:
        >>> year = (datetime(2026, 1, 1), datetime(2027, 1, 1))
        >>> spring, autumn = zone_changes("Europe/Berlin", *year)
        >>> str(spring.odd[0]), spring.gap, str(autumn.odd[0]), autumn.gap
        ('2026-03-29 02:00:00', True, '2026-10-25 02:00:00', False)
    """
    return tuple(_changes(ZoneInfo(zone), _utc(first) - _DAY, _utc(last) + _DAY))


def offset_at(zone: str, moment: datetime) -> timedelta:
    """The offset of a zone at a moment in UTC."""
    return _offset(ZoneInfo(zone), _utc(moment))


_DAY = timedelta(days=1)


def _changes(zone: ZoneInfo, moment: datetime, last: datetime) -> Iterator[ZoneChange]:
    while moment < last:
        then = moment + _STEP
        before, after = _offset(zone, moment), _offset(zone, then)
        if before != after:
            yield ZoneChange(_found(zone, moment, then), before, after)
        moment = then


def _found(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the new offset begins, by halving."""
    old = _offset(zone, before)
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0) if middle.microsecond else middle
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
