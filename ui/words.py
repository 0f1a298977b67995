"""How things are said on a page: plain text, states, roles, counts, shares and dates."""

import re
from collections.abc import Iterable
from datetime import date, datetime

from core.models.messages import Level, VariantState
from core.models.people import Person

_MARKUP = re.compile(r"[\\`*\[\]<>$~|{}]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=[A-Za-z_-])")
_LINE_START = re.compile(r"^(\d+(?=[.)])|)([#+\-=.)])")

STATES = {
    VariantState.DRAFT: "Draft",
    VariantState.SCREENING: "Not checked",
    VariantState.FAILED: "Not written",
    VariantState.BLOCKED: "Blocked by the checks",
    VariantState.NEEDS_REVIEW: "Needs review",
    VariantState.CHANGES_REQUESTED: "Changes requested",
    VariantState.REJECTED: "Rejected",
    VariantState.APPROVED: "Approved",
    VariantState.VOID: "Needs approval again",
    VariantState.EXPIRED: "Expired",
    VariantState.EXPORTED: "Exported",
    VariantState.RETIRED: "Retired",
}
LEVELS = {Level.BLOCK: "Blocks", Level.REVIEW: "Look at this", Level.NOTE: "Note"}


def plain(text: object) -> str:
    r"""The text as Markdown that shows it letter by letter: no link, image or style comes of it.

    Examples:
        >>> plain("**now** ![x](http://t)")
        '\\*\\*now\\*\\* !\\[x\\](http://t)'
    """
    escaped = _MARKUP.sub(lambda found: "\\" + found.group(), " ".join(str(text).split()))
    return _LINE_START.sub(r"\1\\\2", escaped)


def sentence(text: str) -> str:
    """The words with a capital at the start, underscores as spaces."""
    words = text.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun.

    Examples:
        >>> count(1, "message"), count(1200, "message")
        ('1 message', '1,200 messages')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def share(part: float, digits: int = 1) -> str:
    """A share of 1 in percent.

    Examples:
        >>> share(0.126)
        '12.6 %'
    """
    return f"{part * 100:.{digits}f} %"


def moment(at: datetime | date) -> str:
    """A date, with the time (UTC) when there is one."""
    return f"{at:%d %b %Y, %H:%M} UTC" if isinstance(at, datetime) else f"{at:%d %b %Y}"


def listed(words: Iterable[str]) -> str:
    """Words in a row: a, b and c."""
    every = list(words)
    return " and ".join(every) if len(every) < 3 else f"{', '.join(every[:-1])} and {every[-1]}"


def roles(person: Person) -> str:
    """The roles of a person."""
    return listed(sorted(person.roles)) or "no role"


def word_count(text: str) -> int:
    """How many words a text has."""
    return len(text.split())
