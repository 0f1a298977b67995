"""A received mail held against an approved one: words, links, hidden parts, values of fields.

What is told first is what costs most: percentages, prices, dates and codes, then links, then
words. A sender's own lines, tracking pixels and parameters are noted and are no difference.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from core.content.approved_mail import ApprovedMail
from core.content.field_values import value_differences
from core.content.mail_alignment import Alignment, Filled, align
from core.content.mail_differences import differences, quoted
from core.content.mail_page import MailPage, read_page
from core.content.mail_text import MailText, read_text
from core.content.mail_words import Word, joined, normal, shown, words_of
from core.content.received_mail import ReceivedMail
from core.content.sender_lines import is_sender_line, is_test_mark, without_sender_lines
from core.content.sent_links import LinkedWords, compared_links
from core.errors import BadInput
from core.models.sent_mail import Comparison, Difference, DifferenceKind, FieldValue

#: The most words of a part; more is none of our messages, and is not compared.
MOST_WORDS = 6_000
_PARTS = {"html": "HTML", "text": "plain text"}
_RANK = {kind: rank for rank, kind in enumerate(DifferenceKind)}


@dataclass(frozen=True, slots=True)
class ReceivedWords:
    """A received mail as words; `page` or `text` is None where it has no such part."""

    subject: tuple[Word, ...]
    page: MailPage | None
    text: MailText | None
    extra: tuple[str, ...]
    one_click: bool


def received_words(mail: ReceivedMail) -> ReceivedWords:
    """The words of a received mail.

    Raises:
        BadInput: it has more words than any message of a campaign.
    """
    page = None if mail.html is None else read_page(mail.html)
    text = None if mail.text is None else read_text(mail.text)
    subject = words_of(normal(mail.subject))
    counted = [len(page.seen) + len(page.hidden)] if page else []
    most = max([*counted, len(text.words) if text else 0, len(subject)])
    if most > MOST_WORDS:
        raise BadInput(
            f"The mail has {most:,} words, which no message of a campaign has; "
            "upload the mail of the seed inbox."
        )
    return ReceivedWords(subject, page, text, mail.extra, mail.one_click)


def agreement(received: ReceivedWords, approved: ApprovedMail) -> float:
    """The share of the approved words that a received mail holds, in any order, from 0 to 1."""
    body = received.page.seen if received.page else received.text.words if received.text else ()
    have = Counter(w.text for w in (*received.subject, *body) if not w.is_link)
    page = (*approved.subject, *approved.page.seen)
    want = Counter(w.text for w in page if w.field is None)
    return sum((want & have).values()) / max(sum(want.values()), 1)


def compared(
    variant_id: str, received: ReceivedWords, approved: Sequence[ApprovedMail]
) -> Comparison:
    """A received mail held against the mails that one message may become; the likeliest counts.

    Args:
        variant_id: of the message.
        received: the mail.
        approved: see `approved_mails`; at least one.
    """
    ranked = sorted(approved, key=lambda mail: -agreement(received, mail))
    likely = [m for m in ranked if agreement(received, m) > agreement(received, ranked[0]) - 0.1]
    every = [_compared(variant_id, received, mail) for mail in likely[:4]]
    return min(every, key=lambda found: len(found.differences))


def _compared(variant_id: str, received: ReceivedWords, approved: ApprovedMail) -> Comparison:
    found = _Found(approved)
    _subject(found, received)
    if received.page is None:
        found.add(DifferenceKind.PART, "HTML", "the HTML part", "", "the mail has none")
    else:
        _html(found, received.page, approved.page)
    if received.text is None:
        found.notes.append("The mail has no plain-text part, so none was compared.")
    else:
        _text(found, received.text, approved)
    for kind in received.extra:
        found.add(DifferenceKind.PART, "attachments", "", f"a part of type {kind}")
    if not received.one_click:
        found.notes.append("The mail has no header to unsubscribe in one click (RFC 8058).")
    found.differences += value_differences(approved.slots, found.values)
    values = dict.fromkeys(
        FieldValue(approved.slots[each.number].name, shown(each.value)) for each in found.values
    )
    return Comparison(
        variant_id,
        tuple(sorted(_once(found.differences), key=lambda d: _RANK[d.kind])),
        tuple(dict.fromkeys(found.unseen)),
        tuple(dict.fromkeys(found.notes)),
        tuple(values),
        agreement(received, approved),
    )


@dataclass(slots=True)
class _Found:
    """What was found so far."""

    approved: ApprovedMail
    differences: list[Difference] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    values: list[Filled] = field(default_factory=list)

    def add(
        self, kind: DifferenceKind, where: str, approved: str, received: str, why: str = ""
    ) -> None:
        self.differences.append(Difference(kind, where, approved, received, why))

    def add_words(
        self,
        alignment: Alignment,
        approved: LinkedWords,
        received: LinkedWords,
        where: str | None,
        part: str = "",
    ) -> None:
        """The changed words and values; each place is said by its block where none is given."""
        names = [slot.name for slot in self.approved.slots]
        texts = (
            quoted(approved.words, names, approved.links),
            quoted(received.words, (), received.links),
        )
        for pair, each in differences(alignment, *texts):
            place = where or f"{self.approved.place(approved.words, pair.a)}, {_PARTS[part]}"
            self.differences.append(replace(each, where=place))
        self.values += alignment.values


def _subject(found: _Found, received: ReceivedWords) -> None:
    want, have = found.approved.subject, received.subject
    alignment = align(want, have)
    first = alignment.changes[0] if alignment.changes else None
    if first is not None and first.b == 0 and is_test_mark(have[first.c : first.d]):
        found.notes.append(f"The subject begins with '{shown(joined(have[: first.d]))}'.")
        have = (replace(have[first.d], glued=False), *have[first.d + 1 :])
        alignment = align(want, have)
    found.add_words(alignment, LinkedWords(want, ()), LinkedWords(have, ()), "subject")


def _html(found: _Found, page: MailPage, approved: MailPage) -> None:
    _linked(found, LinkedWords(approved.seen, approved.links), LinkedWords(page.seen, page.links))
    _hidden(found, page, approved)
    if page.title:
        title = LinkedWords(page.title, ())
        alignment = align(approved.title, page.title)
        found.add_words(alignment, LinkedWords(approved.title, ()), title, "title of the HTML")
    if page.outlook:
        said = shown(page.outlook)[:300]
        found.add(DifferenceKind.HIDDEN, "HTML", "", said, "only Outlook shows it")
    if page.on_some:
        said = shown(page.on_some)[:300]
        found.add(DifferenceKind.HIDDEN, "HTML", said, "", "some screens do not show it")
    for trick in page.tricks:
        found.add(DifferenceKind.PART, "HTML", "", shown(trick), "no mail needs it")
    for address in page.pictures:
        host = urlsplit(address).hostname if address.startswith("http") else None
        found.add(DifferenceKind.PART, "HTML", "", f"a picture from {host or shown(address)[:100]}")
    if page.pixels:
        found.notes.append("The sender added a tracking pixel, which nobody sees.")


def _text(found: _Found, text: MailText, approved: ApprovedMail) -> None:
    words = _without_preheader(text.words, approved)
    want = LinkedWords(approved.text.words, approved.text.links)
    _linked(found, want, LinkedWords(words, text.links), part="text")


def _linked(
    found: _Found, approved: LinkedWords, received: LinkedWords, part: str = "html"
) -> None:
    kept, added = without_sender_lines(received.words, approved.words)
    kept, more = _without_trailing_lines(align(approved.words, kept), kept)
    for line in (*added, *more):
        found.notes.append(f"The sender added the line '{shown(line)[:200]}'.")
    alignment, have = align(approved.words, kept), LinkedWords(kept, received.links)
    found.add_words(alignment, approved, have, None, part)
    report = compared_links(alignment, approved, have, found.approved.link)
    for place, each in report.differences:
        where = f"{found.approved.place(approved.words, place)}, {_PARTS[part]}"
        found.differences.append(replace(each, where=where))
    found.unseen += report.unseen
    found.notes += report.notes


def _without_trailing_lines(
    alignment: Alignment, words: tuple[Word, ...]
) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """Without whole lines of the sender's own that follow or precede all approved words."""
    left_out: set[int] = set()
    lines: list[str] = []
    for pair in (alignment.changes[:1] + alignment.changes[-1:]) if alignment.changes else ():
        at_an_end = pair.a == pair.b and (pair.c == 0 or pair.d == len(words))
        blocks = {word.block for word in words[pair.c : pair.d]}
        whole = [[n for n, w in enumerate(words) if w.block == block] for block in sorted(blocks)]
        inside = all(pair.c <= n < pair.d for block in whole for n in block)
        if at_an_end and inside and all(is_sender_line([words[n] for n in b]) for b in whole):
            lines += [joined([words[n] for n in b if not words[n].is_link]) for b in whole]
            left_out |= {n for block in whole for n in block}
    kept = tuple(word for n, word in enumerate(words) if n not in left_out)
    return kept, tuple(line for line in lines if line)


