"""The tables of a report: every number of a read-out that belongs on paper, as text."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.charts.units import DASH, RELATIVE, Unit, chance, change, count, p_value, percent
from core.errors import BadInput
from core.models.experiment import MetricSpec
from core.models.readout import Estimate, Readout
from core.reports.reading import (
    alpha,
    estimates_of,
    is_sequential,
    metric_unit,
    primary_metric,
    shared_alpha,
    shown_interval,
    shown_lift_interval,
)
from core.reports.words import metric_words

PRIMARY_HEADER = (
    "Group",
    "Customers",
    "{level}",
    "Difference",
    "Relative lift",
    "p adjusted",
    "Chance to beat control",
)
MOST_ROWS = 12
OTHER_HEADER = ("Metric", "Group", "Value", "Control", "Difference", "p adjusted")


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table with a title; `more` rows were left out so that the page is not crowded."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0


def primary_table(readout: Readout, labels: Mapping[str, str]) -> PaperTable | None:
    """Control and every group on the metric that decides; None where nothing was measured."""
    metric = primary_metric(readout)
    if metric is None:
        return None
    rows, unit = estimates_of(readout, metric), metric_unit(readout, metric)
    relative = RELATIVE.fitted(shown_lift_interval(row) for row in rows)
    first = rows[0]
    control = labels.get(first.control, first.control)
    level = "Rate" if unit.suffix == " %" else "Average"
    return PaperTable(
        title=f"{_capital(metric_words(metric))}, the primary metric ({unit.label})",
        header=tuple(head.format(level=level) for head in PRIMARY_HEADER),
        rows=(
            (control, count(first.n_control), unit.level(first.mean_control), *[DASH] * 4),
            *(_primary_row(row, unit, relative, labels) for row in rows),
        ),
    )


def other_table(readout: Readout, labels: Mapping[str, str]) -> PaperTable | None:
    """Every group on the other metrics; None where there are none."""
    primary = primary_metric(readout)
    rows = [row for row in _overall(readout) if row.metric != primary and not row.guardrail]
    cells = tuple(_other_row(readout, row, labels) for row in rows)
    return _shortened("Other metrics", OTHER_HEADER, cells)


def guardrail_table(
    readout: Readout, labels: Mapping[str, str], specs: tuple[str, ...]
) -> PaperTable | None:
    """Every group on the guardrails, and whether harm is shown; None where there are none."""
    rows = [row for row in _overall(readout) if row.guardrail]
    harmful = dict(filter(None, (_harmful(spec) for spec in specs)))
    cells = []
    for row in rows:
        *numbers, _ = _other_row(readout, row, labels)
        cells.append((*numbers, _harm_words(row, harmful.get(row.metric))))
    header = (*OTHER_HEADER[:-1], "Harm")
    return _shortened("Guardrails", header, tuple(cells))


def interval_words(readout: Readout) -> str:
    """Which intervals are printed, and which one the conclusion reads."""
    one, all_groups = percent(1 - alpha(readout)), percent(1 - shared_alpha(readout))
    if is_sequential(readout):
        return f"Intervals hold at every planned look ({all_groups} for each group)."
    if one == all_groups:
        return f"Intervals hold for {one}."
    return (
        f"Intervals hold for {one} one group at a time; the conclusion reads {all_groups} "
        "intervals, because the groups are compared together."
    )


def _shortened(
    title: str, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]
) -> PaperTable | None:
    if not rows:
        return None
    return PaperTable(title, header, rows[:MOST_ROWS], max(len(rows) - MOST_ROWS, 0))


def _overall(readout: Readout) -> list[Estimate]:
    names = dict.fromkeys(row.metric for row in readout.estimates if row.slice is None)
    return [row for name in names for row in estimates_of(readout, name)]


def _primary_row(
    row: Estimate, unit: Unit, relative: Unit, labels: Mapping[str, str]
) -> tuple[str, ...]:
    bounds = shown_lift_interval(row)
    lift = "not estimable"
    if row.lift is not None and bounds is not None:
        lift = f"{change(row.lift, relative)} ({relative.interval(bounds)})"
    return (
        labels.get(row.arm, row.arm),
        count(row.n),
        unit.level(row.mean),
        _difference(row, unit),
        lift,
        p_value(row.p_adjusted),
        chance(row.chance_to_beat_control),
    )


def _other_row(readout: Readout, row: Estimate, labels: Mapping[str, str]) -> tuple[str, ...]:
    unit = metric_unit(readout, row.metric)
    return (
        f"{_capital(metric_words(row.metric))} ({unit.label})",
        labels.get(row.arm, row.arm),
        unit.level(row.mean),
        unit.level(row.mean_control),
        _difference(row, unit),
        p_value(row.p_adjusted),
    )


def _difference(row: Estimate, unit: Unit) -> str:
    bounds = shown_interval(row)
    if row.difference is None or bounds is None:
        return "not estimable"
    return f"{unit.signed(row.difference)} ({unit.interval(bounds)})"


def _harmful(spec: str) -> tuple[str, str] | None:
    try:
        metric = MetricSpec.parse(spec)
    except BadInput:
        return None
    return metric.name, metric.harmful.value


def _harm_words(row: Estimate, direction: str | None) -> str:
    bounds = shown_interval(row)
    if bounds is None or direction is None:
        return "cannot be told"
    shown = bounds[0] > 0 if direction == "rise" else bounds[1] < 0
    return f"shown: a {direction}" if shown else f"no {direction} shown"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
