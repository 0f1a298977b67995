"""The word of a screen on a text as it was stored, in place of asking the engine again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from core.content.screen_rules import decision_of
from core.models.messages import Screened
from core.protocols.safety_screen import ListChanges, ScreenLimits, ScreenReport, ShieldReport

UNGROUNDED = "ungrounded"


@dataclass(frozen=True, slots=True)
class StoredScores:
    """Gives the scores of one outcome again; where in the text they came from is not kept."""

    said: Screened

    def scan(self, text: str) -> ScreenReport:
        """The stored scores, the worst over all readings of the message."""
        del text
        said = self.said
        scores = asdict(said.severity)
        return ScreenReport(scores, (), said.engine, said.basic, most=said.most)

    def shield(self, prompt: str, documents: Sequence[str]) -> ShieldReport:
        """Nothing: no brief is looked at."""
        del prompt
        return ShieldReport((), ((),) * len(documents), self.said.engine)

    def ungrounded(self, text: str, sources: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
        """None: what the engine named then is in the stored findings (`with_stored`)."""
        del text, sources
        return None

    def with_stored(self, found: Screened) -> Screened:
        """An outcome made with these scores, and what the engine said of the sources then."""
        kept = tuple(f for f in self.said.findings if f.rule == UNGROUNDED)
        findings = (*found.findings, *kept)
        return replace(found, findings=findings, decision=decision_of([f.level for f in findings]))

    def limits(self) -> ScreenLimits:
        """None: nobody has to be waited for."""
        return ScreenLimits(None, None)

    def keep_lists(self) -> ListChanges | None:
        """None: nothing is kept."""
        return None

    def describe(self) -> str:
        """The engine whose scores they are."""
        return self.said.engine
