"""The plain text of a mail as words: addresses apart, rulers and marks of headings left out.

Senders make a plain text out of the HTML in many ways: "words (address)", "words: address",
"words <address>". All of them are the same words and the same address.
"""

import re
from dataclasses import dataclass

from core.content.mail_words import BLOCK, LINK_MARK, Word, normal, words_of

_LINK = re.compile(
    r"\s*:?\s*[(<\[]?\s*(?P<address>(?:https?://|mailto:)[^\s<>\"\ue002\ue003]+?)\s*[)>\]]?"
    r"(?=\s|$|[.,;!?](?:\s|$))",
    re.IGNORECASE,
)
_RULER = re.compile(r"^[ \t]*[-=_*~#]{3,}[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]*(?:\*\*|##?|>)[ \t]+", re.MULTILINE)
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_MARKS = str.maketrans("\ue002\ue003", "\ufffd\ufffd")


@dataclass(frozen=True, slots=True)
class MailText:
    """A plain text as it is compared; `links` are its addresses, by the numbers words carry."""

    words: tuple[Word, ...]
    links: tuple[str, ...]


def read_text(text: str, *, expected: bool = False) -> MailText:
    """The words and addresses of a plain text; `expected` where merge fields are marked.

    Examples:
        >>> found = read_text("Go to the website (https://shop.example/a)")
        >>> [w.text for w in found.words if not w.is_link], found.links
        (['Go', 'to', 'the', 'website'], ('https://shop.example/a',))
    """
    links: list[str] = []

    def marked(match: re.Match[str]) -> str:
        links.append(match["address"])
        return f" {LINK_MARK.format(len(links) - 1)}"

    lines = text.translate(_MARKS).replace("\r\n", "\n").replace("\r", "\n")
    plain = _RULER.sub("", normal(lines))
    parted = _PARAGRAPHS.sub(BLOCK, _HEADING.sub("", plain).strip())
    pieces = [_LINK.sub(marked, piece) for piece in parted.split(BLOCK)]
    words = words_of(BLOCK.join(pieces), expected=expected, linked=True)
    return MailText(words, tuple(links))
