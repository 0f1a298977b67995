"""The words of a mail as they are compared: one list for what a reader sees, with their links.

What senders add and no reader sees (soft hyphens, zero-width signs, hard spaces, other line
breaks) makes no difference; every sign that is seen, or that turns text around, does.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

#: Stands between two blocks of text; it counts as white space.
BLOCK = "\x1e"
#: Around the number of a merge field in what was approved.
FIELD_MARK = "\ue000{}\ue001"
#: Around the number of an address in a plain text.
LINK_MARK = "\ue002{}\ue003"
# Soft hyphen, grapheme joiner, fillers, zero-width signs, variation selectors: the padding of
# preheaders (&zwnj; &#847; &#8199; &#65279;) and of long words.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200d\u2060-\u2064\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
_FIELD = re.compile("\ue000(\\d+)\ue001")
_LINK = re.compile("\ue002(\\d+)\ue003")
_PIECE = r"\w+(?:['\u2019.,:@/-]\w+)*|[^\w\s]"
_PATTERNS = {
    (expected, linked): re.compile(
        "|".join([*([_FIELD.pattern] * expected), *([_LINK.pattern] * linked), _PIECE])
    )
    for expected in (False, True)
    for linked in (False, True)
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word or sign; `glued` where no space stands before it.

    `link` is the number of the link it belongs to; `field` the number of the merge field it is;
    `is_link` where it is itself an address, in plain text.
    """

    text: str
    glued: bool
    block: int
    link: int | None = None
    field: int | None = None
    is_link: bool = False

    @property
    def key(self) -> str:
        """What has to be equal for two words to be the same."""
        if self.is_link:
            return "\x00link"
        return self.text if self.glued else f" {self.text}"


@dataclass(frozen=True, slots=True)
class LinkSpan:
    """A stretch of a text that is a link, by its number."""

    start: int
    end: int
    number: int


def normal(text: str) -> str:
    r"""The text without signs that no reader sees; composed letters as one character.

    Examples:
        >>> normal("Sa\u00adve\u200b 20\u00a0%").split()
        ['Save', '20', '%']
    """
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))


def words_of(
    text: str, links: Sequence[LinkSpan] = (), *, expected: bool = False, linked: bool = False
) -> tuple[Word, ...]:
    """The words of a text that is normal already.

    Merge fields are read only where it is `expected`, marks of addresses where it is `linked`.
    """
    found: list[Word] = []
    block, end, spans = 0, 0, iter(links)
    span = next(spans, None)
    for match in _PATTERNS[expected, linked].finditer(text):
        between = text[end : match.start()]
        block += BLOCK in between
        while span is not None and span.end <= match.start():
            span = next(spans, None)
        link = span.number if span is not None and span.start <= match.start() else None
        glued = not between and match.start() > 0
        found.append(_word(match.group(), Word("", glued, block, link), expected, linked))
        end = match.end()
    return tuple(found)


def _word(text: str, at: Word, expected: bool, linked: bool) -> Word:  # noqa: FBT001 - see words_of
    field = _FIELD.fullmatch(text) if expected else None
    address = _LINK.fullmatch(text) if linked else None
    return Word(
        text,
        at.glued and address is None,
        at.block,
        link=int(address[1]) if address else at.link,
        field=int(field[1]) if field else None,
        is_link=address is not None,
    )


def shown(text: str) -> str:
    r"""A text for quoting: signs that cannot be seen, or that turn it around, by their number.

    Examples:
        >>> shown("20\u202e %")
        '20⟨U+202E⟩ %'
    """
    return "".join(
        f"⟨U+{ord(sign):04X}⟩" if unicodedata.category(sign) in {"Cf", "Cc", "Co", "Cn"} else sign
        for sign in text
    )


def joined(words: Sequence[Word], *, breaks: str = " ") -> str:
    """The words as a text again, with `breaks` between blocks."""
    parts: list[str] = []
    for place, word in enumerate(words):
        if place:
            before = words[place - 1]
            parts.append(breaks if before.block != word.block else "" if word.glued else " ")
        parts.append(word.text)
    return "".join(parts)
