"""Which outcome files a campaign has had; each content counts once."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from core.errors import MoveRefused
from core.models.send import OutcomesImport
from core.storage.codec import from_row, to_row
from core.storage.database import unless_taken
from core.storage.schema import OUTCOMES


def add(tx: Connection, outcomes: OutcomesImport, content_sha256: str, at: datetime) -> None:
    """Record an import of outcomes.

    Raises:
        MoveRefused: the campaign has had exactly this content before.
    """
    taken = f"The campaign '{outcomes.campaign_id}' already has the outcomes of {outcomes.source}."
    row = to_row(outcomes, OUTCOMES)
    with unless_taken(MoveRefused(taken)):
        tx.execute(insert(OUTCOMES).values(content_sha256=content_sha256, imported_at=at, **row))


def of_campaign(tx: Connection, campaign_id: str) -> tuple[OutcomesImport, ...]:
    """Every import of a campaign, newest first."""
    wanted = select(OUTCOMES).where(OUTCOMES.c.campaign_id == campaign_id)
    rows = tx.execute(wanted.order_by(OUTCOMES.c.number.desc())).mappings()
    return tuple(from_row(OutcomesImport, row) for row in rows)


def newest_at(tx: Connection, campaign_id: str) -> datetime | None:
    """When the newest outcomes of a campaign came in, or None before any did."""
    wanted = select(OUTCOMES.c.imported_at).where(OUTCOMES.c.campaign_id == campaign_id)
    return tx.execute(wanted.order_by(OUTCOMES.c.number.desc()).limit(1)).scalar_one_or_none()


def known(tx: Connection, campaign_id: str, content_sha256: str) -> bool:
    """Whether the campaign has had exactly this content before."""
    wanted = select(func.count()).select_from(OUTCOMES)
    wanted = wanted.where(OUTCOMES.c.campaign_id == campaign_id)
    return tx.execute(wanted.where(OUTCOMES.c.content_sha256 == content_sha256)).scalar_one() > 0
