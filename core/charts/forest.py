"""A forest chart as a value: page, PNG, PDF and table draw from it and cannot disagree."""

from dataclasses import dataclass

from core.charts.units import RELATIVE, Interval, Unit, percent

SIMULATED = "SIMULATED"
FEW_CUSTOMERS = 100
"""A row with fewer customers in one of its groups is drawn faintly and does not set the axis."""

_HEADROOM = 0.08


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One group against control: estimate and interval as stored, not yet in the unit.

    `outer` is a second, wider interval, the one a conclusion reads when several groups share
    its error. `measured` is the difference as measured where `estimate` was drawn towards the
    average of all rows. `lift` is the same as `estimate`, as a fraction of control. None instead
    of an estimate means not estimable; `note` then says why.
    """

    label: str
    group: str = ""
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    n_control: int = 0
    note: str = ""
    outer: Interval | None = None
    lift: float | None = None
    lift_interval: Interval | None = None
    measured: float | None = None
    measured_interval: Interval | None = None

    @property
    def interval(self) -> Interval | None:
        """Both ends, or None where there is no interval."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    @property
    def shown(self) -> bool:
        """Whether a difference is shown: the interval that decides excludes 0."""
        return _excludes_0(self.outer or self.interval)

    @property
    def alone(self) -> bool:
        """Whether a difference would be shown if this were the only group."""
        return _excludes_0(self.interval)

    @property
    def few(self) -> bool:
        """Whether there are too few customers for the row to be read with any weight."""
        return min(self.n, self.n_control) < FEW_CUSTOMERS


@dataclass(frozen=True, slots=True)
class ForestChart:
    """Differences from control with their intervals, one row a group; `finding` is the alt text.

    `smallest_effect` is the smallest difference worth using, as stored. `coverage` is that of
    the rows' interval, `outer_coverage` that of the wider one, None where no row has one.
    `group_heading` names what the rows are grouped by, empty where they are not. `relative` is
    how a lift is written. `row_heading` names what a row is; with `axis_words` the axis measures
    something other than the difference from control, and rows are no groups: all look alike.
    """

    title: str
    subtitle: str
    finding: str
    unit: Unit
    control: str
    rows: tuple[ForestRow, ...]
    smallest_effect: float | None = None
    simulated: bool = False
    coverage: float = 0.95
    outer_coverage: float | None = None
    interval_name: str = "interval"
    group_heading: str = ""
    relative: Unit = RELATIVE
    row_heading: str = "Group"
    axis_words: str = ""

    @property
    def drawn_together(self) -> bool:
        """Whether the estimates were drawn towards their average."""
        return any(row.measured is not None for row in self.rows)

    def customers_in(self, group: str) -> int:
        """Everybody in one group of rows, control included."""
        rows = [row for row in self.rows if row.group == group]
        return sum(row.n for row in rows) + max((row.n_control for row in rows), default=0)

    @property
    def axis_title(self) -> str:
        """What the axis measures, with its unit."""
        return f"{self.axis_words or f'Difference from {self.control}'} ({self.unit.label})"

    @property
    def legend(self) -> str:
        """How the marks are read."""
        shown = "Filled mark: a difference is shown; hollow: not shown."
        if self.drawn_together:
            shown += " Upright stroke: the difference as measured."
        line = f"ine: {percent(self.coverage)} {self.interval_name}"
        if self.outer_coverage is None:
            return f"L{line}. {shown}"
        outer = f"{percent(self.outer_coverage)}, all groups taken together"
        return f"Thick l{line}; thin line: {outer}. {shown}"

    @property
    def smallest_effect_label(self) -> str:
        """What stands at the line of the smallest effect."""
        return f"smallest effect worth using {self.unit.signed(self.smallest_effect)}"

    def value_label(self, row: ForestRow) -> str:
        """What stands beside a row: estimate and interval, or that there is none."""
        if row.estimate is None or row.interval is None:
            return "not estimable"
        return f"{self.unit.signed(row.estimate)} ({self.unit.interval(row.interval)})"

    @property
    def axis(self) -> Interval:
        """The range of the axis, in the unit; rows with few customers may run out of it."""
        firm = [row for row in self.rows if not row.few] or list(self.rows)
        ends = [end for row in firm for end in (row.outer or row.interval or ())]
        ends += [row.measured for row in firm if row.measured is not None]
        ends += [0.0] if self.smallest_effect is None else [0.0, self.smallest_effect]
        low, high = self.unit.scaled(min(ends)), self.unit.scaled(max(ends))
        room = _HEADROOM * (high - low) or 1.0
        return low - room, high + room


def _excludes_0(bounds: Interval | None) -> bool:
    return bounds is not None and (bounds[0] > 0 or bounds[1] < 0)
