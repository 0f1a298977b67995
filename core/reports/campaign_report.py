"""The report of one campaign: one document of values, set by typst, never from pasted text."""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Final

import matplotlib as mpl
import typst

from core.charts.forest import ForestChart
from core.charts.units import count, percent
from core.errors import ProviderRejected
from core.models.readout import Conclusion, Decision, Readout
from core.models.send import Experiment
from core.reports import report_lines as lines
from core.reports.figures import svg_text
from core.reports.lift_chart import forest
from core.reports.plain_text import printable
from core.reports.reading import primary_metric
from core.reports.recommendations import recommendations
from core.reports.report_content import ReportContent
from core.reports.report_document import (
    Block,
    Picture,
    Points,
    Quoted,
    ReportDocument,
    Section,
    Verdict,
    Words,
    printed,
)
from core.reports.report_messages import message_sections
from core.reports.report_method import limit_lines, method_sections
from core.reports.report_results import advice_section, result_sections
from core.reports.report_safety import safety_section
from core.reports.report_tables import PaperTable, primary_table
from core.reports.words import conclusion_reason, conclusion_title, metric_words, state_words

__all__ = ["NOT_MEASURED", "ReportContent", "document", "pdf_bytes"]

NOT_MEASURED = "Not measured yet"
_TEMPLATE = Path(__file__).with_name("campaign_report.typ")
_STANDARD: Final = "ua-1"
_GOOD = frozenset({Decision.USE})
_BAD = frozenset({Decision.WORSE, Decision.HARM, Decision.DO_NOT_TRUST})
_MOST_ADVICE = 4


def document(content: ReportContent) -> ReportDocument:
    """Everything the report says, in its order; paper and HTML are made from it."""
    campaign, readout = content.campaign, content.readout
    conclusion = readout.conclusion if readout else None
    told = recommendations(readout, content.guardrails)
    return printed(
        ReportDocument(
            name=printable(campaign.name) or campaign.campaign_id,
            state=state_words(campaign.state),
            simulated=content.simulated,
            question=(
                ("Question", campaign.brief.goal),
                ("Hypothesis", campaign.brief.hypothesis or "none was written down"),
                ("Primary metric", _primary_words(content)),
            ),
            verdict=_verdict(content, conclusion),
            front=tuple(_front(content)),
            advice=tuple(each.words for each in told[:_MOST_ADVICE]),
            limits=tuple(limit_lines(content)),
            sections=_sections(content, readout),
            footer=_footer(content),
        )
    )


def pdf_bytes(content: ReportContent) -> bytes:
    """The report as a tagged PDF (PDF/UA-1), the same bytes for the same content.

    Raises:
        ProviderRejected: typst cannot set it.
    """
    told = document(content)
    pictures = {each.name: svg_text(each.chart, heading=False) for each in told.pictures}
    inputs = {"content": json.dumps(_as_data(told)), "figures": json.dumps(pictures)}
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


def _sections(content: ReportContent, readout: Readout | None) -> tuple[Section, ...]:
    found = list(result_sections(content, readout)) if readout else []
    said = [*message_sections(content), safety_section(content)]
    # What to do comes after everything it rests on, and before how it was computed.
    return (*found, *said, advice_section(content), *method_sections(content))


def _chart(content: ReportContent) -> ForestChart | None:
    metric = primary_metric(content.readout) if content.readout else None
    if content.readout is None or metric is None:
        return None
    return forest(content.readout, metric, arm_labels=content.arm_labels)


def _front(content: ReportContent) -> list[Block]:
    """What stands on the first page: the chart and the table of the metric that decides."""
    if content.readout is None:
        planned = _planned_table(content.experiment)
        return [planned] if planned else []
    chart = _chart(content)
    table = primary_table(content.readout, content.arm_labels)
    return [*([Picture("lift", chart)] if chart else []), *([table] if table else [])]


def _verdict(content: ReportContent, conclusion: Conclusion | None) -> Verdict:
    decision = lines.decision_line(content.decision)
    if conclusion is None:
        reason = "No outcomes were imported, so there is nothing to conclude from."
        return Verdict(NOT_MEASURED, reason, "open", "", decision)
    good = conclusion.decision in _GOOD and not conclusion.preliminary
    bad = conclusion.decision in _BAD and not conclusion.preliminary
    reason = conclusion_reason(conclusion)
    if conclusion.decision is Decision.DO_NOT_TRUST:
        # The title says the first sentence already.
        reason = reason.partition(". ")[2]
    mood = "bad" if bad else "good" if good else "open"
    progress = lines.progress_line(content.readout)
    return Verdict(conclusion_title(conclusion), reason, mood, progress, decision)


def _primary_words(content: ReportContent) -> str:
    spec = content.campaign.brief.primary_metric
    if content.experiment is not None:
        spec = content.experiment.card.primary_metric
    return metric_words(spec.partition(":")[0].partition("=")[0])


def _planned_table(experiment: Experiment | None) -> PaperTable | None:
    if experiment is None:
        return None
    rows = []
    for arm in experiment.arms:
        customers = sum(c.customers for c in experiment.counts if c.arm == arm.name)
        rows.append((arm.name, percent(arm.weight), count(customers)))
    return PaperTable("Groups as prepared", ("Group", "Share", "Customers"), tuple(rows))


def _footer(content: ReportContent) -> tuple[str, ...]:
    read = f"Read out {lines.day(content.read_at)}" if content.read_at else NOT_MEASURED
    return (
        f"Campaign {content.campaign.campaign_id}",
        read,
        f"Report made {lines.day(content.made_at)}",
        f"Dataset SHA-256 {content.dataset_sha256}",
    )


def _as_data(told: ReportDocument) -> dict[str, object]:
    """The document as the template reads it."""
    return {
        "name": told.name,
        "state": told.state,
        "simulated": told.simulated,
        "question": told.question,
        "verdict": asdict(told.verdict),
        "front": [_block(block) for block in told.front],
        "advice": told.advice,
        "limits": told.limits,
        "sections": [
            {
                "title": part.title,
                "new_page": part.new_page,
                "blocks": [_block(block) for block in part.blocks],
            }
            for part in told.sections
        ],
        "footer": told.footer,
    }


def _block(block: Block) -> dict[str, object]:
    """One block with the word by which the template knows it."""
    if isinstance(block, Picture):
        return {"kind": "picture", "name": block.name, "alt": printable(block.chart.finding)}
    kinds = {Words: "words", Points: "points", Quoted: "quoted", PaperTable: "table"}
    return {"kind": kinds[type(block)], **asdict(block)}
