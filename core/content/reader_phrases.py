"""Where a message says something of its reader, and what kind of thing it says.

Each row of the table is a kind and a pattern; the first row that finds a place has it. What a
phrase would have to mean for the customers is decided in `core.content.reader_rules`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from core.content.reader_time import COMPARED, NUMBER
from core.content.sentences import Sentence, sentences

_ADVERBS = (
    r"(?:(?:recently|just|already|always|often|usually|last|mostly|now|also|first|only|like\s+to|"
    r"love\s+to|prefer\s+to|tend\s+to)\s+)*"
)
_NOT = r"(?P<neg>(?:do|have|are|were)(?:n['\u2019]t|\s+not)|not|never|no\s+longer)"
_YOU = rf"\byou(?:['\u2019](?:ve|re)|\s+have)?\s+(?:{_NOT}\s+)?{_ADVERBS}"
_ARE = rf"\byou(?:\s+are|['\u2019]re)\s+(?:{_NOT}\s+)?(?:now\s+|still\s+)?"
_GROUP = (
    r"(?:members?|customers?|subscribers?|shoppers?|clients?|guests?|vips?|fans?|cardholders?|"
    r"buyers?|users?|students?|mothers?|fathers?|mums?|moms?|dads?|parents?|teachers?|nurses?|"
    r"homeowners?|dog\s+owners?|cat\s+owners?|pensioners?|women|woman|men|man)"
)
_ORDER = r"(?:orders?|purchases?|visits?|buys?|shops?|trips?)"
_ORDERED = r"(?:ordered|bought|purchased|shopped|visited|been\s+in)"
_TIERS = r"(?:gold|silver|bronze|platinum|diamond|vip|premium|elite|loyalty|rewards?|[\w-]+)"
_IRREGULAR = (
    r"been|bought|had|gone|come|made|seen|said|told|kept|left|got|chosen|written|found|spent|given|"
    r"taken|worn|won|met|sent|paid|grown|become"
)
_WITH_US = r"(?:\s+(?:with|from|at)\s+us)?"
_THANKS = r"thank(?:s|\s+you)\s+for"
_COUNT = rf"(?:(?P<cmp>{COMPARED})\s+)?(?P<n>{NUMBER})"

_ROWS = (
    (
        "spend",
        (rf"{_YOU}spent\s+(?:(?P<cmp>{COMPARED})\s+)?[$\u20ac\u00a3]\s?(?P<n>\d[\d,]*(?:\.\d+)?k?)"
        r"(?P<more>\s+or\s+more)?(?:\s+with\s+us)?"),
    ),
    ("orders", rf"{_YOU}(?:placed|made)\s+{_COUNT}\s+(?:orders?|purchases?)"),
    ("orders", rf"{_YOU}{_ORDERED}{_WITH_US}\s+{_COUNT}\s+times"),
    ("orders", rf"{_YOU}{_ORDERED}{_WITH_US}\s+(?P<n>once|twice)\b"),
    ("orders", rf"\byour\s+{_COUNT}\s+(?:orders|purchases)\b"),
    (
        "gap",
        (rf"\b(?:it(?:['\u2019]s|\s+has)\s+been|it\s+is)\s+(?P<time>[\w\s,-]{{2,40}}?)\s+since\s+"
        rf"(?:your\s+(?:last|latest|most\s+recent|previous)\s+{_ORDER}|you\s+(?:last\s+)?{_ORDERED})"),
    ),
    (
        "gap",
        (rf"(?P<time>(?:(?:{COMPARED})\s+)?{NUMBER}\s+(?:days?|weeks?|months?|years?))\s+(?:(?:have|has)\s+)?"
        rf"(?:(?:gone|by|passed|now|already)\s+){{0,3}}since\s+(?:your\s+(?:last|latest|previous)\s+{_ORDER}|you\s+(?:last\s+)?"
        rf"{_ORDERED})"),
    ),
    (
        "gap",
        (rf"\byou(?:\s+have|['\u2019]ve)?(?:n['\u2019]t|\s+not)\s+{_ORDERED}"
        r"(?:\s+(?:anything|with\s+us|from\s+us))?\s+(?P<time>(?:for|in)\s+[\w\s-]{2,30})"),
    ),
    (
        "last",
        (rf"\b(?:(?P<since>since|after|with|thank(?:s|\s+you)\s+for)\s+)?your\s+(?:very\s+)?"
        rf"(?:last|latest|most\s+recent|recent|previous|past)\s+(?:[\w-]+\s+){{0,1}}?{_ORDER}\b"),
    ),
    ("last", rf"\b(?P<since>{_THANKS})\s+(?:ordering|shopping|buying|your\s+orders?)\b"),
    (
        "joined",
        (rf"{_YOU}(?:joined|signed\s+up|became\s+(?:an?\s+)?(?:[\w-]+\s+){{0,3}}?(?:customer|member|client)|started\s+"
        r"shopping|been\s+(?:an?\s+)?(?:customer|client|with\s+us|shopping))"
        r"(?:\s+(?:us|of\s+ours|with\s+us))?"),
    ),
    (
        "joined",
        r"\bthank(?:s|\s+you)\s+for\s+(?:joining|becoming\s+(?:an?\s+)?(?:[\w-]+\s+){0,3}?(?:customer|member))(?:\s+us)?",
    ),
    (
        "place",
        rf"\b(?:you|who)\s+(?:{_NOT}\s+)?lives?\s+(?P<how>in|near)\s+(?P<what>[^.,;:!?\n]{{2,60}})",
    ),
    (
        "place",
        rf"{_ARE}(?:based|located|at\s+home|living)\s+(?P<how>in|near)\s+(?P<what>[^.,;:!?\n]{{2,60}})",
    ),
    (
        "place",
        r"\b(?:your\s+home\s+is|you\s+(?:come|are))\s+(?P<how>in|from|near)\s+(?P<what>(?-i:[A-Z])[^.,;:!?\n]{2,40})",
    ),
    (
        "place",
        r"\bas\s+an?\s+(?P<what>(?-i:[A-Z])[\w\s]+?)\s+(?P<how>local|resident|native|citizen)\b",
    ),
    ("place", r"\bliving\s+(?P<how>in|near)\s+(?P<what>[^.,;:!?\n]{2,40})(?=,?\s+you\b)"),
    (
        "channel",
        (rf"{_YOU}(?:shop|order|buy|pay|shopped|ordered|bought)(?:\s+with\s+us)?\s+"
        r"(?P<what>(?:by|on|via|through|over)\s+(?:the\s+|our\s+)?(?!past|last)[a-z-]+|online|"
        r"in\s+(?:a\s+|the\s+|our\s+)?(?:stores?|shops?|person|branch(?:es)?|app)|over\s+the\s+phone)\b"),
    ),
    (
        "group",
        (rf"\b(?:as|being|thank(?:s|\s+you)\s+for\s+being|(?:since|because|now\s+that)\s+you(?:\s+are|"
        rf"['\u2019]re))\s+(?P<what>(?:such\s+)?(?:an?\s+|one\s+of\s+our\s+|our\s+)(?:[\w'\u2019-]+\s+){{0,3}}?{_GROUP})\b"),
    ),
    (
        "group",
        (rf"^(?P<what>(?:(?-i:[A-Z])\w+\s+){{0,2}}{_GROUP})(?=,)|\byou\s+belong\s+to\s+(?:our\s+|the\s+)?"
        rf"(?P<tier>[\w-]+)\s+(?:tier|level|club|members|group)\b"),
    ),
    (
        "group",
        rf"{_ARE}(?P<what>(?:an?\s+|one\s+of\s+our\s+|our\s+)(?:[\w'\u2019-]+\s+){{0,3}}?{_GROUP})\b",
    ),
    ("group", rf"\b(?:dear|fellow)\s+(?P<what>(?:[\w'\u2019-]+\s+){{0,2}}{_GROUP})\b"),
    ("group", rf"{_ARE}(?P<what>new)\s+(?:to\s+us|here|with\s+us)\b"),
    (
        "status",
        rf"\byour\s+(?P<what>{_TIERS})\s+(?:member(?:ship)?|status|tier|level)\b",
    ),
    (
        "status",
        rf"\b(?:because|since|as|now\s+that)\s+you(?:\s+are|['\u2019]re)\s+(?:{_NOT}\s+)?(?P<what>(?-i:[A-Z])\w+)\b",
    ),
    (
        "bought",
        rf"{_YOU}(?:bought|purchased|ordered)\s+(?P<what>(?:[\w'\u2019-]+\s?){{1,4}})",
    ),
    (
        "interest",
        (r"(?:^|\b(?:because|since|as|that|know)\s+)you(?:\s+are|['\u2019]re)?\s+(?:really\s+)?"
        r"(?:love|like|adore|interested\s+in|fond\s+of|an?\s+fan\s+of)\s+(?P<what>[^.,;:!?\n]{2,40})"),
    ),
    (
        "flag",
        rf"{_YOU}(?P<what>(?:subscribed?\s+to|signed\s+up\s+for|use|own)\s+(?:our|the)\s+[\w-]+)",
    ),
)  # fmt: skip
_OPEN = (
    (
        rf"{_YOU}(?:browsed|viewed|looked\s+at|spent|shopped|visited|earned|saved|subscribed|returned|"
        r"abandoned|favou?rited|signed\s+up|opened|clicked|recommended|told\s+us|asked|"
        r"left\s+(?:something|\w+\s+items?|it|your))\b"
    ),
    rf"{_YOU}(?:been\s+(?:shopping|an?\s+\w+)|not\s+(?:ordered|bought|shopped|visited))",
    (
        r"\byou(?:['\u2019]ve|\s+have(?:n['\u2019]t)?)\s+(?:(?:not|never|already|now|just|always|recently)\s+)*"
        rf"(?:\w{{2,}}ed|{_IRREGULAR})\b"
    ),
    (
        r"\byou\s+(?:already\s+)?(?:reached|chose|told|wrote|called|turned|turn\s+\w+ty|moved|own(?:ed)?|"
        r"became|forgot)\b"
    ),
    r"\byou\s+(?:\w+ly\s+)?(?!need|exceed|proceed|succeed|feed|bed|wed)\w{2,}ed\b",
    r"\b(?:since|because|now\s+that)\s+you(?:\s+are|['\u2019]re)\s+\w+\b",
    (
        r"\byour\s+(?:membership|subscription|loyalty\s+card|status|tier|account|contract|orders|purchases)\s+"
        r"(?:is|are|was|runs?|expires?|ends?|renews?|has|have|holds?|add|total|come)\b"
    ),
    rf"\bthat\s+makes\s+(?:{NUMBER}\s+)?(?:orders?|purchases?|visits?)\b|\bthat\s+makes\s+\w+\s+orders?\b",
    rf"\b(?:our|your)\s+{_TIERS}\s+(?:points|card)\s+(?:expire|will|are|is)\b|\byour\s+points\b",
    r"\b(?:valued|loyal|returning|long[\s-]?time|best)\s+(?:member|customer|shopper|client)s?\b(?=,)",
    r"\byou(?:\s+are|['\u2019]re)\s+one\s+of\s+our\s+(?:[\w-]+\s+){1,3}",
    r"\b(?:our|your)\s+(?:first|last|recent|previous)\s+(?:order|purchase|visit)\s+(?:was|contained)\b",
    r"\byour\s+(?:all[\s-]time\s+)?favou?rites?\b(?:\s+[\w-]+){0,3}?\s+(?:is|are|has|have|was|came)\b",
    (
        r"\byour\s+(?:(?:shopping\s+)?(?:cart|basket|bag|wish\s?list)|saved\s+items)\b|\byour\s+subscription\b|"
        r"\bon\s+your\s+wish\s?list\b"
    ),
    r"\b(?:your|happy)\s+(?:\w+\s+)?(?:birthday|anniversary)\b",
    (
        r"\byour\s+(?:age|wife|husband|partner|boyfriend|girlfriend|kids?|children|son|daughter|baby|"
        r"dog|cat|pregnancy|wedding|income|salary|boss)\b"
    ),
    r"\byou\s+(?:work|commute|exercise|drive|cycle)\b(?!\s+(?:it|out))",
    r"\bwe\s+(?:know|noticed|see|saw|remember)\s+(?:that\s+)?you(?:['\u2019]\w+)?\b(?:\s+\w+){0,2}",
    r"\b(?:we(?:['\u2019]ve|\s+have)?\s+)?missed\s+you\b|\bwelcome\s+back\b",
    (
        r"\bit(?:['\u2019]s|\s+has)\s+been\s+(?:a\s+while|too\s+long|some\s+time|ages|"
        r"[\w\s]{2,25}\s(?:days|weeks|months|years))\b"
    ),
    (
        r"\bthank(?:s|\s+you)\s+for\s+(?:being|shopping|staying|your\s+(?:recent\s+)?"
        r"(?:orders?|purchases?|loyalty|visit))\b"
    ),
    r"\byou\s+(?:always|usually|often)\s+\w+",
)
_SOFT = (
    r"\bwhere\s+you\s+live\b|\bin\s+your\s+(?:city|town|area|state|neighbou?rhood|region)\b",
    r"\byour\s+(?:all[\s-]time\s+)?favou?rites?\b(?:\s+\w+)?",
    r"\byour\s+(?:health|job|weight)\b",
    r"\bthank(?:s|\s+you)\s+for\s+(?:choosing|your\s+(?:support|trust))\b",
    r"\b(?:specially|chosen|selected|picked)\s+(?:just\s+)?for\s+you\b",
)
_TABLE = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _ROWS) + tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, rows in (("open", _OPEN), ("soft", _SOFT))
    for pattern in rows
)
# What comes before "you" and makes it a condition or a question instead of a statement.
_CONDITION = re.compile(
    r"(?:\b(?:if|unless|whether|when|whenever|once|should|in\s+case|provided(?:\s+that)?|as\s+long"
    r"\s+as|until|even\s+if|as\s+soon\s+as|do|did|are|were|can|could|may|will|would|whatever|"
    r"whichever|however|wherever|what|where|before|anyone|everyone|those|somebody|customers|people)"
    r"|\bhave)\s+$",
    re.IGNORECASE,
)
# "the coat you have chosen": part of a name for a thing, not something said of the reader.
_RELATIVE = re.compile(
    r"\b(?:(?:the|an?|any|each|every|that|this|all|your|his|her|their|which)\s+(?:[\w-]+\s+){1,2}|nothing\s+|"
    r"everything\s+|anything\s+|something\s+|all\s+|than\s+|how\s+|why\s+|that\s+|which\s+)$",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"\b(?:past|last|previous|this)\s+(?:[\w-]+\s+)?(?:day|week|month|year)s?,?\s+$", re.IGNORECASE
)
_OF_YOU = re.compile(r"\b(?:as|you)\b", re.IGNORECASE)
_STARTS_WITH_YOU = re.compile(r"(?:you|who)\b", re.IGNORECASE)
_OTHERS = re.compile(r"\b(?:anyone|everyone|those|customers|people|members)\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A place where a sentence says something of the reader; offsets count in the whole text.

    One of the kind "soft" takes something of the reader for granted and says nothing definite.
    """

    kind: str
    start: int
    end: int
    text: str
    said: dict[str, str]
    sentence: Sentence

    @property
    def negated(self) -> bool:
        """Whether it is denied."""
        return bool(self.said.get("neg"))

    @property
    def after(self) -> str:
        """What follows in the sentence."""
        return self.sentence.text[self.end - self.sentence.start :]

    @property
    def before(self) -> str:
        """What comes before in the sentence."""
        return self.sentence.text[: self.start - self.sentence.start]


