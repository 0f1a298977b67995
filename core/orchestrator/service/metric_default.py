"""The metric that decides a new test, unless its brief says another one."""

from core.models.campaign import Brief
from core.orchestrator.service.context import Context
from core.orchestrator.service.delivery import came_as_events
from core.storage import campaigns, outcome_table, outcomes

ORDERS, NET_MARGIN = "orders:mean", "net_margin:mean"


def default_metric(context: Context) -> str:
    """Net margin or orders per assigned customer, where outcomes come as events or none came yet.

    A workspace whose newest real outcomes are rows of visits goes on to be judged by visits.
    """
    with context.read() as connection:
        measured = [
            campaign.campaign_id
            for campaign in campaigns.everything(connection)
            if not campaign.simulated and outcomes.of_campaign(connection, campaign.campaign_id)
        ]
    for name in measured[:1]:
        held = outcome_table.metrics_of(context.table(f"outcomes-{name}"))
        if not came_as_events(context, name):
            return Brief("", "").primary_metric if "visit" in held else ORDERS
        return NET_MARGIN if "net_margin" in held else ORDERS
    return ORDERS
