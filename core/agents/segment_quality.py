"""Judges segments: how clear, how lasting, how far they overlap, and which columns decide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from core.clusters.choosing import refitted, silhouette
from core.clusters.encoding import Matrix, encoded
from core.clusters.kmeans import Placed, Places, placed
from core.clusters.planning import planned
from core.clusters.resampling import DRAWS, Resampled, resampled
from core.clusters.surrogate import importances, short_rules
from core.errors import BadInput
from core.models.customers import ColumnKind, SegmentationMethod
from core.models.segment_models import Feature, FeatureKind, RfmModel
from core.models.segment_quality import Approximation, Importance, Overlap, Quality, Stay
from core.models.segmentation import SegmentationDraft
from core.protocols.customer_table import CustomerTable
from core.rules import Everyone, parse
from core.rules.rfm import cells_of, cut_anew

NEAR = 0.1
"""A customer whose confidence is below this is nearly as close to the next segment."""

_OVERLAP_TOLD = 0.01


@dataclass(frozen=True, slots=True)
class QualityConfig:
    """On how many customers segments are judged; `most_numbers` bounds the memory."""

    judged_on: int = 40_000
    most_numbers: int = 8_000_000
    seed: int = 20_240_601


@dataclass(frozen=True, slots=True)
class _Sample:
    """The customers that are looked at: their values, points and segments."""

    features: tuple[Feature, ...]
    values: Matrix
    points: Matrix
    labels: Places
    asked: int
    placed: Placed | None = None


@dataclass(frozen=True, slots=True)
class SegmentQualityAgent:
    """Measures what one may say in defence of a segmentation."""

    config: QualityConfig = QualityConfig()

    def run(self, table: CustomerTable, draft: SegmentationDraft) -> Quality:
        """What can be measured; what does not exist for the method is None with a note."""
        sample = self._sample(table, draft)
        rows = len(sample.labels)
        stability = self._stability(table, draft, sample)
        decisive, fidelity = self._importances(sample)
        return Quality(
            rows=rows,
            sampled=rows < table.rows(),
            silhouette=silhouette(sample.points, sample.labels) if sample.features else None,
            stability=1.0 if stability is None else stability.mean,
            stability_worst=1.0 if stability is None else stability.worst,
            resamples=0 if stability is None else DRAWS,
            stays=_stays(draft.ids, stability),
            overlaps=self._overlaps(table, draft, sample),
            approximations=_approximations(draft, sample),
            importances=decisive,
            surrogate_fidelity=fidelity,
            notes=_notes(draft, rows, sampled=rows < table.rows()),
        )

    def _sample(self, table: CustomerTable, draft: SegmentationDraft) -> _Sample:
        features = _features(table, draft)
        width = sum(f.width for f in features) or 1
        most = min(self.config.judged_on, max(self.config.most_numbers // width, 1_000))
        values = _rows(table, features, most)
        points = encoded(values, features) if features else values
        if draft.clusters is not None:
            found = placed(points, np.array(draft.clusters.centers))
            return _Sample(features, values, points, found.nearest, most, found)
        labels = np.maximum(table.parts(draft.rules, most=most), 0)
        return _Sample(features, values, points, labels, most)

    def _stability(
        self, table: CustomerTable, draft: SegmentationDraft, sample: _Sample
    ) -> Resampled | None:
        """What resampling shows; None where the limits are fixed, and nothing can change."""
        parts, seed = len(draft.ids), self.config.seed
        if draft.clusters is not None:
            again = partial(refitted, sample.points, parts)
            return resampled(sample.labels, parts, again, seed=seed)
        if draft.rfm is None or draft.rfm.fixed:
            return None
        axes = tuple(
            Feature(axis.column, FeatureKind.DATE if axis.date else FeatureKind.NUMBER)
            for axis in draft.rfm.axes
        )
        values = _rows(table, axes, sample.asked)
        labels = cells_of(values, draft.rfm)
        found = resampled(labels, int(labels.max()) + 1, _cut_again(values, draft.rfm), seed=seed)
        return _of_segments(found, labels, sample.labels, parts)

    def _importances(self, sample: _Sample) -> tuple[tuple[Importance, ...], float | None]:
        if not sample.features or len(np.unique(sample.labels)) < 2:
            return (), None
        return importances(sample.values, sample.features, sample.labels, seed=self.config.seed)

    def _overlaps(
        self, table: CustomerTable, draft: SegmentationDraft, sample: _Sample
    ) -> tuple[Overlap, ...]:
        """For clusters who is nearly as close to the next, for rules whom another would take."""
        if sample.placed is not None:
            near = sample.placed.confidence < NEAR
            others = [near & (sample.placed.runner_up == i) for i in range(len(draft.ids))]
        elif draft.method is SegmentationMethod.RULES:
            others = [
                np.zeros(len(sample.labels), dtype=bool)
                if parse(rule.rule) == Everyone()
                else table.parts([rule], most=sample.asked) == 0
                for rule in draft.rules
            ]
        else:
            return ()
        return _shares(draft.ids, sample.labels, others)


def _features(table: CustomerTable, draft: SegmentationDraft) -> tuple[Feature, ...]:
    if draft.clusters is not None:
        return draft.clusters.features
    names = [c.name for c in table.columns if c.in_rules and c.kind is not ColumnKind.DATE]
    try:
        return planned(table.profiles(names)).features
    except BadInput:
        return ()


def _rows(table: CustomerTable, features: Sequence[Feature], most: int) -> Matrix:
    if not features:
        return np.empty((len(table.parts([], most=most)), 0))
    return np.vstack(list(table.values(features, most=most)))


def _cut_again(values: Matrix, model: RfmModel) -> Callable[[Places, int], Places]:
    def again(rows: Places, seed: int) -> Places:
        del seed
        return cells_of(values, cut_anew(values[rows], model))

    return again


def _of_segments(found: Resampled, cells: Places, labels: Places, parts: int) -> Resampled:
    """The figures of the cells in the order of the segments, of which the empty are left out."""
    cell = [int(cells[labels == part][0]) if (labels == part).any() else 0 for part in range(parts)]
    return replace(
        found,
        stays=tuple(found.stays[c] for c in cell),
        jaccards=tuple(found.jaccards[c] for c in cell),
    )


def _stays(ids: Sequence[str], found: Resampled | None) -> tuple[Stay, ...]:
    if found is None:
        return tuple(Stay(name, 1.0, 1.0) for name in ids)
    return tuple(
        Stay(name, stays, jaccard)
        for name, stays, jaccard in zip(ids, found.stays, found.jaccards, strict=True)
    )


def _shares(
    ids: Sequence[str], labels: Places, others: Sequence[npt.NDArray[np.bool_]]
) -> tuple[Overlap, ...]:
    found = []
    for place, name in enumerate(ids):
        own = labels == place
        for other, holds in enumerate(others):
            if other == place or not own.any():
                continue
            share = float(holds[own].mean())
            if share >= _OVERLAP_TOLD:
                found.append(Overlap(name, ids[other], share))
    return tuple(sorted(found, key=lambda o: (-o.share, o.segment_id, o.other_id)))


def _approximations(draft: SegmentationDraft, sample: _Sample) -> tuple[Approximation, ...]:
    if draft.clusters is None:
        return ()
    found = short_rules(sample.values, sample.features, sample.labels, len(draft.ids))
    return tuple(
        Approximation(name, short.rule, short.fidelity, short.found, short.precise)
        for name, short in zip(draft.ids, found, strict=True)
        if short is not None
    )


def _notes(draft: SegmentationDraft, rows: int, *, sampled: bool) -> tuple[str, ...]:
    found = []
    if sampled:
        found.append(f"Measured on a sample of {rows:,} customers, the silhouette on 10,000.")
    if draft.method is SegmentationMethod.RULES or (draft.rfm is not None and draft.rfm.fixed):
        found.append("Fixed limits do not change when customers are drawn again: stable by nature.")
    elif draft.rfm is not None:
        found.append("Stability: the cut points were taken anew from 20 draws of the customers.")
    else:
        found.append("Stability: the clusters were made anew from 20 draws of the customers.")
    return tuple(found)