@lru_cache(maxsize=2048)
def phrases(text: str) -> tuple[Phrase, ...]:
    """Everything a text says of its reader, in order and without two at one place.

    Questions ("Do you live in Berlin?") and conditions ("If you are a member") say nothing.
    """
    found: list[Phrase] = []
    for sentence in sentences(text):
        own: list[Phrase] = []
        for kind, pattern in _TABLE:
            for match in pattern.finditer(sentence.text):
                phrase = _phrase(kind, match, sentence)
                if not _conditional(phrase) and not any(_meet(phrase, other) for other in own):
                    own.append(phrase)
        found += sorted(own, key=lambda p: p.start)
    return tuple(found)


def _phrase(kind: str, match: re.Match[str], sentence: Sentence) -> Phrase:
    start = match.start()
    trimmed = match.group().rstrip()
    said = {name: value for name, value in match.groupdict().items() if value is not None}
    return Phrase(
        kind, sentence.start + start, sentence.start + start + len(trimmed), trimmed, said, sentence
    )


def _conditional(phrase: Phrase) -> bool:
    if not _STARTS_WITH_YOU.match(phrase.text):
        return bool(_OTHERS.search(phrase.before))
    if phrase.text.lower().startswith("who") and _OF_YOU.search(phrase.before):
        return False
    relative = _RELATIVE.search(phrase.before)
    if relative and phrase.kind != "interest" and not _PERIOD.search(phrase.before):
        return True
    return _CONDITION.search(phrase.before) is not None


def _meet(one: Phrase, other: Phrase) -> bool:
    return one.start < other.end and other.start < one.end
