"""The report as one HTML file: no script, nothing from outside, made from the paper's own values.

Landmarks, headings in order, table headings with their scope and alternative texts, as WCAG 2.2
asks for (W3C, 5 October 2023); a policy in the file allows no outside resource at all.
"""

import base64
from functools import cache
from html import escape
from pathlib import Path

from core.charts.forest import SIMULATED
from core.reports.campaign_report import document
from core.reports.figures import svg_text
from core.reports.plain_text import printable
from core.reports.report_content import ReportContent
from core.reports.report_document import (
    Block,
    Picture,
    Points,
    Quoted,
    ReportDocument,
    Section,
    Words,
)
from core.reports.report_tables import PaperTable

_STYLES = Path(__file__).with_name("campaign_report.css")
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def html_bytes(content: ReportContent) -> bytes:
    """The report as HTML in UTF-8, the same bytes for the same content."""
    told = document(content)
    title = f"{told.name}: experiment report"
    if told.simulated:
        title = f"{SIMULATED} outcomes: {title}"
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{_styles()}</style>",
            "</head>",
            "<body>",
            *_body(told),
            "</body>",
            "</html>",
            "",
        )
    ).encode()


@cache
def _styles() -> str:
    return _STYLES.read_text(encoding="utf-8")


def _body(told: ReportDocument) -> list[str]:
    badge = f'<div class="simulated" role="note">{SIMULATED} outcomes</div>'
    return [
        '<a class="skip" href="#verdict">Skip to the conclusion</a>',
        *([badge] if told.simulated else []),
        "<header>",
        f'<p class="soft">Experiment report · {escape(told.state)}</p>',
        f"<h1>{escape(told.name)}</h1>",
        "</header>",
        "<main>",
        *_first(told),
        *(line for part in told.sections for line in _section(part)),
        "</main>",
        "<footer>",
        *(f"<div>{escape(line)}</div>" for line in told.footer),
        "</footer>",
    ]


def _first(told: ReportDocument) -> list[str]:
    """Question, verdict, advice, the metric that decides, limits, and what follows."""
    verdict = told.verdict
    after = [said for said in (verdict.progress, verdict.decision) if said]
    return [
        *_facts(told.question),
        f'<section class="verdict {verdict.mood}" id="verdict" aria-labelledby="verdict-title">',
        f'<h2 id="verdict-title">{escape(verdict.title)}</h2>',
        f"<p>{escape(verdict.reason)}</p>",
        *(f'<p class="soft">{escape(said)}</p>' for said in after),
        "</section>",
        *_list_under("What to do", told.advice),
        *(line for block in told.front for line in _block(block)),
        *_list_under("What this result does not say", told.limits),
        '<nav aria-label="Sections">',
        "<h2>In this report</h2>",
        "<ul>",
        *(f'<li><a href="#{p.name}">{escape(p.title)}</a></li>' for p in told.sections),
        "</ul>",
        "</nav>",
    ]


def _section(part: Section) -> list[str]:
    return [
        f'<section id="{part.name}" aria-labelledby="{part.name}-title">',
        f'<h2 id="{part.name}-title">{escape(part.title)}</h2>',
        *(line for block in part.blocks for line in _block(block)),
        "</section>",
    ]


def _block(block: Block) -> list[str]:
    if isinstance(block, Picture):
        return _picture(block)
    if isinstance(block, Quoted):
        return _quoted(block)
    if isinstance(block, PaperTable):
        return _table(block)
    if isinstance(block, Points):
        return _list(block.lines)
    return _words(block)


def _words(block: Words) -> list[str]:
    around = ("<strong>", "</strong>") if block.strong else ("", "")
    return [f"<p>{around[0]}{escape(line)}{around[1]}</p>" for line in block.lines]


def _picture(given: Picture) -> list[str]:
    """A picture of its own, so that the ids in one cannot meet those of another."""
    drawn = base64.b64encode(svg_text(given.chart).encode()).decode()
    alt = escape(printable(given.chart.finding))
    return [
        "<figure>",
        f'<img alt="{alt}" src="data:image/svg+xml;base64,{drawn}">',
        "</figure>",
    ]


def _table(given: PaperTable) -> list[str]:
    """A table that scrolls by itself where the window is narrow, also by keyboard."""
    kinds = ["text" if name in given.texts or not x else "" for x, name in enumerate(given.header)]
    classes = [f' class="{kind}"' if kind else "" for kind in kinds]
    heads = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>'
        for name, kind in zip(given.header, classes, strict=True)
    )
    label = escape(given.title)
    more = f"<p>And {given.more} more rows in the results file.</p>"
    return [
        f'<div class="wide" role="region" aria-label="{label}" tabindex="0">',
        "<table>",
        f"<caption>{label}</caption>",
        f"<thead><tr>{heads}</tr></thead>",
        "<tbody>",
        *(_row(cells, classes) for cells in given.rows),
        "</tbody>",
        "</table>",
        "</div>",
        *([more] if given.more else []),
    ]


def _row(cells: tuple[str, ...], classes: list[str]) -> str:
    first, *rest = cells
    others = "".join(
        f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(rest, classes[1:], strict=True)
    )
    return f'<tr><th scope="row" class="text">{escape(first)}</th>{others}</tr>'


def _quoted(given: Quoted) -> list[str]:
    return [
        '<article class="quoted">',
        f"<h3>{escape(given.title)}</h3>",
        *_facts(given.facts),
        f'<div lang="{given.language}">',
        *(line for name, said in given.parts for line in _part(name, said)),
        "</div>",
        "</article>",
    ]


def _part(name: str, said: tuple[str, ...]) -> list[str]:
    first, *rest = said or ("",)
    start = f'<p><span class="soft" lang="en">{escape(name)}:</span> {escape(first)}</p>'
    return [start, *(f"<p>{escape(line)}</p>" for line in rest)]


def _facts(facts: tuple[tuple[str, str], ...]) -> list[str]:
    rows = [f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in facts]
    return ["<dl>", *rows, "</dl>"]


def _list_under(title: str, said: tuple[str, ...]) -> list[str]:
    return [f"<h2>{escape(title)}</h2>", *_list(said)] if said else []


def _list(said: tuple[str, ...]) -> list[str]:
    return ["<ul>", *(f"<li>{escape(line)}</li>" for line in said), "</ul>"]
