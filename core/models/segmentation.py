"""What is asked of a segmentation, and what a method found before it is saved."""

from dataclasses import dataclass

from core.models.customers import (
    Column,
    ColumnKind,
    Segment,
    SegmentationMethod,
    SegmentRule,
)
from core.models.segment_models import ClusterModel, FeatureKind, RfmModel


@dataclass(frozen=True, slots=True)
class SegmentationRequest:
    """The method and what it needs; what is left out is guessed, suggested or configured.

    `columns` are those that clusters look at. The three columns and their cut points are for RFM;
    four rising cuts each, none for quantiles.
    """

    method: SegmentationMethod
    rules: tuple[SegmentRule, ...] | None = None
    k: int | None = None
    columns: tuple[str, ...] = ()
    recency: str | None = None
    frequency: str | None = None
    monetary: str | None = None
    recency_cuts: tuple[float, ...] = ()
    frequency_cuts: tuple[float, ...] = ()
    monetary_cuts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentationDraft:
    """What a method found and nobody has saved: rules in order, or clusters, and what to know.

    Clusters have no segments before every customer was put into one.
    """

    method: SegmentationMethod
    segments: tuple[Segment, ...]
    rules: tuple[SegmentRule, ...]
    notes: tuple[str, ...]
    clusters: ClusterModel | None = None
    rfm: RfmModel | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the segments, in order."""
        if self.clusters is None:
            return tuple(rule.segment_id for rule in self.rules)
        return tuple(f"cluster-{place + 1}" for place in range(self.clusters.k))


_KINDS = {
    ColumnKind.NUMBER: FeatureKind.NUMBER,
    ColumnKind.DATE: FeatureKind.DATE,
    ColumnKind.YES_NO: FeatureKind.FLAG,
    ColumnKind.TEXT: FeatureKind.CATEGORY,
}


def feature_kind(column: Column) -> FeatureKind:
    """How the values of a column become numbers."""
    return _KINDS[column.kind]
