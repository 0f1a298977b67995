"""All checks on one message of a campaign, with everything that is known of its readers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.content.duplicates import duplicate_findings
from core.models.campaign import Brief, Campaign, Tone
from core.models.content import Document
from core.models.messages import Citation, Message, Screened, Variant
from core.models.send import Check
from core.orchestrator.pipeline import Agents, screen
from core.orchestrator.service.audience import campaign_audience
from core.orchestrator.service.context import Context
from core.orchestrator.service.merging import fields_of
from core.orchestrator.service.needed import needed
from core.protocols.audience import Readers
from core.storage import campaigns, variants


def screened(
    context: Context,
    agents: Agents,
    variant: Variant,
    message: Message,
    documents: Sequence[Document],
    citations: Sequence[Citation],
) -> Screened:
    """The outcome of all checks on a text for the place of a variant.

    Raises:
        ProviderFailed: the screen gave no answer; the message then counts as not screened.
    """
    with context.read() as connection:
        campaign = context.recent(
            f"campaign {variant.campaign_id}",
            lambda: campaigns.get(connection, variant.campaign_id),
        )
        every = variants.of_segment(connection, variant.campaign_id, variant.segment_id)
    with context.telemetry.station("screen", segment_id=variant.segment_id):
        return screen(
            agents,
            message,
            documents,
            citations=citations,
            brief=_asked(campaign.brief, variant),
            readers=Readers(
                campaign_audience(context, campaign, variant.segment_id),
                fields_of(context, campaign, variant.segment_id),
                other_tones(campaign, variant, every),
            ),
        )


def _asked(brief: Brief, variant: Variant) -> Brief:
    """What the brief asks of a message; the control may be short and leave the offer out."""
    if variant.tone is not Tone.CONTROL:
        return brief
    return replace(brief, must_say=(), words_min=1)


def difference_check(campaign: Campaign, every: Sequence[Variant]) -> Check:
    """The line of the checklist before a send: a test of two tones that say the same shows nothing.

    Counted anew, as two messages may have been written at the same moment.
    """
    same = [
        f"{v.segment}, {v.tone}: {duplicates[0].explanation}"
        for v in every
        if (duplicates := duplicate_findings(v.message, other_tones(campaign, v, every)))
    ]
    words = " ".join(same) or "No two tones of a segment say the same."
    return Check("Every tone says something else", not same, words)


def other_tones(
    campaign: Campaign, variant: Variant, every: Sequence[Variant]
) -> Mapping[str, Message]:
    """What the same readers might get instead, by tone."""
    return {
        v.tone.value: v.message
        for v in needed(campaign.brief, every)
        if v.segment_id == variant.segment_id
        and v.variant_id != variant.variant_id
        and v.message.body
    }
