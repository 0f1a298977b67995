"""The campaigns of a workspace; a write names the revision its author saw."""

import dataclasses
from typing import cast

from sqlalchemy import Connection, RowMapping, Select, insert, select, update

from core.errors import MoveRefused, NotFound, StaleRevision
from core.models.campaign import Campaign
from core.storage.codec import PAYLOAD, from_row, to_row
from core.storage.database import unless_taken
from core.storage.schema import CAMPAIGNS


def add(tx: Connection, campaign: Campaign) -> None:
    """Record a campaign over a known dataset and segmentation.

    Raises:
        MoveRefused: its id is taken.
    """
    with unless_taken(MoveRefused(f"There is already a campaign '{campaign.campaign_id}'.")):
        tx.execute(insert(CAMPAIGNS).values(to_row(campaign, CAMPAIGNS)))


def get(tx: Connection, campaign_id: str) -> Campaign:
    """The campaign with this id.

    Raises:
        NotFound: there is none; the hint names the newest.
    """
    found = _read(tx, select(CAMPAIGNS).where(CAMPAIGNS.c.campaign_id == campaign_id))
    if not found:
        ids = ", ".join(campaign.campaign_id for campaign in everything(tx)[:5])
        hint = f"The newest are: {ids}." if ids else "Write a brief first."
        raise NotFound("campaign", campaign_id, hint)
    return found[0]


def everything(tx: Connection) -> tuple[Campaign, ...]:
    """All campaigns, newest first."""
    return _read(tx, select(CAMPAIGNS).order_by(CAMPAIGNS.c.number.desc()))


def save(tx: Connection, campaign: Campaign, *, expected_revision: int) -> Campaign:
    """The campaign as stored: with the revision after the expected one.

    Raises:
        NotFound: there is no such campaign.
        StaleRevision: somebody saved it meanwhile.
    """
    stored = dataclasses.replace(campaign, revision=expected_revision + 1)
    changed = tx.execute(
        update(CAMPAIGNS)
        .where(CAMPAIGNS.c.campaign_id == campaign.campaign_id)
        .where(CAMPAIGNS.c.revision == expected_revision)
        .values(to_row(stored, CAMPAIGNS))
    )
    if changed.rowcount != 1:
        get(tx, campaign.campaign_id)
        raise StaleRevision(f"the campaign '{campaign.campaign_id}'")
    return stored


def _read(tx: Connection, wanted: Select[tuple[object, ...]]) -> tuple[Campaign, ...]:
    return tuple(from_row(Campaign, _as_meant(row)) for row in tx.execute(wanted).mappings())


def _as_meant(row: RowMapping) -> RowMapping:
    """The row of a brief that is older than the group of everyone: it asked for no such group."""
    payload = row[PAYLOAD]
    brief = {"same_message": None} | payload["brief"]
    return cast("RowMapping", dict(row) | {PAYLOAD: payload | {"brief": brief}})
