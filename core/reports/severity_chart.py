"""What the content checks did, counted: outcomes, and severities beside their thresholds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.charts.severities import SeverityChart, SeverityRow
from core.models.messages import Level, ScreenDecision, Screened

NAMES = {"hate": "Hate", "self_harm": "Self-harm", "sexual": "Sexual", "violence": "Violence"}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many screenings came to what; what was not screened has not passed.

    `rules` counts the texts in which each rule found something, by level.
    """

    passed: int
    looked_at: int
    stopped: int
    not_screened: int
    basic: int
    engines: tuple[str, ...]
    rules: Mapping[tuple[str, Level], int]

    @property
    def screened(self) -> int:
        """How many came to an outcome."""
        return self.passed + self.looked_at + self.stopped


def outcomes(screenings: Iterable[Screened | None]) -> Outcomes:
    """The counts of some screenings; None is one without an outcome."""
    every = list(screenings)
    found = [s for s in every if s is not None]
    decisions = Counter(s.decision for s in found)
    return Outcomes(
        passed=decisions[ScreenDecision.PASS],
        looked_at=decisions[ScreenDecision.REVIEW],
        stopped=decisions[ScreenDecision.BLOCK],
        not_screened=len(every) - len(found),
        basic=sum(s.basic for s in found),
        engines=tuple(sorted({s.engine for s in found})),
        rules=Counter(pair for s in found for pair in {(f.rule, f.level) for f in s.findings}),
    )


def severity_chart(
    screenings: Iterable[Screened | None], thresholds: Mapping[str, tuple[int, int]]
) -> SeverityChart | None:
    """The severities of what was screened; None when nothing was.

    Args:
        screenings: the outcomes; one without an outcome is counted in words only.
        thresholds: for each category from which severity a person looks, and from which it stops.
    """
    every = list(screenings)
    found = [s for s in every if s is not None]
    if not found:
        return None
    severities = range(max(s.most for s in found) + 1)
    rows = tuple(
        SeverityRow(
            name,
            tuple(sum(getattr(s.severity, key) == n for s in found) for n in severities),
            *thresholds[key],
        )
        for key, name in NAMES.items()
    )
    engines = ", ".join(sorted({s.engine for s in found}))
    missing = len(every) - len(found)
    unscreened = f"; {missing:,} more not screened" if missing else ""
    return SeverityChart(
        title="Severity of screened messages, by category",
        subtitle=f"{len(found):,} screenings{unscreened}. Scored by: {engines}.",
        finding=_finding(rows, len(found)),
        rows=rows,
    )


def _finding(rows: Iterable[SeverityRow], screened: int) -> str:
    said = []
    for row in rows:
        stopped = sum(n for s, n in enumerate(row.counts) if s >= row.block_at)
        looked = sum(n for s, n in enumerate(row.counts) if row.review_at <= s < row.block_at)
        if stopped or looked:
            said.append(f"{row.category.lower()}: {stopped:,} stopped, {looked:,} to look at")
    if not said:
        return f"All {screened:,} screenings stay below the lines in every category."
    return f"Of {screened:,} screenings, {'; '.join(said)}."
