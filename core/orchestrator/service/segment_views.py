"""What one may ask of a version of segments: why somebody is here, who moved, what stands out."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.charts.bars import BarChart
from core.errors import NotFound
from core.models.customers import Dataset, Segmentation, SegmentRule
from core.models.segment_quality import Difference, Drift, Moved, Shift, WhyHere
from core.orchestrator.service.context import Context
from core.orchestrator.service.customers import customer_table
from core.orchestrator.service.erased_places import refuse_unfinished
from core.orchestrator.service.outputs import write_segments_json
from core.orchestrator.service.segment_charts import importance_chart, profile_chart
from core.orchestrator.service.segment_reasons import Reason, cluster_reason, facts, rule_reason
from core.reports.figures import png_bytes
from core.statistics.design_check import Question, design_check
from core.statistics.population_stability import population_stability, shift_words
from core.storage import (
    datasets,
    segment_drift,
    segment_export,
    segment_facts,
    segment_profile,
    segment_table,
    segmentations,
)
from core.storage.tables import ParquetCustomers

ASSUMED_RESPONSE, _PLANNED_EFFECT = 0.1, 0.1


@dataclass(frozen=True, slots=True)
class SegmentViews:
    """Questions about a stored version; nothing is changed."""

    context: Context

    def differences(self, version: Segmentation) -> tuple[Difference, ...]:
        """How each segment differs from everybody in each column, the strongest first."""
        ids = [s.segment_id for s in version.segments]
        return segment_profile.differences(self._customers(version), self._table(version), ids)

    def why(self, segmentation_id: str, customer_id: str) -> WhyHere:
        """Why a customer is where they are, how narrowly, and what came second.

        Raises:
            NotFound: there is no such version, or no such customer in it.
        """
        version = self._version(segmentation_id)
        path = self._table(version)
        member = segment_table.member(path, customer_id)
        if member is None:
            raise NotFound("customer", customer_id, "Take an id from the list of members.")
        customers = self._customers(version)
        reason = reason_of(version, customers, customer_id, member.segment_id)
        standings = segment_facts.standings(customers, path, customer_id, member.segment_id)
        names = {s.segment_id: s.name for s in version.segments}
        return WhyHere(
            customer_id=customer_id,
            segment_id=member.segment_id,
            segment=names[member.segment_id],
            confidence=member.confidence,
            runner_up=None if reason.runner_up is None else names.get(reason.runner_up),
            reason=reason.words,
            facts=facts(standings, reason.columns),
        )

    def drift(self, version: Segmentation) -> Drift | None:
        """What moved since the version before on data of the same name; None for the first."""
        with self.context.read() as connection:
            before = segmentations.before(connection, version)
        if before is None:
            return None
        moved = tuple(
            Moved(_name(before, c.before), _name(version, c.after), c.customers)
            for c in segment_drift.crossings(self._table(before), self._table(version))
        )
        both = [m for m in moved if m.before is not None and m.after is not None]
        stayed = sum(m.customers for m in both if m.before == m.after)
        return Drift(
            before_id=before.segmentation_id,
            after_id=version.segmentation_id,
            moved=moved,
            segments=_segment_shift(before, version),
            columns=self._shifts(before, version),
            stayed=stayed / max(sum(m.customers for m in both), 1),
        )

    def detectable(self, version: Segmentation) -> Mapping[str, float | None]:
        """By segment the smallest relative effect it could show alone, None where it shows none.

        Half of those who may be written to get a message, the other half none, and of these ten
        in a hundred respond; at the level and power of the settings.
        """
        experiment = self.context.settings.app.experiment
        sizes = {
            s.segment_id: s.size if s.reachable is None else s.reachable for s in version.segments
        }
        question = Question(
            sizes,
            ASSUMED_RESPONSE,
            _PLANNED_EFFECT,
            alpha=experiment.alpha,
            power=experiment.power,
        )
        reaches = design_check(question).segments
        return {str(reach.segment): reach.detectable_lift for reach in reaches}

    def profile(self, version: Segmentation, segment_id: str) -> BarChart:
        """How one segment differs from everybody, as a chart."""
        return profile_chart(version, segment_id, self.differences(version))

    def importance(self, version: Segmentation) -> BarChart | None:
        """Which columns decide, as a chart; None where that was not measured."""
        return importance_chart(version)

    def png(self, chart: BarChart) -> bytes:
        """A chart for a slide."""
        return png_bytes(chart)

    def members_csv(self, version: Segmentation, *, for_excel: bool = False) -> bytes:
        """Every customer with segment and confidence; for Excel no text runs as a formula."""
        self._refuse_unfinished()
        names = {s.segment_id: s.name for s in version.segments}
        with tempfile.TemporaryDirectory(dir=self.context.settings.processed) as folder:
            path = Path(folder) / "segments.csv"
            segment_export.members_csv(self._table(version), names, path, for_excel=for_excel)
            return path.read_bytes()

    def members_json(self, version: Segmentation) -> bytes:
        """`segments.json` of this version; above 100,000 customers it names a Parquet file."""
        self._refuse_unfinished()
        with tempfile.TemporaryDirectory(dir=self.context.settings.processed) as folder:
            path = Path(folder) / "segments.json"
            write_segments_json(self.context, self._dataset(version), version, path)
            return path.read_bytes()

    def _refuse_unfinished(self) -> None:
        with self.context.read() as connection:
            refuse_unfinished(connection)

    def _shifts(self, before: Segmentation, version: Segmentation) -> tuple[Shift, ...]:
        old, new = self._customers(before), self._customers(version)
        kinds = {c.name: c.kind for c in old.attributes}
        shared = [c for c in new.attributes if kinds.get(c.name) is c.kind]
        found = [
            (each.column, population_stability(each.before, each.after))
            for each in segment_drift.binned(old, new, shared)
        ]
        ordered = sorted(found, key=lambda pair: (-pair[1], pair[0]))
        return tuple(Shift(name, index, shift_words(index)) for name, index in ordered)

    def _version(self, segmentation_id: str) -> Segmentation:
        with self.context.read() as connection:
            return segmentations.get(connection, segmentation_id)

    def _dataset(self, version: Segmentation) -> Dataset:
        with self.context.read() as connection:
            return datasets.get(connection, version.dataset_id)

    def _customers(self, version: Segmentation) -> ParquetCustomers:
        return customer_table(self.context, self._dataset(version))

    def _table(self, version: Segmentation) -> Path:
        return self.context.table(f"segments-{version.segmentation_id}")


def reason_of(
    version: Segmentation, customers: ParquetCustomers, customer_id: str, segment_id: str
) -> Reason:
    """Why a customer is in a segment: the rule that decided, or the nearest centres."""
    if version.clusters is not None:
        features = version.clusters.features
        values = segment_facts.values_of(customers, features, customer_id)
        return cluster_reason(version.clusters, values, version)
    rules = [SegmentRule(s.segment_id, s.name, s.rule) for s in version.segments]
    place = [s.segment_id for s in version.segments].index(segment_id)
    standings = segment_facts.rule_standings(customers, rules, customer_id)
    return rule_reason(version, place, standings)


def _name(version: Segmentation, segment_id: str | None) -> str | None:
    if segment_id is None:
        return None
    return next((s.name for s in version.segments if s.segment_id == segment_id), segment_id)


def _segment_shift(before: Segmentation, version: Segmentation) -> Shift:
    """How far the sizes of the segments of the same name have moved."""
    names = sorted({s.name for s in (*before.segments, *version.segments)})
    sizes = [{s.name: s.size for s in v.segments} for v in (before, version)]
    index = population_stability(*([each.get(n, 0) for n in names] for each in sizes))
    return Shift("segment", index, shift_words(index))
