"""The section of a report about the content checks: counts, severities, findings, decisions."""

from collections.abc import Iterator, Sequence

from core.charts.units import DASH, count
from core.models.messages import Level
from core.models.screening import Screening
from core.reports import report_lines as lines
from core.reports.report_content import ReportContent
from core.reports.report_document import Block, Picture, Section, Words
from core.reports.report_tables import PaperTable
from core.reports.severity_chart import Outcomes, outcomes, severity_chart

_IN_FULL = (
    "Every screening with its hashes and locks is a row of safety_audit_report.csv, beside this "
    "report."
)
_DECISIONS = {
    "approve": "approved",
    "request_changes": "changes requested",
    "reject": "rejected",
    "withdraw": "taken back",
}


def safety_section(content: ReportContent) -> Section:
    """What the content checks of the campaign stopped and let through."""
    blocks = tuple(_blocks(content))
    return Section(
        "safety", "Content checks: the safety audit", blocks, new_page=bool(content.screenings)
    )


def _blocks(content: ReportContent) -> Iterator[Block]:
    every = content.screenings
    if not every:
        yield Words(("No text of this campaign was screened.",))
        return
    found = outcomes(each.screened for each in every)
    yield _counts(found)
    engines = ", ".join(found.engines) or "none"
    basic = f"; {count(found.basic)} by a basic screen that clears no text alone"
    yield Words((f"Screened by: {engines}{basic if found.basic else ''}.",))
    chart = severity_chart((each.screened for each in every), content.thresholds)
    if chart is not None:
        yield Picture("safety_distribution", chart)
        yield Words((chart.finding,))
    yield from _rules(found)
    yield _decisions(every)
    yield Words((_IN_FULL,))


def _counts(found: Outcomes) -> PaperTable:
    rows = (
        ("Screened", count(found.screened)),
        ("Passed", count(found.passed)),
        ("Left to a person's eyes", count(found.looked_at)),
        ("Stopped", count(found.stopped)),
        ("Not screened, so not passed", count(found.not_screened)),
    )
    return PaperTable(
        "What became of the screenings", ("Outcome", "Screenings"), rows, texts=("Outcome",)
    )


def _rules(found: Outcomes) -> Iterator[Block]:
    if not found.rules:
        yield Words(("No rule found anything.",))
        return
    named = sorted({rule for rule, _ in found.rules})
    rows = tuple(
        (
            rule.replace("_", " "),
            *(count(found.rules.get((rule, level), 0)) for level in reversed(Level)),
        )
        for rule in named
    )
    header = ("Rule", "Texts it stopped", "Left to a person", "Noted")
    yield PaperTable("Findings by rule, in how many texts", header, rows, texts=("Rule",))


def _decisions(every: Sequence[Screening]) -> PaperTable:
    rows = [row for screening in every for row in _rows(screening)]
    header = ("Message", "Checks", "Worst severity", "Decided", "By", "When")
    texts = ("Message", "Checks", "Decided", "By", "When")
    return PaperTable("Every screening and who decided", header, tuple(rows), texts=texts)


def _rows(screening: Screening) -> Iterator[tuple[str, ...]]:
    found = screening.screened
    what = (
        f"{screening.segment}, {screening.tone}, revision {screening.revision}",
        "not screened" if found is None else found.decision.value,
        DASH if found is None else count(found.severity.worst),
    )
    for review in screening.decisions:
        identity = "" if review.verified else " (not verified)"
        decided = _DECISIONS.get(review.decision.value, review.decision.value)
        yield (*what, decided, f"{review.by}{identity}", lines.day(review.at))
    if not screening.decisions:
        yield (*what, "nobody", DASH, DASH)
