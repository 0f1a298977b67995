"""Who screens: an engine that scores a text in four categories of harm."""

from dataclasses import dataclass
from typing import Protocol

from core.models.messages import Severity


@dataclass(frozen=True, slots=True)
class ScreenReport:
    """The severities of one text and the words that caused them, as (category, start, end)."""

    severity: Severity
    marks: tuple[tuple[str, int, int], ...]
    engine: str


class SafetyScreen(Protocol):
    """Scores texts; never decides what follows from a score."""

    def scan(self, text: str) -> ScreenReport:
        """Score the whole text, however long.

        Raises:
            ProviderUnavailable: no score could be had; the text then counts as not screened.
            ProviderRejected: the engine's answer is not a score.
        """
        ...

    def describe(self) -> str:
        """The engine in words a person knows, such as "basic local screen"."""
        ...
