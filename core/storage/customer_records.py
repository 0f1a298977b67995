"""What the database keeps of the campaigns a customer may be in, in one query a table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from core.models.approval import Review
from core.models.customers import Segmentation
from core.models.messages import Variant
from core.models.send import Experiment, Export, OutcomesImport, ResultDecision
from core.storage.codec import from_row, utc
from core.storage.experiments import HandedOver
from core.storage.schema import (
    AUDIT,
    EXPERIMENTS,
    EXPORTS,
    OUTCOMES,
    RESULT_DECISIONS,
    REVIEWS,
    SEGMENTATIONS,
    VARIANTS,
)

_EXPORTED = "export"


@dataclass(frozen=True, slots=True)
class Records:
    """Experiments, exports with who made them, outcomes and decisions, by campaign.

    Exports are oldest first, outcomes and decisions newest first.
    """

    experiments: Mapping[str, Experiment]
    exports: Mapping[str, tuple[HandedOver, ...]]
    exported_by: Mapping[tuple[str, datetime], str]
    outcomes: Mapping[str, tuple[OutcomesImport, ...]]
    decisions: Mapping[str, tuple[ResultDecision, ...]]


def records(tx: Connection, campaign_ids: Collection[str]) -> Records:
    """What is recorded of these campaigns."""
    wanted = sorted(campaign_ids)
    experiments = select(EXPERIMENTS).where(EXPERIMENTS.c.campaign_id.in_(wanted))
    exports = select(EXPORTS).where(EXPORTS.c.campaign_id.in_(wanted)).order_by(EXPORTS.c.number)
    imports = select(OUTCOMES).where(OUTCOMES.c.campaign_id.in_(wanted))
    decided = select(RESULT_DECISIONS).where(RESULT_DECISIONS.c.campaign_id.in_(wanted))
    actors = select(AUDIT.c.subject, AUDIT.c.at, AUDIT.c.actor).where(
        AUDIT.c.action == _EXPORTED, AUDIT.c.subject.in_(wanted)
    )
    handed: dict[str, tuple[HandedOver, ...]] = {}
    for row in tx.execute(exports).mappings():
        each = HandedOver(from_row(Export, row), row["exported_at"])
        handed[row["campaign_id"]] = (*handed.get(row["campaign_id"], ()), each)
    brought: dict[str, tuple[OutcomesImport, ...]] = {}
    for row in tx.execute(imports.order_by(OUTCOMES.c.number.desc())).mappings():
        name = row["campaign_id"]
        brought[name] = (*brought.get(name, ()), from_row(OutcomesImport, row))
    said: dict[str, tuple[ResultDecision, ...]] = {}
    for row in tx.execute(decided.order_by(RESULT_DECISIONS.c.number.desc())).mappings():
        name = row["campaign_id"]
        said[name] = (*said.get(name, ()), from_row(ResultDecision, row))
    return Records(
        {r["campaign_id"]: from_row(Experiment, r) for r in tx.execute(experiments).mappings()},
        handed,
        {(s, utc(datetime.fromisoformat(at))): who for s, at, who in tx.execute(actors)},
        brought,
        said,
    )


def versions_of(tx: Connection, dataset_ids: Collection[str]) -> tuple[Segmentation, ...]:
    """Every version of segments of these data sets, newest first."""
    wanted = select(SEGMENTATIONS).where(SEGMENTATIONS.c.dataset_id.in_(sorted(dataset_ids)))
    rows = tx.execute(wanted.order_by(SEGMENTATIONS.c.number.desc())).mappings()
    return tuple(from_row(Segmentation, row) for row in rows)


def variants_of(tx: Connection, variant_ids: Collection[str]) -> Mapping[str, Variant]:
    """These messages as they stand, by id."""
    wanted = select(VARIANTS).where(VARIANTS.c.variant_id.in_(sorted(variant_ids)))
    return {r["variant_id"]: from_row(Variant, r) for r in tx.execute(wanted).mappings()}


def reviews_of(tx: Connection, variant_ids: Collection[str]) -> Mapping[str, tuple[Review, ...]]:
    """Every decision about any revision of these messages, oldest first, by message."""
    wanted = select(REVIEWS).where(REVIEWS.c.variant_id.in_(sorted(variant_ids)))
    found: dict[str, tuple[Review, ...]] = {}
    for row in tx.execute(wanted.order_by(REVIEWS.c.number)).mappings():
        found[row["variant_id"]] = (*found.get(row["variant_id"], ()), from_row(Review, row))
    return found
