"""A difference day by day as a value: page, PNG and table draw from it and cannot disagree."""

from dataclasses import dataclass, field
from datetime import date

from core.charts.dates import day_words
from core.charts.units import RELATIVE, Interval, Unit, percent

Day = date | int

MOST_TOGETHER = 2
"""More groups than this get a picture each: bands that lie on each other cannot be read."""

_WIDEST = 2.5
_HEADROOM = 0.08


@dataclass(frozen=True, slots=True)
class LinePoint:
    """A group against control by everybody up to and including one day, as stored.

    None instead of an estimate means not estimable; `note` then says why.
    """

    day: Day
    estimate: float | None = None
    interval: Interval | None = None
    n: int = 0
    n_control: int = 0
    lift: float | None = None
    lift_interval: Interval | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One group, day after day."""

    label: str
    points: tuple[LinePoint, ...]

    @property
    def estimable(self) -> tuple[LinePoint, ...]:
        """The days that can be drawn."""
        return tuple(p for p in self.points if p.estimate is not None and p.interval is not None)

    @property
    def last(self) -> LinePoint | None:
        """The newest day that can be drawn."""
        return self.estimable[-1] if self.estimable else None

    @property
    def apart_since(self) -> Day | None:
        """The day since which the band has left out 0, up to the end; None where it holds 0."""
        since = None
        for point in reversed(self.estimable):
            low, high = point.interval or (0.0, 0.0)
            if low <= 0 <= high:
                return since
            since = point.day
        return since


@dataclass(frozen=True, slots=True)
class LinesChart:
    """Differences from control with their bands, one line a group; `finding` is the alt text.

    `promise` says what the band is right for. `smallest_effect` is the smallest difference worth
    using, as stored; `coverage` is that of the bands, each taken by itself.
    """

    title: str
    subtitle: str
    finding: str
    unit: Unit
    control: str
    lines: tuple[Line, ...]
    promise: str
    coverage: float = 0.95
    smallest_effect: float | None = None
    simulated: bool = False
    day_heading: str = "Day"
    relative: Unit = field(default=RELATIVE)

    @property
    def axis_title(self) -> str:
        """What the upright axis measures, with its unit."""
        return f"Difference from {self.control} ({self.unit.label})"

    @property
    def legend(self) -> str:
        """How the band and the lines are read."""
        band = f"Band: {percent(self.coverage)} interval, {self.promise}."
        if self.smallest_effect is None:
            return band
        smallest = self.unit.signed(self.smallest_effect)
        return f"{band} Dashed grey line: smallest effect worth using, {smallest}."

    @property
    def days(self) -> tuple[Day, ...]:
        """Every day that some group has, in order."""
        known = {point.day for line in self.lines for point in line.points}
        return tuple(sorted(known, key=lambda d: d if isinstance(d, int) else d.toordinal()))

    @property
    def panels(self) -> tuple[tuple[Line, ...], ...]:
        """Which lines share a picture."""
        if len(self.lines) <= MOST_TOGETHER:
            return (self.lines,)
        return tuple((line,) for line in self.lines)

    def value_label(self, line: Line) -> str:
        """Where a line ends: estimate and interval, or that there is none."""
        if line.last is None:
            return "not estimable"
        return f"{self.unit.signed(line.last.estimate)} ({self.unit.interval(line.last.interval)})"

    @property
    def axis(self) -> Interval:
        """The range of the upright axis, in the unit; wide bands of first days run out of it."""
        points = [point for line in self.lines for point in _firm(line)]
        ends = [end for point in points for end in (point.interval or ())]
        ends += [0.0] if self.smallest_effect is None else [0.0, self.smallest_effect]
        low, high = self.unit.scaled(min(ends)), self.unit.scaled(max(ends))
        room = _HEADROOM * (high - low) or 1.0
        return low - room, high + room


def written_day(day: Day) -> str:
    """A day as it stands in a table or under an axis.

    Examples:
        >>> written_day(date(2026, 12, 6)), written_day(3)
        ('6 December 2026', 'day 3')
    """
    return day_words(day) if isinstance(day, date) else f"day {day}"


def _firm(line: Line) -> list[LinePoint]:
    """The days whose band is not much wider than the last one."""
    if line.last is None:
        return []
    widest = _WIDEST * _width(line.last)
    return [point for point in line.estimable if _width(point) <= widest]


def _width(point: LinePoint) -> float:
    low, high = point.interval or (0.0, 0.0)
    return high - low
