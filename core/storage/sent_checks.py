"""That received mails were compared with what was approved; nothing of a mail is kept."""

from sqlalchemy import Connection, insert, select

from core.models.sent_mail import SentCheck
from core.storage.codec import from_row, to_row
from core.storage.schema import SENT_CHECKS


def add(tx: Connection, check: SentCheck) -> None:
    """Keep that a mail was compared."""
    tx.execute(insert(SENT_CHECKS).values(to_row(check, SENT_CHECKS)))


def of_campaign(tx: Connection, campaign_id: str) -> tuple[SentCheck, ...]:
    """Every comparison for a campaign, newest first."""
    wanted = select(SENT_CHECKS).where(SENT_CHECKS.c.campaign_id == campaign_id)
    rows = tx.execute(wanted.order_by(SENT_CHECKS.c.number.desc())).mappings()
    return tuple(from_row(SentCheck, row) for row in rows)
