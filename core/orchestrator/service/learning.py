"""What is known now: the sealed tests of a workspace, and the ledger of what they taught."""

import itertools
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from core.models.campaign import CONTROL_MESSAGE, NOT_CONTACTED, Brief
from core.models.experiment import MetricSpec
from core.models.learning import (
    Effect,
    Ledger,
    LedgerRow,
    Question,
    SealedTest,
    Subject,
    strength,
)
from core.orchestrator.service.context import Context
from core.orchestrator.service.learned_segments import segment_keys
from core.orchestrator.service.sealed_tests import SealedTests
from core.statistics.combining import combined
from core.statistics.learning import Indices, Learnt, Measurements, learnt
from core.storage import campaigns, erasures, learning, segmentations

logger = logging.getLogger(__name__)

ALPHA = 0.05
USUAL_SPREAD = 0.15
"""How much effects usually differ between campaigns, and between groups, as a share of what
customers do: half of what one lift usually is (`ExperimentationConfig.prior_deviation`)."""

Found = tuple[SealedTest, Effect]


@dataclass(frozen=True, slots=True)
class Learning:
    """The learning ledger; worked out anew when something has happened, and on another day."""

    context: Context
    tests: SealedTests
    kept: dict[str, Ledger] = field(default_factory=dict)

    def mark(self) -> str:
        """Another text than before once there may be something else to know."""
        with self.context.read() as connection:
            known = [(c.campaign_id, c.revision) for c in campaigns.everything(connection)]
            happened = (*learning.happened(connection), erasures.begun(connection))
        return repr((known, happened, self.context.today()))

    def ledger(self) -> Ledger:
        """Everything learnt, the sealed tests newest first, and why some taught nothing."""
        mark = self.mark()
        known = self.kept.get(mark)
        if known is not None:
            return known
        tests, today = self.tests.everything(), self.context.today()
        rows = tuple(row for found in _by_question(tests) for row in _rows(found, today))
        made = Ledger(_ordered(rows), today, tests)
        self.kept.clear()
        self.kept[mark] = made
        logger.info("the ledger has %d rows from %d sealed tests", len(rows), len(tests))
        return made

    def about(self, brief: Brief, segmentation_id: str) -> tuple[LedgerRow, ...]:
        """What is known of the segments and tones of a brief, on the metric that decides it."""
        with self.context.read() as connection:
            version = segmentations.get(connection, segmentation_id)
        control = CONTROL_MESSAGE if brief.control_message else NOT_CONTACTED
        metric = MetricSpec.parse(brief.primary_metric)
        question = Question(metric, brief.outcome_days, control)
        keys = segment_keys(version, brief).values()
        pairs = itertools.product(keys, (f"tone:{tone.value}" for tone in brief.tones))
        asked = {pair: place for place, pair in enumerate(pairs)}
        rows = self.ledger().rows
        known = [r for r in rows if r.question == question and r.subject.key in asked]
        return tuple(sorted(known, key=lambda row: asked[row.subject.key]))


def _by_question(tests: Sequence[SealedTest]) -> list[list[Found]]:
    """The effects that may be combined, the newest test first."""
    every: dict[Question, list[Found]] = {}
    for test in tests:
        for effect in test.effects:
            every.setdefault(effect.question, []).append((test, effect))
    return list(every.values())


def _rows(found: Sequence[Found], today: date) -> list[LedgerRow]:
    """One row for each subject, all drawn together."""
    subjects: dict[tuple[str, str], list[Found]] = {}
    for each in found:
        subjects.setdefault(each[1].subject.key, []).append(each)
    places = {key: place for place, key in enumerate(subjects)}
    drawn = learnt(_tested(found, places), _usual(found), ALPHA)
    return [_row(own, drawn, places[key], today) for key, own in subjects.items()]


def _tested(found: Sequence[Found], places: dict[tuple[str, str], int]) -> Measurements:
    return Measurements(
        np.array([places[e.subject.key] for _, e in found], dtype=np.intp),
        _numbered([t.campaign.campaign_id for t, _ in found]),
        _numbered([(t.campaign.campaign_id, e.subject.segment_key) for t, e in found]),
        np.array([e.difference for _, e in found]),
        np.array([e.standard_error for _, e in found]),
        np.array([e.shared_variance for _, e in found]),
    )


def _numbered(names: Sequence[object]) -> Indices:
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([known[name] for name in names], dtype=np.intp)


def _usual(found: Sequence[Found]) -> float:
    """The usual size of deviations in the metric's unit; where nothing was done, the noise."""
    weights = np.array([e.n_control for _, e in found], dtype=float)
    levels = np.array([(e.mean_control, e.mean_control + e.difference) for _, e in found])
    level = float(np.abs(weights @ levels).max() / weights.sum())
    return USUAL_SPREAD * level or float(np.median([e.standard_error for _, e in found]))


def _row(own: Sequence[Found], drawn: Learnt, place: int, today: date) -> LedgerRow:
    effects = [effect for _, effect in own]
    raw = combined([e.difference for e in effects], [e.standard_error for e in effects], ALPHA)
    newest = max(_day(test) for test, _ in own)
    low, high = (float(end) for end in drawn.intervals[place])
    months = _months(newest, today)
    return LedgerRow(
        question=effects[0].question,
        subject=_newest_name(own),
        effect=float(drawn.effects[place]),
        interval=(low, high),
        measured=raw.effect,
        measured_interval=raw.interval,
        tests=len(own),
        imported=sum(test.campaign.imported for test, _ in own),
        campaigns=tuple(test.campaign.name for test, _ in own),
        newest=newest,
        months=months,
        strength=strength(len(own), months, (low, high)),
        n=sum(e.n for e in effects),
        n_control=sum(e.n_control for e in effects),
    )


def _newest_name(own: Sequence[Found]) -> Subject:
    return max(own, key=lambda found: _day(found[0]))[1].subject


def _day(test: SealedTest) -> date:
    return test.read_on or test.experiment.locked_at.date()


def _months(since: date, today: date) -> int:
    """Whole months from one day to another, never below 0."""
    months = (today.year - since.year) * 12 + today.month - since.month
    return max(months - (today.day < since.day), 0)


def _ordered(rows: Sequence[LedgerRow]) -> tuple[LedgerRow, ...]:
    """By segment and tone: an order that says nothing of which is best."""
    return tuple(sorted(rows, key=lambda row: (row.subject.segment, row.subject.tone)))
