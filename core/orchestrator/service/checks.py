"""Content checks on any text, against the documents that are valid now."""

from dataclasses import dataclass

from core.content.offers import offers_of
from core.content.passages import passages_of
from core.models.messages import Message, Screened, TextField
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.audience import named_audience
from core.orchestrator.service.context import Context
from core.orchestrator.service.library import Library
from core.protocols.audience import Readers


@dataclass(frozen=True, slots=True)
class Checks:
    """What the screen says of a text."""

    context: Context
    agents: Agents
    library: Library

    def screen_text(self, text: str, *, subject: str = "", segment: str | None = None) -> Screened:
        """All checks on a text, for a segment of the newest segmentation when one is named.

        Claims may then rest on what it may be told, and what is said of the reader is counted;
        without a segment nobody can count it, and it blocks.

        Raises:
            NotFound: there is no such segment.
            ProviderFailed: the screen gave no answer.
        """
        allowed = self.library.allowed(segment)
        passages = [p for document in allowed for p in passages_of(document)]
        fields = {TextField.BODY} | ({TextField.SUBJECT} if subject else set())
        readers = Readers(named_audience(self.context, segment) if segment else None)
        message = Message(subject, "", text)
        return self.agents.safety.run(
            message, passages, fields=fields, readers=readers, offers=offers_of(allowed)
        )
