"""No tracker: nothing is kept, and nothing is loaded for it."""

from dataclasses import dataclass

from core.protocols.provider import ProviderContext
from core.protocols.tracker import TrackedRun


@dataclass(frozen=True, slots=True)
class Nobody:
    """Keeps nothing."""

    @property
    def keeps(self) -> bool:
        """It does not."""
        return False

    def record(self, run: TrackedRun) -> None:
        """Nothing to do."""

    def check(self) -> str:
        """Says so."""
        return "no tracking"


def build(_: ProviderContext) -> Nobody:
    """Nobody."""
    return Nobody()
