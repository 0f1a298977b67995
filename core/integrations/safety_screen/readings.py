"""The ways a text may be meant to be read: disguises undone, each letter still with its place.

A reader sees "h4te", "s c u m", a Latin word with a Cyrillic letter in it, "haaate" and "hatrd" as
the words they stand for. Each reading is searched on its own: undoing a disguise hides nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b",
                       "@": "a", "$": "s", "!": "i", "|": "l"})  # fmt: skip
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"'})
# Cyrillic and Greek letters that look like Latin ones.
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0455\u0458\u0501\u04cf\u043a\u043c\u0442"
    "\u043d\u0432\u03b1\u03bf\u03c1\u03b5\u03b9\u03ba\u03bd\u03c4\u03c5\u03c7\u0131\u0261",
    "aeopcxyisjdlkmthbaopeikvtuxig",
)
_TOKEN = re.compile(r"\S+")
_DISGUISED = re.compile(r"[^\W\d_][0134578@$!|](?=[^\W\d_])|(?<![\w$@])[013457@$][^\W\d_]{2}"
                        r"|[^\W\d_]{2}[013457@$](?![\w%])")  # fmt: skip
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.|https?://|www\.")
# Single letters with one separator each: "s c u m", "h.a.t.e".
_SPACED = re.compile(r"(?<!\w)\w(?:[ ._*-]\w){2,}(?!\w)")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_WORD = re.compile(r"[a-z]+(?:[*#][a-z]+)*")
_LONG, _LONGEST = 5, 40


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text, in small letters; `places` has the original place of each letter."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original text this stretch of the reading stands."""
        return self.places[start], self.places[end - 1] + 1

    def replaced(
        self, pattern: re.Pattern[str], words: Callable[[re.Match[str]], str | None]
    ) -> "Reading":
        """The reading with each match replaced by other words, where there are any."""
        letters: list[str] = []
        places: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            new = words(match)
            if new is None:
                continue
            start, end = match.span()
            letters += [self.text[done:start], new]
            # Letters that were not there stand where the last one does.
            inside = [self.places[min(start + i, end - 1)] for i in range(len(new))]
            places += [*self.places[done:start], *inside]
            done = end
        letters.append(self.text[done:])
        places += self.places[done:]
        return Reading("".join(letters), tuple(places)) if done else self


@dataclass(frozen=True, slots=True)
class Spelling:
    """Words that are looked for even where they are misspelled.

    `misspelled` leads from a spelling with one inner letter missing or two exchanged to the word;
    `words` may also be run together with one of the `joiners`, or have letters starred out; those
    in `stems` with any ending. Given with a `*`, a word is such a stem.
    """

    misspelled: dict[str, str]
    words: frozenset[str]
    stems: frozenset[str]
    joiners: frozenset[str]
    ordinary: frozenset[str]

    @classmethod
    def of(
        cls, words: Collection[str], joiners: Collection[str], ordinary: Collection[str]
    ) -> "Spelling":
        """The spelling of these words; what is `ordinary` is never read as one of them."""
        stems = {w.removesuffix("*"): w.endswith("*") for w in words}
        long = sorted(w for w in stems if len(w) >= _LONG and w.isalpha())
        wrong = {slip: word for word in long for slip in _slips(word)}
        for slip in {*ordinary, *stems}:
            wrong.pop(slip, None)
        open_ended = frozenset(w for w in long if stems[w])
        return cls(wrong, frozenset(long), open_ended, frozenset(joiners), frozenset(ordinary))

    def meant(self, match: re.Match[str]) -> str | None:
        """The word or words a spelling stands for, or None when it is to be read as it is."""
        token = match.group()
        if len(token) > _LONGEST or token in self.ordinary or self._is_word(token):
            return None
        if "*" in token or "#" in token:
            masked = re.compile(re.sub("[*#]", "[a-z]", token))
            return next((w for w in sorted(self.words) if masked.fullmatch(w)), None)
        return self.misspelled.get(token) or self._parted(token)

    def _parted(self, token: str) -> str | None:
        for cut in range(2, len(token) - 1):
            first, second = token[:cut], token[cut:]
            if (first in self.joiners and self._is_word(second)) or (
                second in self.joiners and self._is_word(first)
            ):
                return f"{first} {second}"
        return None

    def _is_word(self, token: str) -> bool:
        return token in self.words or any(
            token[:end] in self.stems for end in range(_LONG, len(token))
        )


def readings(text: str, spelling: Spelling) -> Iterator[Reading]:
    """Every way to read a text, the plain one first; two readings alike are given once."""
    seen: set[str] = set()
    for article in (False, True) if _SPACED.search(text) else (False,):
        plain = _plain(text, article=article)
        once = plain.replaced(_STRETCHED, lambda m: m[1])
        twice = plain.replaced(_STRETCHED, lambda m: m[1] * 2)
        for reading in (plain, once, twice):
            for each in (reading, reading.replaced(_WORD, spelling.meant)):
                if each.text not in seen:
                    seen.add(each.text)
                    yield each


def _slips(word: str) -> Iterator[str]:
    for i in range(1, len(word) - 1):
        yield word[:i] + word[i + 1 :]
        if i + 1 < len(word) and word[i] != word[i + 1]:
            yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _plain(text: str, *, article: bool) -> Reading:
    """The text without accents, signs nobody sees, and letters of other shapes.

    Of letters that stand apart, `article` reads a first "a" or "i" as a word: "a s c u m".
    """
    letters: list[str] = []
    places: list[int] = []
    apart = set(_between_letters(text, article=article))
    disguised = {place for token in _disguised(text) for place in range(*token.span())}
    for place, character in enumerate(text):
        if place in apart or unicodedata.category(character) == "Cf":
            continue
        plain = unicodedata.normalize("NFKD", character).lower().translate(_QUOTES)
        if place in disguised:
            plain = plain.translate(_LEET)
        for letter in plain.translate(_LOOKALIKES):
            if not unicodedata.combining(letter):
                letters.append(letter)
                places.append(place)
    return Reading("".join(letters), tuple(places))


def _between_letters(text: str, *, article: bool) -> Iterator[int]:
    for match in _SPACED.finditer(text):
        start = match.start() + 1
        if article and match.group()[0] in "aAiI":
            start += 2
        yield from range(start, match.end(), 2)


def _disguised(text: str) -> Iterator[re.Match[str]]:
    """Tokens in which signs stand for letters: "w0men", "$cum", but not "$5", "3pm" or "B2B"."""
    for token in _TOKEN.finditer(text):
        if _DISGUISED.search(token.group()) and not _ADDRESS.match(token.group()):
            yield token
