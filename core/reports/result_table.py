"""The table of results: every group on one metric, each column with its definition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.charts.units import DASH, Interval, Unit, chance, change, count, p_value, percent
from core.models.experiment import MetricKind
from core.models.readout import Estimate, Readout
from core.reports.reading import (
    alpha,
    are_sequential,
    estimates_of,
    lift_unit,
    metric_unit,
    primary_metric,
    shared_alpha,
    shown_coverage,
    shown_interval,
    shown_lift_interval,
)

_LEVELS = {
    MetricKind.PROPORTION: ("Rate", "Events divided by customers."),
    MetricKind.MEAN: ("Average", "The sum over all customers of the group, divided by them."),
    MetricKind.RATIO: ("Ratio", "The sum of one amount divided by the sum of another."),
    MetricKind.QUANTILE: ("Quantile", "The amount below which the named share of customers is."),
}
_CORRECTIONS = {"holm": " by Holm", "bh": " by Benjamini-Hochberg", "none": ""}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what it means, and a cell for control and for each group."""

    heading: str
    definition: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Every group on one metric, control first; `notes` say why a number is missing."""

    columns: tuple[Column, ...]
    notes: tuple[str, ...]

    @property
    def rows(self) -> list[dict[str, str]]:
        """The cells row by row, under their headings."""
        headings = [column.heading for column in self.columns]
        cells = zip(*(column.cells for column in self.columns), strict=True)
        return [dict(zip(headings, row, strict=True)) for row in cells]


def result_table(
    readout: Readout, metric: str, labels: Mapping[str, str] | None = None
) -> ResultTable:
    """Every group on one metric; what cannot be estimated is a dash, and `notes` say why.

    Raises:
        NotFound: the read-out has no such metric.
    """
    made = _Making(readout, estimates_of(readout, metric), labels or {})
    return ResultTable(tuple(made.columns()), tuple(made.notes()))


def events(row: Estimate, mean: float | None, n: int) -> int | None:
    """How many customers did it; None for anything but a share."""
    if row.type is not MetricKind.PROPORTION or mean is None:
        return None
    return round(n * mean)


def difference_cell(row: Estimate, unit: Unit) -> str:
    """The difference with its interval: "+7.75 (+6.82 to +8.69)"; a dash where there is none."""
    bounds = shown_interval(row)
    if row.difference is None or bounds is None:
        return DASH
    return f"{unit.signed(row.difference)} ({unit.interval(bounds)})"


def lift_cell(row: Estimate, relative: Unit) -> str:
    """The lift with its interval: "+73.6 % (+62.3 to +86.1)"; a dash where there is none."""
    return _lift(row.lift, shown_lift_interval(row), relative)


def _lift(lift: float | None, bounds: Interval | None, relative: Unit) -> str:
    if lift is None or bounds is None:
        return DASH
    return f"{change(lift, relative)} ({relative.interval(bounds)})"


@dataclass(frozen=True, slots=True)
class _Making:
    """One metric of a read-out, on its way to a table."""

    readout: Readout
    estimates: Sequence[Estimate]
    labels: Mapping[str, str]

    def columns(self) -> list[Column]:
        """The columns, those that decide marked."""
        first = self.estimates[0]
        level, of_level = _LEVELS[first.type]
        is_share = first.type is MetricKind.PROPORTION
        unit = self._unit
        found = [
            Column("Group", "Who was compared; the first row is control.", self._names()),
            self._column(
                "Customers",
                "Everybody assigned to the group, whether reached or not.",
                count(first.n_control),
                lambda row: count(row.n),
            ),
            self._column(
                "Events",
                "Customers of the group who did it: customers times rate.",
                count(events(first, first.mean_control, first.n_control)),
                lambda row: count(events(row, row.mean, row.n)),
            ),
            self._column(
                level, of_level, unit.level(first.mean_control), lambda row: unit.level(row.mean)
            ),
            *self._differences(level.lower()),
            *self._certainty(),
        ]
        return [column for column in found if is_share or column.heading != "Events"]

    def notes(self) -> list[str]:
        """Why numbers are missing, once for each reason."""
        missing: dict[str, list[str]] = {}
        for row in self.estimates:
            if row.undefined and DASH in (difference_cell(row, self._unit), self._lift(row)):
                missing.setdefault(row.undefined, []).append(self._name(row.arm))
        reasons = [f"{', '.join(names)}: {reason}" for reason, names in missing.items()]
        adjusted = any(row.covariate_adjusted for row in self.estimates)
        why = "Differences are adjusted by what was known before the send (CUPED)."
        return [*reasons, why] if adjusted else reasons

    def _differences(self, level: str) -> list[Column]:
        unit, first = self._unit, self.estimates[0]
        held = f"{percent(self._coverage)}{' sequential' if self._sequential else ''}"
        found = [
            self._column(
                f"Difference{_in(unit)} ({held})",
                f"The group's {level} minus that of {self._name(first.control)}, in {unit.label}, "
                f"with its {held} interval.",
                DASH,
                lambda row: difference_cell(row, unit),
            ),
            self._column(
                f"Relative lift ({held})",
                f"The difference as a share of the {level} of {self._name(first.control)}, with "
                f"its {held} interval (Fieller), which leaves out 0 just when that of the "
                "difference does.",
                DASH,
                self._lift,
            ),
        ]
        return [*found, *self._deciding()]

    def _deciding(self) -> list[Column]:
        """The wider interval, where several groups share the error and it decides."""
        wider = any(row.lift_interval_adjusted != row.lift_interval for row in self.estimates)
        if self._sequential or not self._decides or not wider:
            return []
        groups = len({row.arm for row in self.estimates})
        held = percent(1 - shared_alpha(self.readout))
        return [
            self._column(
                f"Lift that decides ({held})",
                f"The conclusion reads this wider interval of the lift: {groups} groups are "
                f"compared with one control, and they share the error of "
                f"{percent(alpha(self.readout))}.",
                DASH,
                lambda row: self._interval(row.lift_interval_adjusted),
            )
        ]

    def _certainty(self) -> list[Column]:
        prior = self.readout.settings.get("prior")
        believed = f" Prior belief about the lift: {prior}." if prior else ""
        return [
            self._column(
                "Chance to beat control",
                "The chance that the group is truly better than control, given these outcomes."
                f"{believed} It is shown beside the interval and decides nothing.{self._once}",
                DASH,
                lambda row: chance(row.chance_to_beat_control),
            ),
            self._column(
                "Adjusted p",
                "How often chance alone would show at least so much if nothing differed"
                f"{self._corrected()}.{self._once}",
                DASH,
                lambda row: p_value(row.p_value if row.p_adjusted is None else row.p_adjusted),
            ),
        ]

    def _corrected(self) -> str:
        if any(row.guardrail for row in self.estimates):
            return ", not corrected: harm must not be corrected away"
        name = str(self.readout.settings.get("correction") or "none")
        if name == "none":
            return ""
        if self._decides:
            return f", corrected for the number of groups{_CORRECTIONS.get(name, '')}"
        return ", corrected for all metrics that do not decide, by Benjamini-Hochberg"

    def _column(
        self, heading: str, definition: str, control: str, cell: Callable[[Estimate], str]
    ) -> Column:
        return Column(heading, definition, (control, *map(cell, self.estimates)))

    def _names(self) -> tuple[str, ...]:
        control = self._name(self.estimates[0].control)
        marked = control if "control" in control.lower() else f"{control} (control)"
        return (marked, *(self._name(row.arm) for row in self.estimates))

    def _name(self, arm: str) -> str:
        return self.labels.get(arm, arm)

    def _lift(self, row: Estimate) -> str:
        return lift_cell(row, self._relative)

    def _interval(self, bounds: Interval | None) -> str:
        return f"{self._relative.interval(bounds)} %" if bounds else DASH

    @property
    def _metric(self) -> str:
        return self.estimates[0].metric

    @property
    def _unit(self) -> Unit:
        return metric_unit(self.readout, self._metric)

    @property
    def _relative(self) -> Unit:
        return lift_unit(self.readout, self._metric)

    @property
    def _decides(self) -> bool:
        return self._metric == primary_metric(self.readout)

    @property
    def _sequential(self) -> bool:
        return are_sequential(self.estimates)

    @property
    def _once(self) -> str:
        """A warning beside numbers that are right for one look only."""
        once = " It is computed as if looked at once; with several looks read the interval."
        return once if self._sequential else ""

    @property
    def _coverage(self) -> float:
        return shown_coverage(self.readout, self.estimates)


def _in(unit: Unit) -> str:
    """The unit of a difference in a heading."""
    points = " in points" if unit.suffix == " %" else ""
    return f" in {unit.prefix}" if unit.prefix else points
