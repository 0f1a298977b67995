"""A message as HTML: every character of it escaped, line breaks kept, findings marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from core.models.messages import Finding, Level, Message, TextField

_STYLE = """<style>
.cpo-mail{border:1px solid rgba(127,137,150,.45);border-radius:.5rem;overflow:hidden;
 max-width:44rem; overflow-wrap:anywhere}
.cpo-mail.phone{max-width:23rem}
.cpo-mail .head{padding:.8rem 1.1rem;border-bottom:1px solid rgba(127,137,150,.35);
 background:rgba(127,137,150,.09)}
.cpo-mail .subject{font-weight:650;font-size:1.08rem;line-height:1.35}
.cpo-mail .preheader{opacity:.82;font-size:.92rem;margin-top:.15rem}
.cpo-mail .body{padding:1.1rem;white-space:pre-wrap;line-height:1.6}
.cpo-mail mark{color:inherit;background:rgba(245,158,11,.28);
 border-bottom:2px solid #d97706;padding:0 .1em}
.cpo-mail mark.block{background:rgba(220,38,38,.2);border-bottom:3px double #dc2626}
.cpo-mail mark.note{background:rgba(59,130,246,.16);border-bottom:2px dotted #3b82f6}
.cpo-mail sup{font-size:.7em;font-weight:700;margin-left:.15em}
.cpo-quote{border-left:3px solid rgba(127,137,150,.55);padding:.1rem 0 .1rem .8rem;
 white-space:pre-wrap;line-height:1.5;overflow-wrap:anywhere}
.cpo-quote mark{color:inherit;background:rgba(245,158,11,.28);padding:0 .1em}
.cpo-quote ins{text-decoration:underline;text-decoration-thickness:2px;
 background:rgba(22,163,74,.2)}
.cpo-quote del{background:rgba(220,38,38,.16)}
</style>"""
_RANK = {Level.NOTE: 0, Level.REVIEW: 1, Level.BLOCK: 2}


@dataclass(frozen=True, slots=True)
class Numbered:
    """A finding and the number it carries in the text and in the list beside it."""

    number: int
    finding: Finding


def numbered(findings: Sequence[Finding]) -> tuple[Numbered, ...]:
    """The findings in the order of the text, from 1."""
    place = {field: rank for rank, field in enumerate(TextField)}
    ordered = sorted(findings, key=lambda f: (place[f.field], f.start, f.end))
    return tuple(Numbered(n, finding) for n, finding in enumerate(ordered, start=1))


def message_html(message: Message, findings: Sequence[Finding] = (), *, phone: bool = False) -> str:
    """The message as an e-mail programme shows it, with the findings marked and numbered."""
    found = numbered(findings)
    subject, preheader, body = (_marked(message.part(f), f, found) for f in TextField)
    return (
        f'{_STYLE}<div class="cpo-mail{" phone" if phone else ""}"><div class="head">'
        f'<div class="subject">{subject or "No subject"}</div>'
        f'<div class="preheader">{preheader}</div></div>'
        f'<div class="body">{body or "No text yet."}</div></div>'
    )


def quote_html(text: str) -> str:
    """A piece of text set apart."""
    return quoted_html(escape(text))


def quoted_html(html: str) -> str:
    """Escaped text with marks of our own, set apart: `mark`, `ins` and `del`."""
    return f'{_STYLE}<div class="cpo-quote">{html}</div>'


def _marked(text: str, field: TextField, found: Sequence[Numbered]) -> str:
    """The escaped text; each stretch covered by findings is one mark of the worst level."""
    here = [n for n in found if n.finding.field is field]
    # What is said of the whole part, such as its length, stands in the list and marks nothing.
    spans = [n for n in here if 0 < n.finding.end - n.finding.start < len(text)]
    cuts = {0, len(text)} | {c for n in spans for c in (n.finding.start, n.finding.end)}
    edges = sorted(c for c in cuts if 0 <= c <= len(text))
    return "".join(_stretch(text, a, b, spans) for a, b in pairwise(edges))


def _stretch(text: str, start: int, end: int, spans: Sequence[Numbered]) -> str:
    piece = escape(text[start:end])
    over = [n for n in spans if n.finding.start <= start and end <= n.finding.end]
    if not over:
        return piece
    worst = max((n.finding.level for n in over), key=_RANK.__getitem__)
    ending = ",".join(str(n.number) for n in over if n.finding.end == end)
    title = escape(" ".join(n.finding.explanation for n in over), quote=True)
    number = f"<sup>{ending}</sup>" if ending else ""
    return f'<mark class="{worst.value}" title="{title}">{piece}{number}</mark>'
