"""What the content checks said of one text at one time, and what people decided on it."""

from dataclasses import dataclass
from datetime import datetime

from core.models.approval import Review
from core.models.messages import Level, Screened


@dataclass(frozen=True, slots=True)
class Screening:
    """One screening of one revision, with the decisions that were taken on it, oldest first.

    `screened` is None where the checks came to no outcome; `problem` then says why. Such a text
    has not passed. `text_sha256` is the hash that an approval of it seals.
    """

    campaign_id: str
    variant_id: str
    segment: str
    tone: str
    revision: int
    text_sha256: str
    at: datetime
    screened: Screened | None
    problem: str = ""
    decisions: tuple[Review, ...] = ()

    def count(self, level: Level) -> int:
        """How many findings of a level there are."""
        found = self.screened.findings if self.screened else ()
        return sum(finding.level is level for finding in found)
