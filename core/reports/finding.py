"""What a forest chart shows, in sentences made from its numbers: its alt text."""

from dataclasses import dataclass

from core.charts.forest import ForestChart, ForestRow
from core.charts.units import p_value, percent
from core.models.readout import Decision, Heterogeneity, Readout
from core.reports.words import metric_noun, metric_words

_MOST_SENTENCES = 4


def warnings(readout: Readout) -> list[str]:
    """What must be read before any number of it."""
    given = (
        (readout.health.simulated, "SIMULATED outcomes."),
        (readout.conclusion.decision is Decision.DO_NOT_TRUST, "Do not trust this test."),
        (readout.conclusion.preliminary, "Preliminary: read before the read-out date."),
    )
    return [words for holds, words in given if holds]


def differing(test: Heterogeneity, error: float) -> str:
    """Whether the effect is shown to differ between the values of a column.

    `error` is the alpha it is tested at.

    Examples:
        >>> differing(Heterogeneity("visit", "segment", 0.001, 0.004), 0.05)
        'The effect on visits differs by segment (p 0.004).'
    """
    effect = f"the effect on {metric_words(test.metric)} differs by {_words(test.column)}"
    p = test.p_value if test.p_adjusted is None else test.p_adjusted
    if p is None:
        why = f": {test.undefined}" if test.undefined else "."
        return f"Whether {effect} cannot be tested{why}"
    if p < error:
        return f"T{effect[1:]} (p {p_value(p)})."
    return f"That {effect} is not shown (p {p_value(p)})."


def overall_finding(chart: ForestChart, metric: str) -> str:
    """One sentence a group, as long as there are few groups."""
    said = [_Sentence(chart, metric, row).text() for row in chart.rows[:_MOST_SENTENCES]]
    more = len(chart.rows) - len(said)
    return " ".join([*said, *more_groups(more)])


def more_groups(number: int) -> list[str]:
    """That some groups were not said; nothing where all were."""
    if not number:
        return []
    return [f"{number} more {'group is' if number == 1 else 'groups are'} in the table."]


def slices_finding(chart: ForestChart, differ: Heterogeneity | None) -> str:
    """How many groups differ from control, the ends of the range, and whether slices differ."""
    drawn = [row for row in chart.rows if row.estimate is not None and row.interval is not None]
    by = _words(chart.group_heading.lower())
    if not drawn:
        return f"Exploratory, by {by}: nothing can be estimated yet."
    shown = sum(row.shown for row in drawn)
    exclude = f"{shown} of {len(drawn)} {percent(chart.coverage)} intervals exclude 0"
    together = ", drawn towards the average" if chart.drawn_together else ""
    said = [f"Exploratory, by {by}{together}: {exclude}."]
    firm = sorted((row for row in drawn if not row.few), key=lambda row: row.estimate or 0.0)
    if len(firm) > 1:
        said.append(f"Highest: {_place(chart, firm[-1])}; lowest: {_place(chart, firm[0])}.")
    if differ is not None:
        said.append(differing(differ, 1 - chart.coverage))
    return " ".join(said)


def _place(chart: ForestChart, row: ForestRow) -> str:
    return f"{row.label} in {row.group}, {chart.value_label(row)}"


def _words(column: str) -> str:
    return column.replace("_", " ")


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
