"""The tables of a report: every number of a read-out that belongs on paper, as text."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.charts.units import DASH, chance, count, p_value, percent
from core.models.readout import Estimate, Readout
from core.reports.guardrails import guardrails
from core.reports.reading import (
    alpha,
    are_sequential,
    estimates_of,
    is_sequential,
    lift_unit,
    metric_unit,
    metrics,
    opens,
    primary_metric,
    shared_alpha,
    shown_coverage,
)
from core.reports.result_table import difference_cell, lift_cell
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
MOST_ROWS = 120
NUMBERS_HEADER = ("Metric", "Group", "Value", "Control", "Difference")
OTHER_HEADER = (*NUMBERS_HEADER, "Relative lift", "p adjusted")
GUARDRAIL_HEADER = (*NUMBERS_HEADER, "Reading")


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table with a title; `more` rows were left out so that the page is not crowded.

    The columns of `texts` hold words and not numbers.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0
    texts: tuple[str, ...] = ("Group", "Metric", "Reading")


def primary_table(readout: Readout, labels: Mapping[str, str]) -> PaperTable | None:
    """Control and every group on the metric that decides; None where nothing was measured."""
    metric = primary_metric(readout)
    if metric is None:
        return None
    rows, unit = estimates_of(readout, metric), metric_unit(readout, metric)
    first = rows[0]
    control = labels.get(first.control, first.control)
    level = "Rate" if unit.suffix == " %" else "Average"
    return PaperTable(
        title=f"{_capital(metric_words(metric))}, the primary metric ({unit.label})",
        header=tuple(head.format(level=level) for head in PRIMARY_HEADER),
        rows=(
            (control, count(first.n_control), unit.level(first.mean_control), *[DASH] * 4),
            *(_primary_row(readout, row, labels) for row in rows),
        ),
    )


def other_table(readout: Readout, labels: Mapping[str, str]) -> PaperTable | None:
    """Every group on the other metrics, opens last; None where there are none."""
    names = [*metrics(readout), *opens(readout)]
    others = [name for name in names if name != primary_metric(readout)]
    rows = [row for name in others for row in estimates_of(readout, name)]
    cells = tuple(
        (*_numbers(readout, row, labels), _lift(readout, row), p_value(row.p_adjusted))
        for row in rows
    )
    return _shortened("Other metrics", OTHER_HEADER, cells)


def guardrail_table(
    readout: Readout, labels: Mapping[str, str], specs: tuple[str, ...]
) -> PaperTable | None:
    """Every group on the guardrails, and what is known of harm; None where there are none."""
    known = guardrails(readout, specs)
    cells = tuple((*_numbers(readout, found.estimate, labels), found.words) for found in known)
    rows = [found.estimate for found in known]
    kind = "sequential intervals" if are_sequential(rows) else "intervals"
    title = f"Guardrails, with {percent(shown_coverage(readout, rows))} {kind}"
    return _shortened(title, GUARDRAIL_HEADER, cells)


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


def _primary_row(readout: Readout, row: Estimate, labels: Mapping[str, str]) -> tuple[str, ...]:
    unit = metric_unit(readout, row.metric)
    return (
        labels.get(row.arm, row.arm),
        count(row.n),
        unit.level(row.mean),
        _estimable(difference_cell(row, unit)),
        _lift(readout, row),
        p_value(row.p_adjusted),
        chance(row.chance_to_beat_control),
    )


def _numbers(readout: Readout, row: Estimate, labels: Mapping[str, str]) -> tuple[str, ...]:
    unit = metric_unit(readout, row.metric)
    return (
        f"{_capital(metric_words(row.metric))} ({unit.label})",
        labels.get(row.arm, row.arm),
        unit.level(row.mean),
        unit.level(row.mean_control),
        _estimable(difference_cell(row, unit)),
    )


def _lift(readout: Readout, row: Estimate) -> str:
    return _estimable(lift_cell(row, lift_unit(readout, row.metric)))


def _estimable(cell: str) -> str:
    return "not estimable" if cell == DASH else cell


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
