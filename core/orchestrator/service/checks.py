"""Content checks on any text, against the documents that are valid now, and the screen's lists."""

from dataclasses import dataclass

from core.content.offers import offers_of
from core.content.passages import passages_of
from core.errors import BadInput
from core.models.messages import Message, Screened, TextField
from core.models.people import Person
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.audience import named_audience
from core.orchestrator.service.context import Context
from core.orchestrator.service.library import Library
from core.protocols.audience import Readers
from core.protocols.safety_screen import ListChanges
from core.workflow import Permission, require


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

    def keep_word_lists(self, *, by: Person) -> ListChanges:
        """Bring the lists of words that the screen keeps to the brand rules; a repeat does nothing.

        Raises:
            NotAllowed: the person may not change settings.
            BadInput: the screen keeps no lists.
            ProviderFailed: the screen gave no answer; a repeat goes on from there.
        """
        require(by, Permission.CHANGE_SETTINGS)
        screen = self.agents.safety.screen
        done = screen.keep_lists()
        if done is None:
            raise BadInput(
                f"The {screen.describe()} keeps no lists of words: the words of "
                "config/brand_rules.yaml are looked for here, with every check."
            )
        if done.changes:
            with self.context.write(by) as write:
                write.record("keep word lists", screen.describe(), changes=list(done.changes))
        return done