def _without_preheader(words: tuple[Word, ...], approved: ApprovedMail) -> tuple[Word, ...]:
    """The words without the preheader, which some senders write above the plain text."""
    first = [word for word in words if word.block == words[0].block] if words else []
    hidden = approved.page.hidden
    if hidden and first and not align(hidden, first).changes:
        return words[len(first) :]
    return words


def _hidden(found: _Found, page: MailPage, approved: MailPage) -> None:
    """The hidden text: the preheader, once or more often, and nothing else."""
    blocks = dict.fromkeys(word.block for word in page.hidden)
    texts = [tuple(word for word in page.hidden if word.block == block) for block in blocks]
    copies = [text for text in texts if not align(approved.hidden, text).changes]
    if copies:
        found.values += align(approved.hidden, copies[0]).values
        for text in texts:
            if text not in copies:
                found.add(DifferenceKind.HIDDEN, "HTML", "", shown(joined(text))[:300])
        return
    want, have = LinkedWords(approved.hidden, ()), LinkedWords(page.hidden, ())
    found.add_words(align(approved.hidden, page.hidden), want, have, "preheader")


def _once(found: Sequence[Difference]) -> list[Difference]:
    """The same difference in HTML and plain text as one."""
    places: dict[tuple[DifferenceKind, str, str, str], list[str]] = {}
    for each in found:
        key = (each.kind, each.approved, each.received, each.explanation)
        places.setdefault(key, []).append(each.where)
    return [
        Difference(kind, "; ".join(dict.fromkeys(where)), was, now, why)
        for (kind, was, now, why), where in places.items()
    ]
