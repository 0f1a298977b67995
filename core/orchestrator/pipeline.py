"""The order in which the agents work on one message: retrieve, write, screen."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.agents.experimentation import ExperimentationAgent
from core.agents.generation import GenerationAgent
from core.agents.retrieval import RetrievalAgent
from core.agents.safety import SafetyAgent
from core.agents.segment_names import SegmentNamesAgent
from core.agents.segment_quality import SegmentQualityAgent
from core.agents.segmentation import SegmentationAgent
from core.content.instructions import instructions
from core.content.offers import offers_of
from core.content.passages import passages_of
from core.content.prompt_shield import refuse_instructions
from core.errors import ProviderRejected
from core.models.campaign import Brief, Tone
from core.models.content import Document, Retrieved
from core.models.customers import Segment, Truth
from core.models.merge_fields import MergeField
from core.models.messages import Citation, Draft, Message, Screened
from core.protocols.audience import UNKNOWN_READERS, Readers
from core.protocols.chat_model import Material
from core.protocols.telemetry import SILENT, Telemetry

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Agents:
    """The five agents, as the wiring built them; two more help the first with its segments."""

    segmentation: SegmentationAgent
    retrieval: RetrievalAgent
    generation: GenerationAgent
    safety: SafetyAgent
    experimentation: ExperimentationAgent
    segment_quality: SegmentQualityAgent
    segment_names: SegmentNamesAgent
    telemetry: Telemetry = SILENT


@dataclass(frozen=True, slots=True)
class Order:
    """One message to write: for whom, how, and from which approved documents."""

    brief: Brief
    segment: Segment
    tone: Tone
    documents: Sequence[Document]
    audience: Callable[[str], Truth]
    day: date
    merge_fields: tuple[MergeField, ...] = ()


def harmless(segment: Segment) -> Segment:
    """The segment without what would be an instruction to a model.

    Its name and traits come from columns of customer files, where anybody may have written.
    """
    clean = replace(
        segment,
        name="One of the segments" if _instructs(segment.name) else segment.name,
        about="" if _instructs(segment.about) else segment.about,
        words=tuple(word for word in segment.words if not _instructs(word)),
        traits=tuple(trait for trait in segment.traits if not _instructs(trait.words)),
    )
    if clean != segment:
        logger.warning("left instructions to a model out of segment %s", segment.segment_id)
    return clean


def _instructs(text: str) -> bool:
    return next(iter(instructions(text)), None) is not None


@dataclass(frozen=True, slots=True)
class Composed:
    """A draft and the search it rests on."""

    draft: Draft
    retrieved: Retrieved


def compose(agents: Agents, order: Order) -> Composed:
    """Find the passages this segment may be told, and write from them.

    Raises:
        ProviderRejected: no approved passage is valid for the segment, or no usable text came.
        ProviderUnavailable: an engine did not answer.
        BadInput: the brief or a passage speaks to the writing engine.
    """
    segment_id, telemetry = order.segment.segment_id, agents.telemetry
    with telemetry.station("retrieve", segment_id=segment_id):
        retrieved = agents.retrieval.run(
            order.brief,
            order.segment,
            order.tone,
            order.documents,
            order.audience,
            day=order.day,
        )
    if not retrieved.hits:
        raise ProviderRejected(
            "The library",
            f"offer a passage for '{order.segment.name}'",
            "no approved document is valid for this segment today; add one in the Library",
        )
    passages = tuple(hit.passage for hit in retrieved.hits)
    with telemetry.station("shield", segment_id=segment_id):
        refuse_instructions(agents.safety.screen, order.brief, passages)
    with telemetry.station("write", segment_id=segment_id):
        draft = agents.generation.run(
            Material(order.brief, harmless(order.segment), order.tone, passages, order.merge_fields)
        )
    logger.info(
        "composed %s for segment %s from %d passages, skipped %d documents",
        order.tone,
        segment_id,
        len(passages),
        len(retrieved.skipped),
    )
    return Composed(draft, retrieved)


def screen(
    agents: Agents,
    message: Message,
    documents: Sequence[Document],
    *,
    citations: Sequence[Citation] = (),
    brief: Brief | None = None,
    readers: Readers = UNKNOWN_READERS,
) -> Screened:
    """All checks on a message that may rest on these documents, and nothing else.

    Raises:
        ProviderFailed: the screen gave no answer; the message then counts as not screened.
    """
    passages = [p for document in documents for p in passages_of(document)]
    return agents.safety.run(
        message,
        passages,
        citations=citations,
        brief=brief,
        readers=readers,
        offers=offers_of(documents),
    )
