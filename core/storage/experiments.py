"""Locked experiments, what was handed over for them, and what was decided on their results."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from core.errors import MoveRefused
from core.models.send import Experiment, Export, ResultDecision
from core.storage.codec import from_row, to_row
from core.storage.database import unless_taken
from core.storage.schema import EXPERIMENTS, EXPORTS, RESULT_DECISIONS


def add(tx: Connection, experiment: Experiment) -> None:
    """Lock the experiment of a campaign, once.

    Raises:
        MoveRefused: the campaign is already prepared.
    """
    taken = f"The campaign '{experiment.campaign_id}' is already prepared; its arms are locked."
    with unless_taken(MoveRefused(taken)):
        tx.execute(insert(EXPERIMENTS).values(to_row(experiment, EXPERIMENTS)))


def get(tx: Connection, campaign_id: str) -> Experiment | None:
    """The experiment of a campaign, or None while it is not prepared."""
    wanted = select(EXPERIMENTS).where(EXPERIMENTS.c.campaign_id == campaign_id)
    row = tx.execute(wanted).mappings().one_or_none()
    return None if row is None else from_row(Experiment, row)


def add_export(tx: Connection, export: Export, at: datetime) -> None:
    """Record what was written for a sender."""
    tx.execute(insert(EXPORTS).values(exported_at=at, **to_row(export, EXPORTS)))


def exports_of(tx: Connection, campaign_id: str) -> tuple[Export, ...]:
    """Everything written for senders of a campaign, newest first."""
    wanted = select(EXPORTS).where(EXPORTS.c.campaign_id == campaign_id)
    rows = tx.execute(wanted.order_by(EXPORTS.c.number.desc())).mappings()
    return tuple(from_row(Export, row) for row in rows)


def first_export_at(tx: Connection, campaign_id: str) -> datetime | None:
    """When a campaign was first handed over to a sender, or None before that."""
    moments = select(EXPORTS.c.exported_at).where(EXPORTS.c.campaign_id == campaign_id)
    return tx.execute(moments.order_by(EXPORTS.c.number).limit(1)).scalar_one_or_none()


def exported_since(tx: Connection, moment: datetime) -> tuple[str, ...]:
    """The campaigns that were handed over to a sender after a moment, each once."""
    wanted = select(EXPORTS.c.campaign_id).where(EXPORTS.c.exported_at > moment).distinct()
    return tuple(tx.execute(wanted.order_by(EXPORTS.c.campaign_id)).scalars())


def add_decision(tx: Connection, decision: ResultDecision) -> None:
    """Record what somebody decided after reading the results."""
    tx.execute(insert(RESULT_DECISIONS).values(to_row(decision, RESULT_DECISIONS)))


def decisions_of(tx: Connection, campaign_id: str) -> tuple[ResultDecision, ...]:
    """Every decision on the results of a campaign, newest first."""
    wanted = select(RESULT_DECISIONS).where(RESULT_DECISIONS.c.campaign_id == campaign_id)
    rows = tx.execute(wanted.order_by(RESULT_DECISIONS.c.number.desc())).mappings()
    return tuple(from_row(ResultDecision, row) for row in rows)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """An export, and when it was made."""

    export: Export
    at: datetime


def handed_over(tx: Connection, campaign_id: str) -> tuple[HandedOver, ...]:
    """Everything written for senders of a campaign with its moment, oldest first."""
    wanted = select(EXPORTS).where(EXPORTS.c.campaign_id == campaign_id)
    rows = tx.execute(wanted.order_by(EXPORTS.c.number)).mappings()
    return tuple(HandedOver(from_row(Export, row), row["exported_at"]) for row in rows)
