"""The brand's words as lists of the service: made, filled and removed; a repeat does nothing.

The name of a list ends in a hash of its words. So other words make another list, texts under way
are read with the one they began with, and `keep` removes the old ones. The matching of the service
knows no endings: of `crap*` it looks for `crap`, and our own check finds the rest.
"""

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.content.patterns import words_pattern
from core.integrations.safety_screen.azure_service import Service
from core.protocols.safety_screen import LISTS, ListChanges, WordLists

logger = logging.getLogger(__name__)

# What the service takes: characters of a word, and words in one request.
_LONGEST, _AT_ONCE = 128, 100


@dataclass(frozen=True, slots=True)
class WordList:
    """One list: which of the brand's it is, its name there, and the phrase behind each word."""

    kind: str
    name: str
    phrases: dict[str, str]

    @classmethod
    def of(cls, kind: str, phrases: Iterable[str], prefix: str) -> "WordList":
        """The list of these phrases; what is too long for the service is left out."""
        words = {_word(p): p for p in sorted(phrases)}
        kept = {word: p for word, p in words.items() if 0 < len(word) <= _LONGEST}
        digest = hashlib.sha256("\n".join(sorted(kept)).encode()).hexdigest()
        return cls(kind, f"{prefix}-{kind}-{digest[:12]}", kept)

    def places(self, text: str, word: str) -> list[tuple[int, int]]:
        """Where a word that the service found stands; the whole text where we cannot tell."""
        whole, longer = (words_pattern([p]) for p in (self.phrases.get(word, word), f"{word}*"))
        for pattern in (whole, longer, re.compile(re.escape(word), re.IGNORECASE)):
            found = [match.span() for match in pattern.finditer(text)] if pattern else []
            if found:
                return found
        return [(0, len(text))]


@dataclass
class BrandLists:
    """The lists that this workspace wants, and which are known to be there.

    `words` tells the brand's words at this moment: a policy may be adopted while we run.
    """

    service: Service
    words: Callable[[], WordLists]
    prefix: str
    _there: WordLists | None = None
    _made: dict[str, WordList] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def _wanted(self, words: WordLists) -> dict[str, WordList]:
        """By name; an empty list of the brand is none."""
        made = (WordList.of(kind, getattr(words, kind), self.prefix) for kind in LISTS)
        found = {one.name: one for one in made if one.phrases}
        # A text under way is still read with the lists it began with.
        self._made.update(found)
        return found

    def names(self) -> Sequence[str]:
        """The names to screen with; puts the lists up when this process first asks.

        Raises:
            ProviderFailed: they could not be put up; no text is screened without them.
        """
        with self._lock:
            words = self.words()
            wanted = self._wanted(words)
            if self._there != words:
                self._put_up(wanted)
                self._there = words
        return tuple(wanted)

    def look_again(self) -> None:
        """Somebody may have removed them: make sure at the next use."""
        self._there = None

    def keep(self) -> ListChanges:
        """Put the lists up, and remove those of former words.

        Raises:
            ProviderFailed: the service refused or did not answer; a repeat goes on from there.
        """
        with self._lock:
            words = self.words()
            wanted = self._wanted(words)
            changes = self._put_up(wanted)
            ours = re.compile(rf"{re.escape(self.prefix)}-(?:{'|'.join(LISTS)})-[0-9a-f]{{12}}")
            for name in self.service.lists():
                if ours.fullmatch(name) and name not in wanted:
                    self.service.drop_list(name)
                    changes.append(f"{name}: removed")
            self._there = words
        return ListChanges(tuple(wanted), tuple(changes), _left_out(words))

    def marks(
        self, text: str, matches: Iterable[tuple[str, str]]
    ) -> Iterator[tuple[str, int, int]]:
        """The matches of the service as marks: which list, from where to where."""
        for name, word in matches:
            one = self._made[name]
            for start, end in one.places(text, word):
                yield one.kind, start, end

    def _put_up(self, wanted: Mapping[str, WordList]) -> list[str]:
        changes: list[str] = []
        there = set(self.service.lists()) if wanted else set()
        for one in wanted.values():
            if one.name not in there:
                self.service.make_list(one.name, f"The {one.kind} words of config/brand_rules.yaml")
                changes.append(f"{one.name}: made")
            changes += self._fill(one)
        if changes:
            logger.info("brought the lists of words up to date: %s", "; ".join(changes))
        return changes

    def _fill(self, one: WordList) -> list[str]:
        there = self.service.words(one.name)
        held = set(there.values())
        missing = sorted(word for word in one.phrases if word not in held)
        foreign = sorted(key for key, word in there.items() if word not in one.phrases)
        for some in _hundreds(missing):
            self.service.add_words(one.name, some)
        for some in _hundreds(foreign):
            self.service.drop_words(one.name, some)
        said = ((len(missing), "added"), (len(foreign), "removed"))
        return [f"{one.name}: words {what}: {count}" for count, what in said if count]


def _left_out(words: WordLists) -> tuple[str, ...]:
    every = (phrase for kind in LISTS for phrase in getattr(words, kind))
    return tuple(phrase for phrase in every if len(_word(phrase)) > _LONGEST)


def _word(phrase: str) -> str:
    """The phrase as the service holds it: without the sign for any ending."""
    return " ".join(phrase.removesuffix("*").split()).casefold()


def _hundreds(every: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
