"""The claim ledger of stored messages and of any text: claim, passage, document, last day."""

from dataclasses import dataclass

from core.content.ledger import Sources, ledger_of
from core.models.campaign import Campaign
from core.models.claims import Ledger
from core.models.content import Document
from core.models.messages import Message, Variant
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.audience import segment_truth
from core.orchestrator.service.citations import cited_documents
from core.orchestrator.service.context import Context
from core.orchestrator.service.library import Library
from core.storage import campaigns, documents, variants

BY_HAND = "person"
"""The engine of a text that somebody wrote or edited."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What each claim of a message is supported by, worked out from the documents when asked."""

    context: Context
    agents: Agents
    library: Library

    def of(self, variant_id: str) -> Ledger:
        """The ledger of a variant, against the documents its checks look at.

        Raises:
            NotFound: there is no such variant.
        """
        with self.context.read() as connection:
            variant = variants.get(connection, variant_id)
            campaign = campaigns.get(connection, variant.campaign_id)
            library = documents.current(connection)
        today = self.context.today()
        allowed = rests_on(self.context, self.agents, variant, campaign)
        sources = Sources.of([d for d in allowed if d.usable_on(today)], others=library)
        return ledger_of(variant.message, sources, citations=variant.citations)

    def of_text(self, text: str, *, subject: str = "", segment: str | None = None) -> Ledger:
        """The ledger of any text, against the documents that may be cited today.

        Raises:
            NotFound: there is no such segment.
        """
        everything = self.library.everything()
        sources = Sources.of(self.library.allowed(segment), others=everything)
        return ledger_of(Message(subject, "", text), sources)


def rests_on(
    context: Context, agents: Agents, variant: Variant, campaign: Campaign
) -> tuple[Document, ...]:
    """The documents a text may rest on: those an engine cited, all that are allowed by hand.

    Somebody who edits a text says things in other words, and nothing is cited for them.
    """
    with context.read() as connection:
        if variant.generation.engine != BY_HAND:
            return cited_documents(connection, variant.citations)
    return allowed_for(context, agents, variant, campaign)


def allowed_for(
    context: Context, agents: Agents, variant: Variant, campaign: Campaign
) -> tuple[Document, ...]:
    """The documents that may be used today for everybody who is to get the message."""
    with context.read() as connection:
        library = documents.current(connection)
    truth = segment_truth(
        context, campaign.segmentation_id, variant.segment_id, narrowed=campaign.brief.audience
    )
    return agents.retrieval.allowed(library, truth, day=context.today())
