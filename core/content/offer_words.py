"""The words of offers: several for one, conditions, memberships, and prices of before."""

import re

from core.content.claim_words import UNITS, whole_words
from core.content.quantities import AMOUNT

# One part of an offer against another: "three for two", "buy one get one free".
MULTIBUY = re.compile(
    rf"(?<![\w$£€])(?:(?P<had>{AMOUNT})[\s-]+for[\s-]+(?:the[\s-]+price[\s-]+of[\s-]+)?(?P<paid>{AMOUNT})(?!\s*(?:dollars|pounds|%|per|{UNITS}))"
    rf"|(?P<had2>{AMOUNT})\s+(?:[\w-]+\s+){{1,3}}for\s+the\s+price\s+of\s+(?P<paid2>{AMOUNT})"
    r"|buy\s+one\b[^.!?]{0,40}?\bget\s+(?:one|another|the\s+(?:second|other))(?:\s+(?:free|half\s+price))?|bogo(?:f)?)(?!\w)",
    re.IGNORECASE,
)

CONDITIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        whole_words(
            r"no\s+minimum(?:\s+(?:spend|order|purchase))?|without\s+(?:an?\s+)?minimum(?:\s+\w+)?"
        ),
        "no minimum",
    ),
    (
        whole_words(
            r"(?:no|without(?:\s+any)?)\s+(?:exclusions?|restrictions?|exceptions?|conditions?|limits?|strings|small\s+print|catch)"
        ),
        "no exclusions",
    ),
    (
        whole_words(
            r"(?:cannot|can\s+not|can['\u2019]t|may\s+not)\s+be\s+(?:combined|stacked|used\s+(?:together\s+)?with)"
            r"|not\s+(?:valid\s+)?with\s+(?:an(?:y)?\s*)?(?:other|another)"
        ),
        "not combined",
    ),
    (
        whole_words(
            r"(?:can|may)\s+(?:also\s+)?be\s+(?:combined|stacked|used\s+(?:together\s+)?with)|combines?\s+with|stacks?\s+with"
        ),
        "combined",
    ),
    (
        whole_words(
            r"as\s+(?:often|much|many(?:\s+times)?)\s+as\s+you\s+(?:like|want|wish)|unlimited|again\s+and\s+again|any\s+number\s+of\s+times"
        ),
        "unlimited",
    ),
    (
        whole_words(
            r"once\s+(?:per|for\s+each|a)\s+(?:customer|person|household|member)|one\s+use\s+(?:per|each)"
        ),
        "once",
    ),
    (
        whole_words(
            r"(?:only\s+)?one\s+(?:offer\s+)?code\s+(?:can\s+be\s+used\s+)?(?:on|per|for|with)\s+(?:each\s+|an?\s+|every\s+)?order"
        ),
        "one code",
    ),
    (whole_words(r"(?:can|may)\s+(?:also|even)\s+be\s+used"), "also usable"),
    (
        whole_words(r"(?:do|does|will)\s+not\s+count|(?:don|doesn|won)['\u2019]t\s+count"),
        "not counted",
    ),
    (whole_words(r"counts?\s+(?:toward|towards|to)"), "counted"),
    (
        whole_words(
            r"(?:do|does|will)\s+not\s+expire|(?:don|doesn|won)['\u2019]t\s+expire|never\s+expires?|no\s+expiry(?:\s+date)?"
        ),
        "no expiry",
    ),
    (re.compile(r"\bcards?\s+(?P<said>expires?)\b", re.IGNORECASE), "expiry"),
)

_TIERS = (
    r"gold|silver|bronze|platinum|diamond|sapphire|ruby|emerald|titanium|vip|elite|premium|prestige"
    r"|insiders?|first[\s-]class|black"
)
TIER = re.compile(
    rf"(?<![\w-])(?:{_TIERS})[\s-]+(?:members?(?:hip)?s?|status|tier|level|customers?|club|card\s?holders?)(?!\w)"
    r"|(?<![\w-])(?-i:VIP)s?(?!\w)|(?:as|being)\s+an?\s+(?-i:Gold|Silver|Bronze|Platinum|Diamond)(?!\w)",
    re.IGNORECASE,
)
_TIER_NAME = re.compile(rf"\b(?:{_TIERS})", re.IGNORECASE)


def tier(text: str) -> str:
    """The level of membership that a text names, in small letters."""
    match = _TIER_NAME.search(text)
    return match.group().lower() if match else text.lower()


_PRIOR_BEFORE = re.compile(
    r"\b(?:was|were|instead\s+of|down\s+from|reduced\s+from|from|previously|formerly|originally|before|usual(?:ly)?(?:\s+price)?|"
    r"regular(?:ly)?(?:\s+price)?|list\s+price|rrp|worth|normally|once)(?:\s+(?:of|at|the|a|was|is|costs?))*\s*$",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"\b(?:now|to(?:\s+only|\s+just)?|down\s+to|instead)\b[\s:]*[$£€\d]", re.IGNORECASE
)
# These say by themselves that a price is past.
_CERTAIN = frozenset({
    "was", "were", "instead", "down", "reduced", "previously", "formerly", "originally",
})  # fmt: skip
_TO_FROM = re.compile(r"\bto\s+[$£€]\s?\d[\d.,]*\s+from\s*$", re.IGNORECASE)


def is_prior(before: str, after: str) -> bool:
    """Whether an amount is said to have been the price, beside a price of now."""
    match = _PRIOR_BEFORE.search(before[-40:])
    if match is None:
        return False
    # "from $25 to $500" is a range; an earlier price has one of now beside it.
    first = match.group().lower().split()[0]
    return first in _CERTAIN or bool(_NOW.search(after[:30])) or bool(_TO_FROM.search(before[-40:]))
