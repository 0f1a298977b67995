"""Nouns for the tests of storage: one small example of each, and strategies for all of them."""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from core.models.approval import Review, ReviewDecision, Seal
from core.models.campaign import Brief, Campaign, CampaignState, Tone
from core.models.content import Document
from core.models.customers import (
    Column,
    ColumnKind,
    ColumnRole,
    Dataset,
    ImportReport,
    Segment,
    Segmentation,
    SegmentationMethod,
)
from core.models.messages import (
    Citation,
    Generation,
    Message,
    ScreenDecision,
    Screened,
    Severity,
    Variant,
    VariantState,
)
from core.models.runs import Run, RunState
from core.models.send import ArmCount, ArmPlan, DecisionCard, Experiment

NOON = datetime(2026, 11, 2, 12, 0, 0, 123456, tzinfo=UTC)

_LEAVES: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    int: st.integers(-(2**31), 2**31 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    date: st.dates(),
    datetime: st.datetimes(
        datetime(1971, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        datetime(2200, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        timezones=st.integers(-840, 840).map(lambda m: timezone(timedelta(minutes=m))),
    ),
    Path: st.lists(st.sampled_from(["a", "b c", "ü", ".."]), min_size=1).map(lambda p: Path(*p)),
    object: st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=4,
    ),
}

_CONTAINERS: dict[object, Callable[[list[st.SearchStrategy[Any]]], st.SearchStrategy[Any]]] = {
    tuple: lambda inner: st.lists(inner[0], max_size=3).map(tuple),
    frozenset: lambda inner: st.frozensets(inner[0], max_size=3),
    Mapping: lambda inner: st.dictionaries(*inner, max_size=3),
    UnionType: st.one_of,
}


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Every value the type hint allows."""
    if kind in _LEAVES:
        return _LEAVES[kind]
    inner = [anything(one) for one in get_args(kind) if one is not Ellipsis]
    made = _CONTAINERS.get(get_origin(kind))
    if made is not None:
        return made(inner)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    hints = get_type_hints(kind)
    parts = {field.name: anything(hints[field.name]) for field in dataclasses.fields(kind)}
    return st.builds(kind, **parts)


def dataset(dataset_id: str = "d1", sha256: str = "a" * 64) -> Dataset:
    columns = (Column("customer_id", ColumnRole.ID, ColumnKind.TEXT, distinct=50),)
    report = ImportReport("shop.csv", 51, 50, 1, 0, 0)
    return Dataset(dataset_id, "Shop", sha256, 50, columns, report, NOON, "mia")


def segmentation(segmentation_id: str = "s1", dataset_id: str = "d1") -> Segmentation:
    segments = (
        Segment("loyal", "Loyal", "recency < 3", 20, 0.4, 18),
        Segment("dormant", "Dormant", "", 30, 0.6, None),
    )
    return Segmentation(
        segmentation_id, dataset_id, SegmentationMethod.RULES, segments, NOON, "mia"
    )


def document(document_id: str = "returns", content: str = "Free returns.") -> Document:
    return Document(
        document_id=document_id,
        version=1,
        title="Returns",
        category="service",
        content=content,
        audience="everyone",
        keywords=("returns",),
        approved_on=date(2026, 1, 2),
        valid_until=None,
        source_url="https://example.com/returns",
        metadata={"owner": "legal", "pages": [1, 2]},
    )


def campaign(campaign_id: str = "c1") -> Campaign:
    brief = Brief("Autumn", "Bring people back", tones=(Tone.URGENT, Tone.FRIENDLY))
    return Campaign(campaign_id, brief, "d1", "s1", CampaignState.DRAFT, 1, NOON, "mia", seed=7)


def variant(variant_id: str = "v1", segment_id: str = "loyal", tone: Tone = Tone.URGENT) -> Variant:
    return Variant(
        variant_id=variant_id,
        campaign_id="c1",
        segment_id=segment_id,
        segment=segment_id.title(),
        tone=tone,
        revision=1,
        state=VariantState.DRAFT,
        message=Message("Hello", "There", "Returns are free."),
        citations=(Citation("returns", 1, "Returns", 0, "Returns are free."),),
        screened=None,
        generation=Generation("local", "composer", "b" * 64, "c" * 64),
        authors=frozenset({"mia"}),
        updated_at=NOON,
    )


def verdict() -> Screened:
    return Screened(ScreenDecision.REVIEW, Severity(violence=2), (), "local screen")


def review(review_id: str = "r1", by: str = "ann", revision: int = 1) -> Review:
    seal = Seal("1", "2", "3", "4", "5", date(2027, 1, 1))
    decision = ReviewDecision.APPROVE
    return Review(
        review_id=review_id,
        variant_id="v1",
        revision=revision,
        decision=decision,
        by=by,
        verified=False,
        reason="Reads well",
        at=NOON,
        seal=seal,
    )


def experiment(campaign_id: str = "c1") -> Experiment:
    return Experiment(
        campaign_id=campaign_id,
        salt="salt",
        arms=(ArmPlan("urgent", 0.75, "urgent"), ArmPlan("Not contacted", 0.25, None)),
        card=DecisionCard("visit:proportion", (), (), 0.1, 0.05, "Not contacted", ""),
        counts=(ArmCount("loyal", "Loyal", "urgent", 15),),
        excluded=(),
        assignments_sha256="d" * 64,
        locked_at=NOON,
        locked_by="mia",
    )


def run(run_id: str = "run1") -> Run:
    return Run(run_id, "c1", "generate", RunState.QUEUED, 0, 6, "mia", NOON, None)
