"""Content checks on any text, against the documents that are valid now."""

from dataclasses import dataclass

from core.content.passages import passages_of
from core.models.messages import Message, Screened, TextField
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.context import Context
from core.orchestrator.service.library import Library


@dataclass(frozen=True, slots=True)
class Checks:
    """What the screen says of a text."""

    context: Context
    agents: Agents
    library: Library

    def screen_text(self, text: str, *, subject: str = "", segment: str | None = None) -> Screened:
        """All checks on a text; with a segment, claims may rest on what it may be told.

        Raises:
            NotFound: there is no such segment.
            ProviderFailed: the screen gave no answer.
        """
        allowed = self.library.allowed(segment)
        passages = [p for document in allowed for p in passages_of(document)]
        fields = {TextField.BODY} | ({TextField.SUBJECT} if subject else set())
        return self.agents.safety.run(Message(subject, "", text), passages, fields=fields)
