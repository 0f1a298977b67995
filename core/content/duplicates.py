"""Whether two messages say the same: a test between them could show nothing."""

import re
from collections.abc import Mapping

from core.models.messages import Finding, Level, Message, TextField

RULE = "duplicate"
NEARLY = 0.9
"""From this share of common runs of words on, two messages count as one."""

_RUN = 4
_WORD = re.compile(r"[^\W_]+")


def likeness(one: Message, other: Message) -> float:
    """The share of all runs of four words that two messages have in common, from 0 to 1.

    Reference:
        Broder (1997), "On the resemblance and containment of documents".

    Examples:
        >>> likeness(Message("A", "B", "It is warm."), Message("A", "B", "It is warm!"))
        1.0
    """
    first, second = _runs(one), _runs(other)
    together = len(first | second)
    return len(first & second) / together if together else 0.0


def duplicate_findings(message: Message, others: Mapping[str, Message]) -> tuple[Finding, ...]:
    """A finding over the body for each other message that says the same, or nearly.

    Args:
        message: the text.
        others: messages its readers might have got instead, by what people call them.
    """
    found = []
    for name, other in others.items():
        alike = likeness(message, other)
        if alike >= NEARLY:
            share = "word for word" if alike == 1 else f"{100 * alike:.0f} %"
            why = f"It is the same as the {name} message, {share}; a test of both shows nothing."
            body = message.body
            found.append(Finding(RULE, Level.BLOCK, TextField.BODY, 0, len(body), body, why))
    return tuple(found)


def _runs(message: Message) -> frozenset[tuple[str, ...]]:
    whole = f"{message.subject} {message.preheader} {message.body}"
    words = [w.lower() for w in _WORD.findall(whole)]
    size = min(_RUN, len(words))
    return frozenset(tuple(words[i : i + size]) for i in range(len(words) - size + 1) if size)
