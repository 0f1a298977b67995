"""The basic local screen: a lexicon with severities, no model.

It finds the plain cases and misses many others; it raises findings for a person and clears no
text by itself. Whoever shows its scores shows its name with them.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from core.models.messages import Severity
from core.protocols.provider import ProviderContext
from core.protocols.safety_screen import ScreenReport

NAME = "basic local screen"
_LEXICON = Path(__file__).with_name("lexicon.yaml")

_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a",
                       "$": "s", "\u2019": "'", "\u2018": "'"})  # fmt: skip
_TOKEN = re.compile(r"[^\s]+")
# Single letters with one separator each: "s c u m", "h.a.t.e".
_SPACED = re.compile(r"(?<!\w)\w(?:[ ._*-]\w){2,}(?!\w)")
_WORDS_BETWEEN = r"(?:[^\w.!?\n]+[\w']+){0,%d}?[^\w.!?\n]+"
_NEGATED = re.compile(
    r"(?:\b(?:not|never|nobody|no one|cannot|against|stop|end|prevent\w*)\b|n't)[^.!?\n]{0,24}$"
)
_DOUBT = 2


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    category: Literal["hate", "self_harm", "sexual", "violence"]
    severity: Annotated[int, Field(ge=2, le=6)]
    pattern: str


class _Lexicon(BaseModel):
    model_config = ConfigDict(extra="forbid")

    words: dict[str, list[str]]
    patterns: list[_Row]
    benign: list[str]


@dataclass(frozen=True, slots=True)
class _Entry:
    category: str
    severity: int
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Plain:
    """A text made plain, and for each of its characters the place in the original."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self.places[start], self.places[end - 1] + 1


@dataclass(frozen=True, slots=True)
class LocalScreen:
    """Scores a text by the worst entry of the lexicon it meets, in each category."""

    entries: tuple[_Entry, ...]
    benign: re.Pattern[str]

    def scan(self, text: str) -> ScreenReport:
        """The severities 0, 2, 4 or 6 of the whole text and the words that caused them."""
        plain = _plain(text)
        readable = self.benign.sub(lambda m: "\x00" * len(m.group()), plain.text)
        worst: dict[str, int] = {}
        marks: dict[tuple[str, int, int], None] = {}
        for category, severity, start, end in self._met(readable):
            worst[category] = max(worst.get(category, 0), severity)
            marks[category, *plain.span(start, end)] = None
        return ScreenReport(Severity(**worst), tuple(sorted(marks)), NAME)

    def describe(self) -> str:
        """The engine in words a person knows."""
        return NAME

    def _met(self, text: str) -> Iterator[tuple[str, int, int, int]]:
        for entry in self.entries:
            for match in entry.pattern.finditer(text):
                # "I do not hate" and "stop the killing" are looked at, not judged.
                denied = _NEGATED.search(text, max(0, match.start() - 40), match.start())
                severity = min(entry.severity, _DOUBT) if denied else entry.severity
                yield entry.category, severity, *match.span()


def build(context: ProviderContext) -> LocalScreen:  # noqa: ARG001 - needs nothing from outside
    """The screen with the lexicon of this version."""
    lexicon = _Lexicon.model_validate(yaml.safe_load(_LEXICON.read_text(encoding="utf-8")))
    lists = {name: _alternatives(words) for name, words in lexicon.words.items()}
    entries = tuple(
        _Entry(row.category, row.severity, _compiled(row.pattern, lists))
        for row in lexicon.patterns
    )
    benign = re.compile("|".join(rf"(?<!\w)(?:{phrase})(?!\w)" for phrase in lexicon.benign))
    return LocalScreen(entries, benign)


def _compiled(pattern: str, lists: Mapping[str, str]) -> re.Pattern[str]:
    full = pattern.replace("{near}", _WORDS_BETWEEN % 4).replace("{close}", _WORDS_BETWEEN % 2)
    for name, alternatives in lists.items():
        full = full.replace(f"{{{name}}}", alternatives)
    return re.compile(rf"(?<!\w)(?:{full})(?!\w)")


def _alternatives(words: list[str]) -> str:
    parts = (
        re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")
        for word in sorted(words, key=len, reverse=True)
    )
    return rf"(?:(?:{'|'.join(parts)})(?!\w))"


def _plain(text: str) -> _Plain:
    """Small letters without accents, "h4te" as "hate", "s c u m" as "scum"."""
    letters: list[str] = []
    places: list[int] = []
    skipped = {
        place
        for match in _SPACED.finditer(text)
        for place in range(match.start() + 1, match.end(), 2)
    }
    disguised = {
        place
        for match in _TOKEN.finditer(text)
        if _is_disguised(match.group())
        for place in range(*match.span())
    }
    for place, character in enumerate(text):
        if place in skipped:
            continue
        plain = unicodedata.normalize("NFKD", character).lower()
        if place in disguised or not character.isascii():
            plain = plain.translate(_LEET)
        for letter in plain:
            if not unicodedata.combining(letter):
                letters.append(letter)
                places.append(place)
    return _Plain("".join(letters), tuple(places))


def _is_disguised(token: str) -> bool:
    """Whether signs stand between the letters of a word, as in "w0men" but not in "$5" or "3pm"."""
    return bool(re.search(r"[^\W\d_][0134578@$]|[013457@$][^\W\d_]{2}", token)) and not re.match(
        r"[\w.+-]+@[\w-]+\.", token
    )
