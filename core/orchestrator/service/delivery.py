"""How a send travelled: which of its stages are known, and what to ask of its outcomes."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from core.models.campaign import Campaign
from core.models.erasure import ERASED
from core.models.experiment import MetricSpec
from core.models.readout import Loss
from core.models.send import DecisionCard
from core.models.stages import ASSIGNED, DELIVERED, EXPORTED, MATCHED, SENT
from core.orchestrator.service.context import Context
from core.orchestrator.service.erased_groups import erased_by_arm
from core.orchestrator.service.suppression import suppressed_until
from core.storage import experiments, outcome_table, outcomes
from core.storage.losses import LossesAsked, losses_of
from core.storage.outcome_rows import RowsAsked
from core.storage.recipients import who_is_left_out

# It is the day before in the last time zone when it is this day in the first.
_LAST_ZONE = timedelta(hours=12)


def stages(campaign: Campaign, stored: Path) -> tuple[str, ...]:
    """The columns that say how far a customer came; a mailing of elsewhere was not exported here.

    Everybody with a message is exported who had not asked to be left out before the first export;
    no outcomes are taken in before it.
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
        events=came_as_events(context, campaign_id),
        erased=erased_by_arm(context, campaign_id),
    )


def came_as_events(context: Context, campaign_id: str) -> bool:
    """Whether the outcomes of a campaign are made from events."""
    return context.table(f"events-{campaign_id}").is_file()


def not_come_yet(context: Context, campaign_id: str, card: DecisionCard) -> str | None:
    """Why events do not hold what decides: often the sender's are there and the shop's are not."""
    if not came_as_events(context, campaign_id):
        return None
    metric = MetricSpec.parse(card.primary_metric)
    held = outcome_table.metrics_of(context.table(f"outcomes-{campaign_id}"))
    if set(metric.columns) <= set(held):
        return None
    return (
        f"The events do not hold {metric.name} yet, which decides; bring the file that does, such "
        "as the orders of your shop."
    )


def gone_before_export(context: Context, campaign_id: str) -> tuple[str, ...]:
    """The assigned customers who had asked to be left out before the first export."""
    with context.read() as connection:
        first_export = experiments.first_export_at(connection, campaign_id)
        if first_export is None:
            return ()
        hidden = suppressed_until(connection, first_export)
    assignments = context.table(f"assignments-{campaign_id}")
    return tuple(named.customer_id for named in who_is_left_out(assignments, hidden))


def losses(
    context: Context, campaign_id: str, select: str, known: Sequence[str]
) -> tuple[Loss, ...]:
    """Why customers of a send were lost, by stage and group."""
    events = context.table(f"events-{campaign_id}")
    asked = LossesAsked(
        context.table(f"assignments-{campaign_id}"), events if events.is_file() else None, known
    )
    erased = erased_by_arm(context, campaign_id)
    gone = (Loss(ASSIGNED, ERASED, {arm: n for arm, n in erased.items() if n}),)
    return (*(gone if any(erased.values()) else ()), *losses_of(select, asked))


def _day(moment: datetime) -> date:
    return (moment - _LAST_ZONE).date()
