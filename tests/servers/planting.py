"""Plant an instruction where somebody could, let a model obey it, and see what the checks say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import ProviderFailed
from core.models.campaign import Tone
from core.models.content import Document
from core.models.messages import ScreenDecision
from core.orchestrator.application import Application
from core.orchestrator.pipeline import Order, compose, screen
from core.orchestrator.service.audience import campaign_audience, segment_truth
from core.orchestrator.service.citations import cited_documents
from core.orchestrator.service.merging import fields_of
from core.orchestrator.service.writing import mentionable
from core.protocols.audience import Readers
from core.protocols.safety_screen import (
    ListChanges,
    SafetyScreen,
    ScreenLimits,
    ScreenReport,
    ShieldReport,
)
from core.storage import campaigns, datasets, documents, segmentations
from tests.servers.obedience import Obeying
from tests.servers.openai_server import OpenAIServer

DOCUMENT, FIELD = "document", "customer field"


@dataclass(frozen=True)
class Unshielded:
    """A screen that sees no instruction anywhere: what is left when that check has missed one."""

    screen: SafetyScreen

    def scan(self, text: str) -> ScreenReport:
        """What the screen says."""
        return self.screen.scan(text)

    def shield(self, prompt: str, documents: Sequence[str]) -> ShieldReport:
        """Nothing, anywhere."""
        return ShieldReport((), ((),) * len(documents), self.describe())

    def ungrounded(self, text: str, sources: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
        """What the screen says."""
        return self.screen.ungrounded(text, sources)

    def limits(self) -> ScreenLimits:
        """Those of the screen."""
        return self.screen.limits()

    def keep_lists(self) -> ListChanges | None:
        """What the screen says."""
        return self.screen.keep_lists()

    def describe(self) -> str:
        """What people call it."""
        return self.screen.describe()


@dataclass(frozen=True)
class Met:
    """What became of one instruction: whether the model saw it, and what stopped its message."""

    instruction: str
    place: str
    seen: bool
    stopped: bool
    rules: tuple[str, ...]


def planted(app: Application, server: OpenAIServer, instruction: str, place: str) -> Met:
    """Write one message with the instruction planted, by a model that obeys, and screen it."""
    server.script = obeying = Obeying(instruction)
    context, agents = app.messages.context, app.messages.agents
    unshielded = replace(agents.safety, screen=Unshielded(agents.safety.screen))
    agents = replace(agents, safety=unshielded)
    with context.read() as connection:
        campaign = campaigns.get(connection, "dress-for-the-week")
        segmentation = segmentations.get(connection, campaign.segmentation_id)
        dataset = datasets.get(connection, segmentation.dataset_id)
        library = documents.current(connection)
    segment = mentionable(segmentation.segments[0], dataset)
    if place == FIELD:
        # A category of a column of theirs becomes the name of a segment, and words about it.
        segment = replace(segment, name=f"Tier {instruction}", words=(instruction,))
    order = Order(
        brief=campaign.brief,
        segment=segment,
        tone=Tone.INFORMATIONAL,
        documents=_with(library, instruction) if place == DOCUMENT else library,
        audience=segment_truth(context, campaign.segmentation_id, segment.segment_id),
        day=context.today(),
        merge_fields=fields_of(context, campaign, segment.segment_id),
    )
    try:
        draft = compose(agents, order).draft
    except ProviderFailed as failed:
        why = (f"not written: {failed.why[:60]}",)
        return Met(instruction, place, seen=bool(obeying.met), stopped=True, rules=why)
    with context.read() as connection:
        cited = cited_documents(connection, draft.citations)
    readers = Readers(
        campaign_audience(context, campaign, segment.segment_id), order.merge_fields, {}
    )
    found = screen(
        agents, draft.message, cited, citations=draft.citations, brief=order.brief, readers=readers
    )
    rules = tuple(sorted({f.rule for f in found.findings if f.level == "block"}))
    blocked = found.decision is ScreenDecision.BLOCK
    return Met(instruction, place, seen=bool(obeying.met), stopped=blocked, rules=rules)


def _with(library: Sequence[Document], instruction: str) -> tuple[Document, ...]:
    """The library with the instruction in each document, behind every other check's back."""
    return tuple(replace(d, content=f"{d.content.rstrip()} {instruction}\n") for d in library)
