"""The report of one campaign on one page: set by typst from values, never from pasted text."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import matplotlib as mpl
import typst

from core.charts.forest import ForestChart
from core.charts.units import count, percent
from core.errors import ProviderRejected
from core.models.campaign import Campaign
from core.models.readout import Conclusion, Decision, Readout
from core.models.send import Experiment, ResultDecision
from core.reports import report_lines as lines
from core.reports.figures import svg_text
from core.reports.lift_chart import forest
from core.reports.plain_text import printable
from core.reports.reading import primary_metric
from core.reports.report_tables import PaperTable, guardrail_table, other_table, primary_table
from core.reports.words import conclusion_reason, conclusion_title, metric_words, state_words

NOT_MEASURED = "Not measured yet"
_TEMPLATE = Path(__file__).with_name("campaign_report.typ")
_STANDARD: Final = "ua-1"
_GOOD = frozenset({Decision.USE})
_BAD = frozenset({Decision.WORSE, Decision.HARM, Decision.DO_NOT_TRUST})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """Everything a report is made from; without a read-out it says "Not measured yet".

    `made_at` dates the file, so that the same content always gives the same bytes; `messages`
    and `sources` count what was approved and name the documents it cites.
    """

    campaign: Campaign
    made_at: datetime
    dataset_sha256: str
    experiment: Experiment | None = None
    readout: Readout | None = None
    read_at: datetime | None = None
    decision: ResultDecision | None = None
    messages: int = 0
    sources: tuple[str, ...] = ()
    arm_labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether any number comes from invented outcomes."""
        read = self.readout is not None and self.readout.health.simulated
        return self.campaign.simulated or read


def pdf_bytes(content: ReportContent) -> bytes:
    """The report as a tagged PDF (PDF/UA-1), the same bytes for the same content.

    Raises:
        ProviderRejected: typst cannot set it.
    """
    chart = _chart(content)
    inputs = {
        "content": json.dumps(_printable(_document(content, chart))),
        "figure": svg_text(chart, heading=False) if chart else "",
    }
    problem = ""
    for fonts in _fonts():
        try:
            return typst.compile(
                _TEMPLATE,
                font_paths=fonts,
                sys_inputs=inputs,
                pdf_standards=_STANDARD,
                timestamp=content.made_at,
                format="pdf",
            )
        except typst.TypstError as error:
            problem = error.message
            if "could not be displayed" not in problem:
                break
    raise ProviderRejected("typst", f"set the report of '{content.campaign.name}'", problem)


@cache
def _fonts() -> tuple[typst.Fonts, ...]:
    """The embedded fonts; with the machine's own; with one that has a sign for everything."""
    last_resort = str(Path(mpl.get_data_path()) / "fonts" / "ttf")
    return (
        typst.Fonts(include_system_fonts=False),
        typst.Fonts(include_system_fonts=True),
        typst.Fonts(include_system_fonts=True, font_paths=[last_resort]),
    )


def _chart(content: ReportContent) -> ForestChart | None:
    metric = primary_metric(content.readout) if content.readout else None
    if content.readout is None or metric is None:
        return None
    return forest(content.readout, metric, arm_labels=content.arm_labels)


def _document(content: ReportContent, chart: ForestChart | None) -> dict[str, object]:
    """What the template shows, in its order."""
    campaign, readout = content.campaign, content.readout
    conclusion = readout.conclusion if readout else None
    return {
        "name": printable(campaign.name) or campaign.campaign_id,
        "state": state_words(campaign.state),
        "simulated": content.simulated,
        "question": [
            ["Question", campaign.brief.goal],
            ["Hypothesis", campaign.brief.hypothesis or "none was written down"],
            ["Primary metric", _primary_words(content)],
        ],
        "conclusion": {**_conclusion(conclusion), "progress": lines.progress_line(readout)},
        "decision": lines.decision_line(content.decision),
        "finding": chart.finding if chart else "",
        "tables": [asdict(table) for table in _tables(content)],
        "notes": _notes(content),
        "footer": _footer(content),
    }


def _conclusion(conclusion: Conclusion | None) -> dict[str, str]:
    if conclusion is None:
        reason = "No outcomes were imported, so there is nothing to conclude from."
        return {"title": NOT_MEASURED, "reason": reason, "mood": "open"}
    good = conclusion.decision in _GOOD and not conclusion.preliminary
    mood = "good" if good else "open"
    reason = conclusion_reason(conclusion)
    if conclusion.decision is Decision.DO_NOT_TRUST:
        # The title says the first sentence already.
        reason = reason.partition(". ")[2]
    return {
        "title": conclusion_title(conclusion),
        "reason": reason,
        "mood": "bad" if conclusion.decision in _BAD and not conclusion.preliminary else mood,
    }


def _primary_words(content: ReportContent) -> str:
    spec = content.campaign.brief.primary_metric
    if content.experiment is not None:
        spec = content.experiment.card.primary_metric
    return metric_words(spec.partition(":")[0].partition("=")[0])


def _tables(content: ReportContent) -> list[PaperTable]:
    if content.readout is None:
        planned = _planned_table(content.experiment)
        return [planned] if planned else []
    specs = content.experiment.card.guardrails if content.experiment else ()
    found = (
        primary_table(content.readout, content.arm_labels),
        other_table(content.readout, content.arm_labels),
        guardrail_table(content.readout, content.arm_labels, specs),
    )
    return [table for table in found if table is not None]


def _planned_table(experiment: Experiment | None) -> PaperTable | None:
    if experiment is None:
        return None
    rows = []
    for arm in experiment.arms:
        customers = sum(c.customers for c in experiment.counts if c.arm == arm.name)
        rows.append((arm.name, percent(arm.weight), count(customers)))
    return PaperTable("Groups as prepared", ("Group", "Share", "Customers"), tuple(rows))


def _notes(content: ReportContent) -> list[dict[str, object]]:
    readout, campaign = content.readout, content.campaign
    notes: list[tuple[str, list[str]]] = []
    if readout is not None:
        notes.append(("Can it be believed?", lines.health_lines(readout.health)))
    notes.append(("How it was to be judged", lines.card_lines(campaign, content.experiment)))
    sent = lines.message_lines(campaign, content.messages, content.sources)
    notes.append(("Messages and sources", sent))
    if readout is not None:
        worth = lines.personalization_line(readout)
        notes.append(("Is choosing by segment worth it?", [worth] if worth else []))
        limits = [*lines.undefined_lines(readout), *lines.method_lines(readout)]
        notes.append(("Limits and method", limits))
    return [{"title": title, "lines": said} for title, said in notes if said]


def _footer(content: ReportContent) -> list[str]:
    read = f"Read out {lines.day(content.read_at)}" if content.read_at else NOT_MEASURED
    return [
        f"Campaign {content.campaign.campaign_id}",
        read,
        f"Report made {lines.day(content.made_at)}",
        f"Dataset SHA-256 {content.dataset_sha256}",
    ]


def _printable(value: object) -> object:
    """The same values with every text in a form that can be set."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value
