"""The work inside a durable run: write one variant, screen it, store it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import StaleRevision
from core.models.campaign import Campaign
from core.models.content import Document
from core.models.messages import (
    Draft,
    Message,
    ScreenDecision,
    Screened,
    Variant,
    VariantState,
)
from core.models.people import Person
from core.models.runs import RunState
from core.orchestrator.pipeline import Agents, Order, compose, screen
from core.orchestrator.service.audience import segment_truth
from core.orchestrator.service.context import Context, Write
from core.storage import campaigns, codec, documents, runs, segmentations, variants
from core.workflow import Step, moved

logger = logging.getLogger(__name__)

# What the product does by itself is recorded under this name, never under a person's.
SYSTEM = Person("system", frozenset())


@dataclass(frozen=True, slots=True)
class Writing:
    """Implements the work of a run on the stored variants; every method may come twice."""

    context: Context
    agents: Agents

    def begin(self, run_id: str) -> tuple[str, ...]:
        """The variants of the run that still wait for a text."""
        with self.context.write(SYSTEM) as write:
            run = runs.get(write.connection, run_id)
            if run.state is RunState.QUEUED:
                runs.start(write.connection, run_id)
            return runs.variants_of(write.connection, run_id)

    def cancelled(self, run_id: str) -> bool:
        """Whether the run has been cancelled."""
        with self.context.read() as connection:
            return runs.get(connection, run_id).state is RunState.CANCELLED

    def compose(self, run_id: str, variant_id: str) -> str:
        """The draft of the variant, as JSON."""
        with self.context.read() as connection:
            variant = variants.get(connection, variant_id)
            campaign = campaigns.get(connection, variant.campaign_id)
            segmentation = segmentations.get(connection, campaign.segmentation_id)
            library = documents.current(connection)
        order = Order(
            brief=campaign.brief,
            segment=segmentation.segment(variant.segment_id),
            tone=variant.tone,
            documents=library,
            audience=segment_truth(self.context, campaign, variant.segment_id),
            day=self.context.today(),
        )
        return codec.to_json(compose(self.agents, order).draft)

    def screen(self, run_id: str, variant_id: str, draft: str) -> str:
        """The outcome of the checks on the draft, as JSON."""
        written = codec.from_json(Draft, draft)
        with self.context.read() as connection:
            cited = cited_documents(connection_documents(self.context), written)
        return codec.to_json(screen(self.agents, written.message, cited))
