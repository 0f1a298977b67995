"""Statements about the reader, which must be true for everybody who gets the message.

Nobody has counted them here: each is shown to a person, unless its sentence is an approved one,
whose document's audience rule already covers everybody in the segment.
"""

from collections.abc import Sequence

from core.content.patterns import find, row
from core.content.sentences import same_sentence, sentences
from core.models.content import Passage
from core.models.messages import Finding, Level, TextField

_WHY = "A statement about the reader that nobody has checked."
_YOU = (
    r"\byou(?:['\u2019]ve|\s+have)?\s+(?:(?:recently|just|already|always|often|usually|last)\s+)*"
)
_GROUP = r"(?:member|customer|subscriber|shopper|client|guest|vip|fan|cardholder|buyer)s?"
_TIER = r"(?:gold|silver|bronze|platinum|diamond|vip|premium|loyalty|rewards?|elite)"

_RULES = tuple(
    row("reader_statement", Level.REVIEW, pattern, _WHY)
    for pattern in (
        (
            rf"\b(?:as|being|since\s+you(?:\s+are|['\u2019]re))\s+(?:an?\s+|one\s+of\s+)?(?:our\s+)?"
            rf"(?:[\w'\u2019-]+\s+){{0,3}}{_GROUP}\b"
        ),
        (
            rf"\byou(?:\s+are|['\u2019]re)\s+(?:now\s+)?(?:an?\s+|one\s+of\s+)?(?:our\s+)?"
            rf"(?:[\w'\u2019-]+\s+){{0,3}}{_GROUP}\b"
        ),
        rf"\b(?:our|your)\s+{_TIER}\s+(?:member(?:ship|s)?|status|tier|level|points|card)\b",
        rf"\b(?:fellow|dear|valued|loyal|new|returning|long[\s-]?time|best)\s+{_GROUP}\b",
        (
            r"\b(?:since\s+)?your\s+(?:very\s+)?(?:last|latest|most\s+recent|recent|previous|past|first)\s+"
            r"(?:[\w-]+\s+){0,2}(?:orders?|purchases?|visits?|buys?|shops?|trips?)\b(?:\s+in\s+\w+)?"
        ),
        r"\byou\s+live\s+(?:in|near)\s+\w+|\bwhere\s+you\s+live\b|\bin\s+your\s+(?:city|town|area|state|neighbou?rhood|region)\b",
        (
            rf"{_YOU}(?:bought|purchased|ordered|browsed|viewed|spent|shopped|visited|earned|saved|joined|"
            r"subscribed|returned|abandoned|favou?rited|signed\s+up|left\s+(?:something|\w+\s+items?))\b"
        ),
        rf"{_YOU}(?:been\s+(?:with\s+us|shopping|an?\s+\w+)|not\s+(?:ordered|bought|shopped|visited))",
        r"\byour\s+(?:all[\s-]time\s+)?favou?rites?\b(?:\s+\w+)?",
        (
            r"\byour\s+(?:birthday|anniversary|age|wife|husband|partner|kids?|children|son|daughter|baby|dog|"
            r"pregnancy|wedding|income|job)\b"
        ),
        r"\bwe\s+(?:know|noticed|see|saw|remember)\s+(?:that\s+)?you(?:['\u2019]\w+)?\b(?:\s+\w+){0,2}",
        r"\b(?:we(?:['\u2019]ve|\s+have)\s+)?missed\s+you\b|\bwelcome\s+back\b",
        r"\bit(?:['\u2019]s|\s+has)\s+been\s+(?:a\s+while|too\s+long|some\s+time|\w+\s+(?:days|weeks|months|years))\b",
        (
            r"\bthank\s+you\s+for\s+(?:becoming|being|choosing|shopping|joining|staying|your\s+(?:recent\s+)?"
            r"(?:orders?|purchases?|loyalty|support|trust|visit))\b"
        ),
        r"\bspecially\s+for\s+you\b|\bchosen\s+for\s+you\b|\bselected\s+for\s+you\b|\byou\s+(?:always|usually|often)\s+\w+",
    )
)


def reader_findings(
    text: str, field: TextField, passages: Sequence[Passage]
) -> tuple[Finding, ...]:
    """The statements about the reader in one part of a message that no approved sentence makes.

    Args:
        text: the part.
        field: which part it is.
        passages: what the message may rest on, all from documents allowed for its segment.
    """
    approved = [s.text for p in passages for s in sentences(p.text)]
    own = [
        s for s in sentences(text) if not any(same_sentence(s.text, other) for other in approved)
    ]
    return tuple(
        f for f in find(_RULES, text, field) if any(s.start <= f.start < s.end for s in own)
    )
