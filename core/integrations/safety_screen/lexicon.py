"""The word lists and patterns of the basic local screen, read once and made ready."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.integrations.safety_screen.readings import Spelling
from core.yaml_text import parsed

_FILE = Path(__file__).with_name("lexicon.yaml")

_BETWEEN = r"(?:[^\w.!?\n]+[\w']+){0,%d}?[^\w.!?\n]+"
_REACHES = {
    "near": _BETWEEN % 5,
    "close": _BETWEEN % 2,
    "far": r"(?:[^\w.!?\n]+[\w']+){0,9}?[^\w.!?\n]*",
    "end": r"[.!?\n]+[\s\"')]*",
}
# "trans people", "a gay person's": the noun belongs to the group, and is no word in between.
_MEMBERS = r"(?:[^\w.!?\n]+(?:people|persons?|folks?|men|women|man|woman|guys?|kids)(?:'s)?(?!\w))?"
# Lists whose words are looked for misspelled, too; the others are too ordinary for that.
_SPELLED = ("group", "slur", "loathe", "vile", "hurt")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    category: Literal["hate", "self_harm", "sexual", "violence"]
    severity: Annotated[int, Field(ge=2, le=6)]
    pattern: str
    deniable: bool = False


class _About(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pattern: str
    words: str = r".*"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    words: dict[str, list[str]]
    patterns: list[_Row]
    about: list[_About]
    benign: list[str]
    joiners: list[str]
    ordinary: list[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: what it finds, in which category, and how severe that is."""

    category: str
    severity: int
    pattern: re.Pattern[str]
    deniable: bool


@dataclass(frozen=True, slots=True)
class About:
    """A sentence that holds `pattern` speaks about what `words` match."""

    pattern: re.Pattern[str]
    words: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything the screen looks for, and what it reads over."""

    entries: tuple[Entry, ...]
    about: tuple[About, ...]
    benign: re.Pattern[str]
    spelling: Spelling


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon of this version."""
    file = _File.model_validate(parsed(_FILE.read_text(encoding="utf-8")))
    lists = {name: _alternatives(words) for name, words in file.words.items()}
    lists["group"] += _MEMBERS
    spelled = [word for name in _SPELLED for word in file.words[name]]
    return Lexicon(
        entries=tuple(
            Entry(row.category, row.severity, _whole(row.pattern, lists), row.deniable)
            for row in file.patterns
        ),
        about=tuple(
            About(_whole(row.pattern, lists), re.compile(rf"\b(?:{row.words})", re.DOTALL))
            for row in file.about
        ),
        benign=_whole("|".join(file.benign), {}),
        spelling=Spelling.of(spelled, file.joiners, file.ordinary),
    )


def _whole(pattern: str, lists: Mapping[str, str]) -> re.Pattern[str]:
    for name, alternatives in {**_REACHES, **lists}.items():
        pattern = pattern.replace(f"{{{name}}}", alternatives)
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")


def _alternatives(words: list[str]) -> str:
    parts = (
        re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")
        for word in sorted(words, key=len, reverse=True)
    )
    return rf"(?:(?:{'|'.join(parts)})(?:'s)?(?!\w))"
