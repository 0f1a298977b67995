"""The basic local screen: a lexicon with severities, no model.

It finds the plain cases and misses many others; it raises findings for a person and clears no
text by itself. Whoever shows its scores shows its name with them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.content.prompt_shield import brief_instructions, document_instructions
from core.integrations.safety_screen.lexicon import Entry, Lexicon, lexicon
from core.integrations.safety_screen.readings import Reading, readings
from core.protocols.provider import ProviderContext
from core.protocols.safety_screen import CATEGORIES, ScreenLimits, ScreenReport, ShieldReport

NAME = "basic local screen"

_NEGATED = re.compile(
    r"(?:\b(?:not|never|nobody|no one|cannot|against|stop|end|prevent\w*)\b|n't)[^.!?\n]{0,24}$"
)
_DENIED_INSIDE = re.compile(r"\b(?:not|never|no|nor|neither|hardly)\b|n't\b")
_STOP = re.compile(r"[.!?\n]")
# What is looked at and not judged.
_DOUBT = 2


@dataclass(frozen=True, slots=True)
class LocalScreen:
    """Scores a text by the worst entry of the lexicon it meets, in each category."""

    lexicon: Lexicon

    def scan(self, text: str) -> ScreenReport:
        """The severities 0, 2, 4 or 6 of the whole text and the words that caused them."""
        worst = dict.fromkeys(CATEGORIES, 0)
        marks: dict[tuple[str, int, int], None] = {}
        for reading in readings(text, self.lexicon.spelling):
            for entry, severity, start, end in self._met(reading):
                worst[entry.category] = max(worst[entry.category], severity)
                marks[entry.category, *reading.span(start, end)] = None
        return ScreenReport(worst, tuple(sorted(marks)), NAME, basic=True)

    def shield(self, prompt: str, documents: Sequence[str]) -> ShieldReport:
        """Instructions to a model as they are usually written; a tripwire, no proof."""
        found = tuple(document_instructions(text) for text in documents)
        return ShieldReport(brief_instructions(prompt), found, NAME)

    def ungrounded(self, text: str, sources: Sequence[str]) -> None:  # noqa: ARG002
        """Not available: only an engine with a model compares meanings."""
        return

    def keep_lists(self) -> None:
        """None to keep: the words of the brand rules are looked for by every engine's caller."""
        return

    def limits(self) -> ScreenLimits:
        """None: it runs in this process, in time proportional to the text."""
        return ScreenLimits(characters=None, seconds=None)

    def describe(self) -> str:
        """The engine in words a person knows."""
        return NAME

    def _met(self, reading: Reading) -> Iterator[tuple[Entry, int, int, int]]:
        text = self.lexicon.benign.sub(lambda m: "\x00" * len(m.group()), reading.text)
        for entry in self.lexicon.entries:
            for match in entry.pattern.finditer(text):
                doubtful = self._doubtful(entry, match, text)
                severity = min(entry.severity, _DOUBT) if doubtful else entry.severity
                yield entry, severity, *match.span()

    def _doubtful(self, entry: Entry, match: re.Match[str], text: str) -> bool:
        """Whether the text may speak against what it names: looked at then, not judged."""
        start, end = match.span()
        if _NEGATED.search(text, max(0, start - 40), start):
            return True
        if entry.deniable and _DENIED_INSIDE.search(match.group()):
            return True
        sentence = text[_begin(text, start) : _finish(text, end)]
        return any(
            row.words.search(match.group()) and row.pattern.search(sentence)
            for row in self.lexicon.about
        )


def build(context: ProviderContext) -> LocalScreen:  # noqa: ARG001 - needs nothing from outside
    """The screen with the lexicon of this version."""
    return LocalScreen(lexicon())


def _begin(text: str, place: int) -> int:
    return max((m.end() for m in _STOP.finditer(text, max(0, place - 300), place)), default=0)


def _finish(text: str, place: int) -> int:
    found = _STOP.search(text, place)
    return found.start() if found else len(text)
