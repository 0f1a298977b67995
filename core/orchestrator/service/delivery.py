"""How a send travelled: which of its stages are known, and what to ask of its outcomes."""

from datetime import date, datetime, timedelta
from pathlib import Path

from core.models.campaign import Campaign
from core.models.stages import DELIVERED, EXPORTED, MATCHED, SENT
from core.orchestrator.service.context import Context
from core.orchestrator.service.erased_groups import erased_by_arm
from core.storage import experiments, outcome_table, outcomes
from core.storage.outcome_rows import RowsAsked

# It is the day before in the last time zone when it is this day in the first.
_LAST_ZONE = timedelta(hours=12)


def stages(campaign: Campaign, stored: Path) -> tuple[str, ...]:
    """The columns that say how far a customer came; a mailing of elsewhere was not exported here.

    Everybody with a message is exported: no outcomes are taken in before the first export.
    """
    known = outcome_table.delivery_of(stored)
    exported = () if campaign.imported else (EXPORTED,)
    return (*exported, *(name for name in (SENT, DELIVERED) if name in known), MATCHED)


def rows_asked(context: Context, campaign_id: str) -> RowsAsked:
    """What is known about the rows of a campaign's outcomes."""
    with context.read() as connection:
        first_export = experiments.first_export_at(connection, campaign_id)
        imports = outcomes.of_campaign(connection, campaign_id)
    stored = context.table(f"outcomes-{campaign_id}")
    return RowsAsked(
        outcome_table.metrics_of(stored),
        None if first_export is None else _day(first_export),
        sum(brought.others for brought in imports),
        erased_by_arm(context, campaign_id),
    )


def _day(moment: datetime) -> date:
    return (moment - _LAST_ZONE).date()
