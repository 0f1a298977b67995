"""What stored messages say of their readers, counted as things are now."""

from collections.abc import Sequence

from core.content.audience_truth import counted_statements
from core.content.passages import passages_of
from core.content.reader_findings import why
from core.models.audience import CountedStatement
from core.models.campaign import Campaign
from core.models.messages import Variant
from core.models.send import Check
from core.orchestrator.service.audience import campaign_audience, send_day
from core.orchestrator.service.citations import cited_documents
from core.orchestrator.service.context import Context

TRUE_OF_ALL = "What messages say of their readers is true of all of them"
_NAMED = 3


def statements_now(
    context: Context, campaign: Campaign, variant: Variant
) -> tuple[CountedStatement, ...]:
    """Everything a message says of its readers, counted over who gets it on the planned day."""
    with context.read() as connection:
        cited = cited_documents(connection, variant.citations)
    passages = [p for document in cited for p in passages_of(document)]
    audience = campaign_audience(context, campaign, variant.segment_id)
    return counted_statements(variant.message, passages, audience)


def untrue_now(context: Context, campaign: Campaign, variant: Variant) -> str | None:
    """Why a message may not go out to these readers, or None when all it says of them holds."""
    for each in statements_now(context, campaign, variant):
        if not each.holds and not each.statement.soft:
            return f"'{each.statement.text}': {why(each)}"
    return None


def truth_check(context: Context, campaign: Campaign, variants: Sequence[Variant]) -> Check:
    """The line of the checklist before a send; counted anew, as days and audiences change."""
    day = send_day(context, campaign.brief)
    found = [(v, untrue_now(context, campaign, v)) for v in variants if v.message.body]
    broken = [f"{v.segment}, {v.tone}: {reason}" for v, reason in found if reason]
    more = f" And {len(broken) - _NAMED} more." if len(broken) > _NAMED else ""
    return Check(
        TRUE_OF_ALL,
        not broken,
        " ".join(broken[:_NAMED]) + more if broken else f"Counted for {day}, segment by segment.",
    )
