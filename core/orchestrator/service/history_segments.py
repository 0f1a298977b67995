"""Which segments a customer is in, and why: three features, the margin, what came second."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from core.clusters.encoding import encoded
from core.models.customers import Dataset, Segmentation
from core.models.history import Distance, InSegment, Score, SegmentWhy
from core.models.segment_models import Feature, FeatureKind, RfmModel
from core.models.segment_quality import Fact
from core.orchestrator.service.context import Context
from core.orchestrator.service.customers import customer_table
from core.orchestrator.service.segment_reasons import facts
from core.orchestrator.service.segment_views import reason_of
from core.rules import columns_of, parse
from core.rules.rfm import scores_of
from core.storage import segment_facts
from core.storage.customer_trace import Row
from core.storage.tables import ParquetCustomers

MOST_EXPLAINED = 5
"""Of how many versions it is said why: each takes a look at everybody's values."""

LEAST = 30
"""From how many customers on the averages of a segment are told beside a value."""

_FEATURES = 3
_AXES = ("recency", "frequency", "money")


def segments_of(
    context: Context,
    customer_id: str,
    versions: Sequence[Segmentation],
    rows: Mapping[str, tuple[Row, ...]],
    data: Mapping[str, Dataset],
    *,
    used: Collection[str],
) -> tuple[InSegment, ...]:
    """The segment in every version that holds the customer, in the order of the versions.

    Why is said of the newest version of each data set and of those that are `used`, the newest
    first and not of more than `MOST_EXPLAINED`.
    """
    found, newest, explained = [], set[str](), 0
    for version in versions:
        row = next(iter(rows.get(f"segments-{version.segmentation_id}", ())), None)
        if row is None:
            continue
        first = version.dataset_id not in newest
        newest.add(version.dataset_id)
        member = _member(version, row)
        if (first or version.segmentation_id in used) and explained < MOST_EXPLAINED:
            explained += 1
            dataset = data[version.dataset_id]
            member = _explained(context, customer_id, version, dataset, member)
        found.append(member)
    return tuple(found)


def _member(version: Segmentation, row: Row) -> InSegment:
    names = {s.segment_id: s.name for s in version.segments}
    segment_id = row["segment_id"] or ""
    return InSegment(
        segmentation_id=version.segmentation_id,
        dataset_id=version.dataset_id,
        method=version.method.value,
        segment_id=segment_id,
        segment=names.get(segment_id, segment_id),
        confidence=float(row["confidence"] or 0),
        made_at=version.created_at,
        made_by=version.created_by,
    )


def _explained(
    context: Context,
    customer_id: str,
    version: Segmentation,
    dataset: Dataset,
    member: InSegment,
) -> InSegment:
    customers = customer_table(context, dataset)
    reason = reason_of(version, customers, customer_id, member.segment_id)
    columns = tuple(dict.fromkeys([*reason.columns, *_later(version, member.segment_id)]))
    first = columns[:_FEATURES]
    table = context.table(f"segments-{version.segmentation_id}")
    standings = segment_facts.standings(
        customers, table, customer_id, member.segment_id, only=first
    )
    names = {s.segment_id: s.name for s in version.segments}
    sizes = {s.segment_id: s.size for s in version.segments}
    why = SegmentWhy(
        words=reason.words,
        features=tuple(
            _in_words(fact, size=sizes[member.segment_id]) for fact in facts(standings, columns)
        ),
        runner_up=None if reason.runner_up is None else names.get(reason.runner_up),
        distances=_distances(version, customers, customer_id),
        scores=() if version.rfm is None else _scores(version.rfm, customers, customer_id),
    )
    return InSegment(
        member.segmentation_id,
        member.dataset_id,
        member.method,
        member.segment_id,
        member.segment,
        member.confidence,
        member.made_at,
        member.made_by,
        why,
    )


def _in_words(fact: Fact, *, size: int) -> str:
    """The value beside what is usual; alone where an average would tell of the few others."""
    return fact.words if size >= LEAST else f"{fact.column.replace('_', ' ')} {fact.value}"


def _later(version: Segmentation, segment_id: str) -> list[str]:
    """The columns of the rules that would have come next, in their order; none for clusters."""
    places = [s.segment_id for s in version.segments]
    after = version.segments[places.index(segment_id) + 1 :]
    return [column for s in after if s.rule for column in sorted(columns_of(parse(s.rule)))]


def _distances(
    version: Segmentation, customers: ParquetCustomers, customer_id: str
) -> tuple[Distance, ...]:
    """To the centre of every cluster, the nearest first; none where there are no clusters."""
    model = version.clusters
    if model is None:
        return ()
    values = segment_facts.values_of(customers, model.features, customer_id)
    away = np.linalg.norm(np.array(model.centers) - encoded(values, model.features)[0], axis=1)
    names = {s.segment_id: s.name for s in version.segments}
    every = [
        Distance(names.get(f"cluster-{n + 1}", f"cluster-{n + 1}"), round(float(far), 6))
        for n, far in enumerate(away)
    ]
    return tuple(sorted(every, key=lambda each: each.distance))


def _scores(model: RfmModel, customers: ParquetCustomers, customer_id: str) -> tuple[Score, ...]:
    """The three scores; none for whom a value is missing."""
    kinds = [FeatureKind.DATE if axis.date else FeatureKind.NUMBER for axis in model.axes]
    features = [Feature(a.column, kind) for a, kind in zip(model.axes, kinds, strict=True)]
    values = segment_facts.values_of(customers, features, customer_id)
    if np.isnan(values).any():
        return ()
    scores = [int(each[0]) for each in scores_of(values, model)]
    return tuple(
        Score(name, axis.column, _shown(value, date=axis.date), score)
        for name, axis, value, score in zip(_AXES, model.axes, values[0], scores, strict=True)
    )


def _shown(value: float, *, date: bool) -> str:
    if date:
        return str(np.datetime64(int(value), "D"))
    return f"{value:,.10g}"
