"""Which traits went with the response, as a chart and a table: association, not cause."""

from core.charts.forest import ForestChart, ForestRow
from core.charts.units import Unit, count, p_value, percent
from core.models.attribution import Association, Attribution
from core.models.readout import Readout
from core.reports.reading import metric_unit
from core.reports.report_tables import PaperTable
from core.reports.words import metric_words

NOT_A_CAUSE = "Association, not cause"
MOST_TRAITS = 20
_MOST_NAMED = 3

HOW_TO_READ = (
    (
        "Association, not cause: customers who have a trait differ in much else, so changing the "
        "trait need not change the response. Customers are compared within their own group, those "
        "of control too, so this is about who responds, not about whom the messages move."
    ),
    (
        "Each trait stands on its own, so traits that go together tell the same thing twice. A "
        "yes/no trait compares customers who have it with those who have not; a number compares "
        "two standard deviations, which makes the two alike (Gelman 2008)."
    ),
)


def attribution_chart(found: Attribution, readout: Readout) -> ForestChart | None:
    """Every trait with its interval, the strongest first; None where there is no trait."""
    if not found.rows:
        return None
    unit = _unit(found, readout)
    words = metric_words(found.metric)
    return ForestChart(
        title=f"Traits that go with {words}",
        subtitle=f"{NOT_A_CAUSE}. Each trait on its own, within the groups of the test.",
        finding=_finding(found, readout, unit),
        unit=unit,
        control="",
        rows=tuple(_row(row) for row in found.rows[:MOST_TRAITS]),
        simulated=readout.health.simulated,
        coverage=found.coverage,
        interval_name="interval, all traits together",
        row_heading="Trait",
        axis_words=f"Difference in {words} with the trait",
    )


def attribution_table(found: Attribution, readout: Readout) -> PaperTable | None:
    """The same in numbers, with p adjusted for how many traits were looked at."""
    if not found.rows:
        return None
    unit = _unit(found, readout)
    held = percent(found.coverage)
    rows = tuple(_cells(row, unit) for row in found.rows[:MOST_TRAITS])
    return PaperTable(
        f"{NOT_A_CAUSE}: difference in {metric_words(found.metric)} ({unit.label})",
        (
            "Trait",
            "Compared",
            "Customers",
            f"Difference ({held}, all traits)",
            "p adjusted (all traits)",
        ),
        rows,
        max(len(found.rows) - MOST_TRAITS, 0),
        texts=("Trait", "Compared"),
    )


def _unit(found: Attribution, readout: Readout) -> Unit:
    return metric_unit(readout, found.metric).fitted(row.interval for row in found.rows)


def _row(row: Association) -> ForestRow:
    low, high = row.interval
    return ForestRow(row.trait, "", row.difference, low, high, n=row.n, n_control=row.n)


def _cells(row: Association, unit: Unit) -> tuple[str, ...]:
    compared = (
        f"{count(row.held)} with against {count(row.n - row.held)} without"
        if row.binary
        else f"two standard deviations, {row.step:,.4g}"
    )
    difference = f"{unit.signed(row.difference)} ({unit.interval(row.interval)})"
    return (row.trait, compared, count(row.n), difference, p_value(row.p_adjusted))


def _finding(found: Attribution, readout: Readout, unit: Unit) -> str:
    """The alt text: how many associations are shown, and the strongest."""
    shown = [row for row in found.rows if row.shown]
    simulated = "SIMULATED outcomes. " if readout.health.simulated else ""
    start = f"{simulated}{NOT_A_CAUSE}. Of {len(found.rows)} traits, {len(shown)} "
    start += f"{'goes' if len(shown) == 1 else 'go'} with {metric_words(found.metric)} "
    start += f"({percent(found.coverage)} intervals, all traits together)."
    named = [
        f"{row.trait} {unit.signed(row.difference)} ({unit.interval(row.interval)})"
        for row in shown[:_MOST_NAMED]
    ]
    return f"{start} Strongest: {'; '.join(named)}." if named else start
