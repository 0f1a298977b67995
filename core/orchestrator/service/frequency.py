"""How many messages a customer may get: the mailings of late, as an assignment asks for them."""

from datetime import timedelta

from core.orchestrator.config import FrequencyCap
from core.orchestrator.service.context import Context
from core.storage import campaigns, experiments
from core.storage.database import Connection
from core.storage.eligible import Cap


def cap_words(cap: FrequencyCap) -> str:
    """Why somebody is left out, as people read it.

    Examples:
        >>> cap_words(FrequencyCap(messages=1, days=7))
        'at the limit of 1 message in 7 days'
    """
    messages = f"{cap.messages} message{'' if cap.messages == 1 else 's'}"
    return f"at the limit of {messages} in {cap.days} day{'' if cap.days == 1 else 's'}"


def frequency_cap(context: Context, connection: Connection, *, besides: str) -> Cap | None:
    """The limit of `experiment.frequency_cap` and the mailings that count; None for no limit.

    A mailing counts once, however often it was exported, from its last export on; also one that
    was stopped since, as some of it may have gone out. A rehearsal with SIMULATED outcomes and a
    mailing that was made elsewhere count for nobody.
    """
    cap = context.settings.app.experiment.frequency_cap
    if cap is None:
        return None
    since = context.now() - timedelta(days=cap.days)
    recent = set(experiments.exported_since(connection, since)) - {besides}
    counting = sorted(
        campaign.campaign_id
        for campaign in campaigns.everything(connection)
        if campaign.campaign_id in recent and not (campaign.imported or campaign.simulated)
    )
    paths = tuple(context.table(f"assignments-{campaign_id}") for campaign_id in counting)
    return Cap(cap_words(cap), cap.messages, paths)
