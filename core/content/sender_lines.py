"""Lines that senders put above and below a mail by themselves; whatever else is added is told.

Read off the default footers of Mailchimp, Klaviyo, Braze, Customer.io, Brevo and SendGrid in
public mails, 2026-11-23. A line counts only where all of it is one of these.
"""

import re
from collections.abc import Sequence

from core.content.mail_words import Word, joined

_ADDRESS = r"[\w.+-]+@[\w.-]+"
_ANY_SHOP = r"[\w .,&'\u2019-]{1,80}"
_MAIL = r"(?: (?:e-?mail|message|newsletter))?"
_SEE = r"(?:can't|can\u2019t|cannot|having trouble|trouble|problems?)"
_SEEING = r"(?: (?:see|seeing|read|reading|view|viewing|displaying))?"
_ONLINE = r"(?: (?:online|in (?:your|a|the) (?:web )?browser|as a web ?page))?[.:]?"
_FROM = (
    r"(?: (?:from this list|from (?:all )?(?:our|these|future) (?:e-?mails|messages)|here))?[.:]?"
)
_CHANGE = r"(?:update|manage|change) (?:your |my )?(?:e-?mail |subscription )?preferences"
_MARK = r"(?:copyright )?(?:\u00a9|\(c\)) ?(?:copyright )?(?:19|20)\d\d,? ?"
_CARRIERS = (
    r"(?:(?:intuit )?mailchimp|klaviyo|braze|customer\.io|brevo|sendinblue|(?:twilio )?sendgrid|"
    r"mailjet|hubspot|mailerlite)[.]?"
)
_PATTERNS = (
    # Seeing the mail elsewhere.
    (
        rf"(?:{_SEE}{_SEEING}(?: this| the)?{_MAIL}(?: correctly| properly)?\??[.:]? ?)?"
        rf"(?:click here to |please )?(?:view|open|read|see)(?: this| the| it)?{_MAIL}{_ONLINE}"
    ),
    r"(?:web|online) version[.:]?",
    # Leaving.
    rf"(?:to |click here to |want to |you can )?(?:unsubscribe|opt ?-?out){_FROM}",
    (
        r"(?:no longer want to receive|don't want) these e-?mails(?: any ?more)?\??"
        r"(?: unsubscribe(?: here)?)?[.:]?"
    ),
    (
        rf"(?:want to change how you receive these e-?mails\??[.:]? ?)?(?:you can )?{_CHANGE}"
        rf"(?: or (?:unsubscribe|opt out){_FROM})?[.:]?"
    ),
    r"want to change how you receive these e-?mails\??",
    rf"unsubscribe(?: from this list)? ?[|\u00b7\u2022-] ?{_CHANGE}",
    # To whom, and why.
    rf"this (?:e-?mail|message) was (?:sent|delivered) to {_ADDRESS}[.:]?",
    _ADDRESS,
    r"why did i get this\??",
    rf"our mailing address is: ?(?:{_ANY_SHOP})?",
    rf"{_MARK}{_ANY_SHOP}(?:[.,]? all rights reserved)?[.]?",
    # Who carried it.
    rf"(?:sent|powered|delivered) (?:with|by|using) {_CARRIERS}",
    r"e-?mail marketing powered by (?:intuit )?mailchimp",
    r"add us to your address book",
)
_LINES = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _PATTERNS)
_TEST_MARK = re.compile(
    r"\[ ?(?:test|preview|proof) ?\]:?|(?:test|preview|proof) ?:", re.IGNORECASE
)


def is_sender_line(words: Sequence[Word]) -> bool:
    """Whether all of a block of a mail is a line that senders add by themselves.

    Examples:
        >>> from core.content.mail_words import words_of
        >>> is_sender_line(words_of("View this email in your browser"))
        True
        >>> is_sender_line(words_of("View this offer in your browser"))
        False
    """
    text = joined([word for word in words if not word.is_link]).strip(" ()<>|:*-")
    return not text or any(pattern.fullmatch(text) for pattern in _LINES)


def is_test_mark(words: Sequence[Word]) -> bool:
    """Whether words before a subject are the mark of a test send."""
    return bool(_TEST_MARK.fullmatch(joined(words)))


def without_sender_lines(
    words: Sequence[Word], approved: Sequence[Word]
) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """The words without the sender's own lines at the top and the bottom, and those lines.

    What the approved mail begins and ends with is never taken for a line of the sender's.
    """
    blocks = _blocks(words)
    own = _blocks(approved)
    if not blocks or not own:
        return tuple(words), ()
    first = _most(blocks, own[0])
    last = _most(blocks[first:][::-1], own[-1])
    kept = blocks[first : len(blocks) - last]
    lines = [*blocks[:first], *(blocks[len(blocks) - last :] if last else [])]
    added = tuple(text for text in (joined([w for w in b if not w.is_link]) for b in lines) if text)
    return tuple(word for block in kept for word in block), added


def _most(blocks: Sequence[Sequence[Word]], own: Sequence[Word]) -> int:
    """How many blocks to leave out so that the approved one comes next, or none."""
    best = 0
    for place, block in enumerate(blocks):
        if _alike(block, own):
            best = place
        if not is_sender_line(block):
            break
    return best


def _alike(block: Sequence[Word], own: Sequence[Word]) -> bool:
    return [w.key for w in block] == [w.key for w in own]


def _blocks(words: Sequence[Word]) -> list[list[Word]]:
    found: list[list[Word]] = []
    for word in words:
        if not found or found[-1][-1].block != word.block:
            found.append([])
        found[-1].append(word)
    return found
