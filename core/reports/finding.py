"""What a forest chart shows, in sentences made from its numbers: its alt text."""

from dataclasses import dataclass

from core.charts.forest import ForestChart, ForestRow
from core.charts.units import p_value, percent
from core.models.readout import Heterogeneity
from core.reports.words import metric_noun, metric_words

_MOST_SENTENCES = 4


def overall_finding(chart: ForestChart, metric: str) -> str:
    """One sentence a group, as long as there are few groups."""
    said = [_Sentence(chart, metric, row).text() for row in chart.rows[:_MOST_SENTENCES]]
    more = len(chart.rows) - len(said)
    return " ".join([*said, f"{more} more groups are in the table."] if more else said)


def slices_finding(chart: ForestChart, differ: Heterogeneity | None) -> str:
    """How many groups differ from control, the ends of the range, and whether slices differ."""
    drawn = [row for row in chart.rows if row.estimate is not None and row.interval is not None]
    if not drawn:
        return f"Exploratory, by {chart.group_heading}: nothing can be estimated yet."
    shown = sum(row.shown for row in drawn)
    exclude = f"{shown} of {len(drawn)} {percent(chart.coverage)} intervals exclude 0"
    said = [f"Exploratory, by {chart.group_heading}: {exclude}."]
    firm = sorted((row for row in drawn if not row.few), key=lambda row: row.estimate or 0.0)
    if len(firm) > 1:
        said.append(f"Highest: {_place(chart, firm[-1])}; lowest: {_place(chart, firm[0])}.")
    return " ".join([*said, *_differ(chart, differ)])


def _place(chart: ForestChart, row: ForestRow) -> str:
    return f"{row.label} in {row.group}, {chart.value_label(row)}"


def _differ(chart: ForestChart, differ: Heterogeneity | None) -> list[str]:
    if differ is None or differ.p_value is None:
        return []
    p = differ.p_value if differ.p_adjusted is None else differ.p_adjusted
    fact = f"the effect differs between the values of {chart.group_heading}"
    if p < 1 - chart.coverage:
        return [f"{fact[:1].upper()}{fact[1:]} (p {p_value(p)})."]
    return [f"That {fact} is not shown (p {p_value(p)})."]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One row of a chart, said."""

    chart: ForestChart
    metric: str
    row: ForestRow

    def text(self) -> str:
        """What this group brought."""
        if self.row.estimate is None or self.row.interval is None:
            why = f": {self.row.note}" if self.row.note else ""
            return f"{self._pair} on {metric_words(self.metric)}: not estimable{why.rstrip('.')}."
        if self.row.shown:
            return f"{self.row.label} {self._brought(self.row.estimate)} {self._numbers()}."
        return (
            f"{self._pair}: no difference in {metric_words(self.metric)} shown, "
            f"{self.chart.unit.signed(self.row.estimate)} {self._numbers()}."
        )

    @property
    def _pair(self) -> str:
        return f"{self.row.label} against {self.chart.control}"

    def _brought(self, estimate: float) -> str:
        amount, noun = self.chart.unit.amount(estimate), metric_noun(self.metric)
        if noun is None:
            verb = "raised" if estimate > 0 else "lowered"
            return f"{verb} {metric_words(self.metric)} by {amount} against {self.chart.control}"
        less = "fewer" if noun.endswith("s") else "less"
        per_customer = " per customer" if self.chart.unit.label.endswith("per customer") else ""
        how = f"{amount} {'more' if estimate > 0 else less} {noun}{per_customer}"
        return f"brought {how} than {self.chart.control}"

    def _numbers(self) -> str:
        chart, row = self.chart, self.row
        said = (
            f"{percent(chart.coverage)} {chart.interval_name} {chart.unit.interval(row.interval)}"
        )
        if row.outer is None or row.shown == row.alone:
            return f"({said})"
        outer = f"{percent(chart.outer_coverage or 0.0)} {chart.unit.interval(row.outer)}"
        return f"({said}; with all groups taken together {outer})"
