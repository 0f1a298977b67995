"""The approval lock over what is there now: text, e-mail, audience, sources, policy, prompts."""

from core.content.seal import seal
from core.models.approval import Seal
from core.models.campaign import Campaign
from core.models.messages import Variant
from core.orchestrator.service.audience import audience_sha256
from core.orchestrator.service.citations import current_documents
from core.orchestrator.service.context import Context
from core.storage import campaigns
from core.storage.database import Connection


def seal_of(context: Context, connection: Connection, variant: Variant) -> Seal:
    """The seal over what is there now, in the caller's view of the database."""
    campaign = campaigns.get(connection, variant.campaign_id)
    return seal(
        variant.message,
        audience=audience_sha256(context, campaign, variant.segment_id),
        documents=current_documents(connection, variant.citations),
        policy=context.policy(connection).content_sha256,
        prompt=context.settings.prompts.sha256,
        mail=_mail(context, campaign, variant),
    )


def _mail(context: Context, campaign: Campaign, variant: Variant) -> tuple[str, ...]:
    link, shell = campaign.brief.url, context.settings.shell
    html = shell.shown(variant.message, link=link, language=campaign.brief.language)
    return html, shell.shown_text(variant.message, link=link), link or ""
