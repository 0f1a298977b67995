"""A sealed test in a few lines, for a page and as a page of its own that needs nothing else."""

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from core.charts.dates import day_words
from core.charts.forest import SIMULATED
from core.charts.metric_words import metric_words
from core.charts.units import count
from core.models.learning import SealedTest
from core.models.readout import Readout
from core.reports.reading import (
    estimates_of,
    metric_unit,
    primary_metric,
    shown_interval,
)
from core.reports.words import conclusion_reason, conclusion_title, decision_words

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
    "color-scheme:light dark}dt{font-weight:600;margin-top:1rem}dd{margin:0;white-space:pre-line}"
)


class Line(NamedTuple):
    """A heading and what stands under it; both plain text."""

    heading: str
    text: str


def summary(test: SealedTest, readout: Readout | None) -> tuple[Line, ...]:
    """Question, conclusion, effects, health, decision, and whether the ledger learns from it."""
    return tuple(_lines(test, readout))


def summary_html(test: SealedTest, readout: Readout | None) -> str:
    """The same as one HTML page without scripts, pictures or links."""
    title = escape(test.campaign.name)
    mark = f"<p><strong>{SIMULATED} outcomes</strong></p>" if test.campaign.simulated else ""
    body = "".join(
        f"<dt>{escape(line.heading)}</dt><dd>{escape(line.text)}</dd>"
        for line in summary(test, readout)
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{mark}<dl>{body}</dl></main></body></html>\n"
    )


def _lines(test: SealedTest, readout: Readout | None) -> Iterator[Line]:
    brief, card = test.campaign.brief, test.experiment.card
    yield Line("Question", card.hypothesis or brief.goal)
    if readout is None:
        yield Line("Conclusion", test.left_out or "Nothing can be read yet.")
    else:
        found = readout.conclusion
        yield Line("Conclusion", f"{conclusion_title(found)}. {conclusion_reason(found)}")
        yield from _effects(readout)
        yield Line("Health", _health(readout))
    yield Line("Decision", _decided(test))
    sealed = day_words(test.experiment.locked_at.date())
    customers = count(test.experiment.customers)
    yield Line("Sealed", f"{sealed} by {test.experiment.locked_by}, {customers} customers assigned")
    if readout is not None:
        learns = "The ledger learns from it."
        yield Line("Learning ledger", f"Not in it. {test.left_out}" if test.left_out else learns)


def _effects(readout: Readout) -> Iterator[Line]:
    metric = primary_metric(readout)
    if metric is None:
        return
    unit, rows = metric_unit(readout, metric), estimates_of(readout, metric)
    said = [
        f"{row.arm}: {unit.signed(row.difference)} ({unit.interval(shown_interval(row))})"
        if row.difference is not None
        else f"{row.arm}: not estimable"
        for row in rows
    ]
    heading = f"{metric_words(metric)[:1].upper()}{metric_words(metric)[1:]}"
    yield Line(f"{heading}, difference from {rows[0].control} ({unit.label})", "\n".join(said))


def _health(readout: Readout) -> str:
    health = readout.health
    if health.failures:
        return " ".join(health.failures)
    warnings = f" {' '.join(health.warnings)}" if health.warnings else ""
    return f"All checks hold.{warnings}"


def _decided(test: SealedTest) -> str:
    made = test.decision
    if made is None:
        return "None yet."
    day = day_words(made.at.date())
    return f"{decision_words(made.decision)}, by {made.by} on {day}: “{made.reason}”"
