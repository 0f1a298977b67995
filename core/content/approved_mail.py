"""An approved message as the mail it may become: its words with places for merge fields.

The mail is the rendered shell of the approval lock; each conditional text gives one mail for
each way it may turn out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from core.content.email_shell import EmailShell
from core.content.mail_page import MailPage, read_page
from core.content.mail_text import MailText, read_text
from core.content.mail_words import FIELD_MARK, Word, joined, normal, words_of
from core.content.merge_dialects import DIALECTS
from core.content.merge_pieces import Condition, Field, Piece, Plain
from core.content.merge_syntax import parsed
from core.models.letterhead import Letterhead
from core.models.messages import Message, TextField

#: Where the sender's own address to unsubscribe comes to stand.
WAY_OUT = "https://unsubscribe.invalid"

Comparison = tuple[str, str, str | int | float]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a merge field; `default` is what stands there without a value, if anything."""

    name: str
    default: str | None


@dataclass(frozen=True, slots=True)
class ApprovedMail:
    """The words a mail has to hold; a word with a `field` stands for the slot of that number.

    `places` says for a block of the mail what it is, such as "postal address".
    """

    subject: tuple[Word, ...]
    page: MailPage
    text: MailText
    slots: tuple[Slot, ...]
    link: str | None
    places: Mapping[str, str]

    def place(self, words: Sequence[Word], at: int) -> str:
        """What the block is in which word `at` of these words stands, or would stand."""
        if not words:
            return "message"
        block = words[min(at, len(words) - 1)].block
        blocks = list(dict.fromkeys(word.block for word in words))
        names = [self.places.get(self._text(words, each)) for each in blocks]
        place = blocks.index(block)
        number = sum(name is None for name in names[: place + 1])
        return names[place] or f"paragraph {number}"

    def _text(self, words: Sequence[Word], block: int) -> str:
        return joined([w for w in words if w.block == block and not w.is_link])


@lru_cache(maxsize=128)
def approved_mails(
    message: Message, shell: EmailShell, *, link: str | None, language: str
) -> tuple[ApprovedMail, ...]:
    """The mails a message may become, one for each way its comparisons may turn out.

    Args:
        message: as it was approved, merge fields in it or filled in already.
        shell: the e-mail around it.
        link: where its button leads.
        language: of the message.
    """
    compared = tuple(dict.fromkeys(_comparisons(message)))
    found = []
    for choice in product((True, False), repeat=len(compared)):
        chosen = dict(zip(compared, choice, strict=True))
        found.append(_mail(message, shell, chosen, (link, language)))
    return tuple(found)


def _comparisons(message: Message) -> Iterator[Comparison]:
    for part in TextField:
        for condition in parsed(message.part(part)).conditions:
            yield _key(condition)


def _key(condition: Condition) -> Comparison:
    return condition.name, condition.operator, condition.value


def _mail(
    message: Message,
    shell: EmailShell,
    chosen: Mapping[Comparison, bool],
    about: tuple[str | None, str],
) -> ApprovedMail:
    (link, language), slots = about, list[Slot]()
    marked = Message(*(_marked(message.part(part), chosen, slots) for part in TextField))
    dialect = DIALECTS["generic"]
    html = shell.html(marked, dialect, link=link, language=language)
    text = shell.text(marked, dialect, link=link)
    return ApprovedMail(
        subject=words_of(normal(marked.subject), expected=True),
        page=read_page(html.replace(dialect.unsubscribe, WAY_OUT), expected=True),
        text=read_text(text.replace(dialect.unsubscribe, WAY_OUT), expected=True),
        slots=tuple(slots),
        link=link,
        places=_places(shell.letterhead),
    )


def _marked(text: str, chosen: Mapping[Comparison, bool], slots: list[Slot]) -> str:
    return "".join(_piece(piece, chosen, slots) for piece in parsed(text).pieces)


def _piece(piece: Piece, chosen: Mapping[Comparison, bool], slots: list[Slot]) -> str:
    if isinstance(piece, Plain):
        return piece.text
    if isinstance(piece, Field):
        default = piece.filled(None) if piece.default is not None else None
        slots.append(Slot(piece.name, default))
        return FIELD_MARK.format(len(slots) - 1)
    inner = piece.branch(first=chosen[_key(piece)])
    return "".join(_piece(each, chosen, slots) for each in inner)


def _places(head: Letterhead) -> Mapping[str, str]:
    named = [
        *((line, "footer") for line in head.footer),
        (head.shop, "letterhead"),
        (head.button, "button"),
        (head.postal_address, "postal address"),
        (head.unsubscribe, "line to unsubscribe"),
    ]
    return {joined(words_of(normal(text))): name for text, name in named}
