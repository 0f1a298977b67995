"""`safety_audit_report.csv`: what was screened, what was found, who decided, when and why.

One row for each decision on a screening, one for a screening nobody has decided on. The exact
form changes no cell; the form for Excel opens with every letter right, and no cell runs.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from core.charts.table import neutral
from core.models.approval import Review
from core.models.messages import Level
from core.models.screening import Screening

NOT_SCREENED = "not screened"

HEADER = (
    "campaign_id", "variant_id", "segment", "tone", "revision", "text_sha256",
    "screened_at", "checks", "blocking", "to_review", "notes", "rules",
    "hate", "self_harm", "sexual", "violence", "engine", "basic_screen", "problem",
    "decision", "decided_by", "identity", "decided_at", "category", "reason", "confirmed", "batch",
    "seal_text", "seal_audience", "seal_sources", "seal_policy", "seal_prompt", "seal_valid_until",
    "seal_mail",
)  # fmt: skip
"""The columns, in order. `checks` is pass, review, block or not screened."""

_HARMS = ("hate", "self_harm", "sexual", "violence")
_LEVELS = (Level.BLOCK, Level.REVIEW, Level.NOTE)
_UNDECIDED = ("",) * 8
_UNSEALED = ("",) * 7


def safety_csv(screenings: Sequence[Screening]) -> bytes:
    """The report for another system: UTF-8, every cell as it is."""
    return _written(screenings, str).encode()


def safety_csv_for_excel(screenings: Sequence[Screening]) -> bytes:
    """The report for a spreadsheet: a text that could run as a formula gets an apostrophe."""
    return codecs.BOM_UTF8 + _written(screenings, neutral).encode()


def rows(screenings: Sequence[Screening]) -> Iterator[tuple[str, ...]]:
    """The cells of the report as text; empty is what there is not."""
    for screening in screenings:
        screened = _screened(screening)
        for review in screening.decisions:
            yield screened + _decided(review)
        if not screening.decisions:
            yield screened + _UNDECIDED + _UNSEALED


def _written(screenings: Sequence[Screening], said: Callable[[str], str]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows([said(cell) for cell in row] for row in rows(screenings))
    return file.getvalue()


def _screened(screening: Screening) -> tuple[str, ...]:
    found = screening.screened
    what = (
        screening.campaign_id,
        screening.variant_id,
        screening.segment,
        screening.tone,
        str(screening.revision),
        screening.text_sha256,
        screening.at.isoformat(),
    )
    if found is None:
        # No outcome is not a count of none: every number stays empty.
        return (*what, NOT_SCREENED, *("",) * 10, screening.problem)
    return (
        *what,
        found.decision.value,
        *(str(screening.count(level)) for level in _LEVELS),
        "; ".join(sorted({finding.rule for finding in found.findings})),
        *(str(getattr(found.severity, harm)) for harm in _HARMS),
        found.engine,
        "yes" if found.basic else "no",
        screening.problem,
    )


def _decided(review: Review) -> tuple[str, ...]:
    seal = asdict(review.seal) if review.seal else None
    return (
        review.decision.value,
        review.by,
        "verified" if review.verified else "not verified",
        review.at.isoformat(),
        review.category,
        review.reason,
        "; ".join(review.confirmed),
        "yes" if review.batch else "no",
        *(("" if part is None else str(part) for part in seal.values()) if seal else _UNSEALED),
    )
