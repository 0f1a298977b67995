"""The words claims are made with: bounds, units, free, guarantees, superlatives, urgency."""

import re


def whole_words(pattern: str) -> re.Pattern[str]:
    """The pattern as whole words, in any case."""
    return re.compile(rf"(?<![\w-])(?:{pattern})(?!\w)", re.IGNORECASE)


_TIMES = "minute|hour|day|night|week|month|year|season"
_MEASURES = (
    "inch(?:es)?|feet|foot|cm|mm|km|miles?|metres?|meters?|kg|grams?|g|gsm|oz|ounces?|lbs?|ml|"
    "lit(?:re|er)s?|degrees?|carats?"
)
#: What can follow an amount and change its meaning, as the inside of a larger pattern.
UNITS = rf"(?:{_TIMES}|hr|min)s?|{_MEASURES}|times|x|\u00d7"
_UNIT_NAMES = {
    "hr": "hour", "min": "minute", "inches": "inch", "feet": "foot", "metre": "meter",
    "litre": "liter", "ounce": "oz", "gram": "g", "lb": "pound", "x": "time", "\u00d7": "time",
}  # fmt: skip


def unit(name: str, kind: str) -> str:
    """The canonical name of a unit; business and working days are the same kind of day."""
    one = name.lower()
    one = _UNIT_NAMES.get(one) or one.removesuffix("s")
    working = kind.lower().strip(" -") in {"business", "working"}
    return ("working " if working else "") + _UNIT_NAMES.get(one, one)


MULTIPLES: tuple[tuple[re.Pattern[str], str], ...] = (
    (whole_words(r"twice|double[sd]?(?!-)"), "2 time"),
    (whole_words(r"triple[sd]?(?!-)"), "3 time"),
    (whole_words(r"dozens|hundreds|thousands|millions"), ""),
)

GUARANTEES: tuple[tuple[re.Pattern[str], str], ...] = (
    (whole_words(r"risk[\s-]free|no\s+risk|without\s+(?:any\s+)?risk"), "risk free"),
    (whole_words(r"money[\s-]+back|your\s+money\s+back"), "money back"),
    (whole_words(r"no[\s-]+questions?[\s-]+asked"), "no questions asked"),
    (whole_words(r"guarant\w+"), "guarantee"),
    (whole_words(r"warrant(?:y|ies|ed)"), "warranty"),
    (whole_words(r"for\s+life|lifetime"), "for life"),
    (whole_words(r"we\s+promise|you\s+have\s+our\s+word"), "promise"),
    (
        whole_words(
            r"(?:will|can)\s+never\s+(?:wear|break|fade|shrink|fail|rip|tear)\w*(?:\s+out)?"
        ),
        "forever",
    ),
)

# "Feel free", "free time" and compounds such as "wrinkle-free" promise no price.
FREE = re.compile(
    r"(?<![\w-])(?<!feel\s)(?:free\s+of\s+charge|for\s+free|free(?!\s+(?:of|from|time|hand|spirit)\b)(?!-\w)"
    r"|complimentary|gratis|(?:at\s+)?no\s+(?:\w+\s+)?(?:cost|charge)s?|(?<=\s)on\s+us(?=[\s.,!?]|$)"
    r"|(?:costs?|pay)\s+(?:you\s+)?nothing|without\s+(?:any\s+)?(?:extra\s+)?(?:cost|charge)"
    r"|(?:pay|paying)\s+no\s+(?:\w+\s+)?charge)(?!\w)",
    re.IGNORECASE,
)
#: The brand carries a cost, which is free delivery for the case it speaks of only.
CARRIED = re.compile(
    r"(?<!\w)we(?:['\u2019]ll)?\s+(?:will\s+)?(?:cover|pay)\s+(?:for\s+)?(?:the\s+|your\s+)?(?:return\s+)?"
    r"(?:postage|shipping|delivery)(?!\w)",
    re.IGNORECASE,
)
_FREE_THINGS: dict[str, str] = {
    "delivery": r"deliver\w*|shipp?\w*|postage|posted",
    "return": r"return\w*|send(?:ing)?\s+(?:it\s+)?back|refund\w*",
    "exchange": r"exchang\w*|swap\w*",
    "gift": r"gifts?(?!\s+wrap)|presents?",
    "gift wrap": r"gift\s+wrap\w*|wrapp\w+",
    "alteration": r"alter\w*|hem\w*|tailor\w*",
    "repair": r"repair\w*|mend\w*|rewax\w*",
    "sample": r"samples?|swatch\w*",
    "collection": r"collect\w*|pick[\s-]?up",
    "advice": r"advi[sc]\w*|shopping|stylist\w*|styling|consultation\w*",
    "catalog": r"catalog\w*",
}
_THING_PATTERNS = {
    thing: re.compile(rf"\b(?:{p})\b", re.IGNORECASE) for thing, p in _FREE_THINGS.items()
}
_NEXT_WORDS = re.compile(r"^(?:\s+[\w'\u2019-]+){1,2}")


def free_thing(before: str, after: str) -> str:
    """What is free, when the words beside "free" name it; otherwise nothing."""
    following = _NEXT_WORDS.match(after)
    near = (following.group() if following else "", before[-40:])
    return next(
        (thing for text in near for thing, p in _THING_PATTERNS.items() if p.search(text)), ""
    )


def speaks_of(sentence: str, thing: str) -> bool:
    """Whether a sentence mentions the thing that is said to be free."""
    return not thing or bool(_THING_PATTERNS[thing].search(sentence))


_NOT_SUPERLATIVE = (
    "rest|test|guest|interest|request|quest|west|northwest|southwest|midwest|nest|vest|chest|latest|"
    "suggest|honest|forest|harvest|invest|protest|modest|contest|digest|arrest|crest|manifest|"
    "earnest|everest|zest|jest|pest|lest|armrest|headrest|unrest|tempest|detest|attest|conquest|"
    "bequest|priest|nearest|closest|earliest|soonest|dearest|houseguest|northeast|abreast|eldest|youngest|oldest|ernest|budapest|bucharest|trieste"
)
#: Superlatives; "at best", "best wishes" and "most of" are none.
SUPERLATIVE = re.compile(
    rf"(?<![\w-])(?!(?:{_NOT_SUPERLATIVE})s?\b)(?:(?<!at\s)(?<!our\s)best(?!\s+(?:wishes|regards))|(?<=our\s)best(?=\s+(?!to\b|for\b)\w)"
    r"|(?<!at\s)(?:most|least)\s+(?!of\b|likely\b|people\b|days\b|orders\b|everyone\b)[a-z]+|[a-z]{2,}(?<!b)est"
    r"|(?:nobody|no\s+one|none)\s+(?:beats|does|makes|comes)|(?-i:[A-Z]\w+)['\u2019]s\s+(?:most|favou?rite)|#\s?1"
    r"|(?:better|softer|warmer|lighter|stronger|cheaper|finer)\s+than\s+(?:any|all|every|ever)\w*"
    r"|unbeatable|unrivall?ed|unmatched|second\s+to\s+none|world[\s-]class|number\s+one|top[\s-]rated|award[\s-]winning)(?!\w)",
    re.IGNORECASE,
)

_APOSTROPHE = "['\u2019]"
URGENCY: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        whole_words(
            r"(?:only\s+)?(?:a\s+few\s+|just\s+)?(?:hours|days|minutes)\s+(?:left|remain\w*|to\s+go)|only\s+hours|"
            r"(?:final|last)\s+(?:hours?|minutes?)|ends?\s+in\s+(?:a\s+few\s+)?(?:hours|minutes)|before\s+midnight\s+tonight"
        ),
        "imminent",
    ),
    (
        whole_words(
            r"while\s+(?:stocks?|supplies|they|it)\s+lasts?|limited\s+(?:stock|supply|quantit\w+|numbers?)|"
            r"(?:selling|going)\s+(?:out\s+)?fast|(?:almost|nearly)\s+(?:gone|sold\s+out)|"
            r"(?:only\s+(?:a\s+)?few|few)\s+(?:are\s+)?(?:left|remain\w*)|won"
            + _APOSTROPHE
            + r"?t\s+last|"
            r"before\s+(?:they"
            + _APOSTROPHE
            + r"re|it"
            + _APOSTROPHE
            + r"?s|it\s+is|they\s+are)\s+(?:all\s+)?gone|"
            r"once\s+(?:it" + _APOSTROPHE + r"s|they" + _APOSTROPHE + r"re)\s+gone|running\s+low"
        ),
        "scarcity",
    ),
    (
        whole_words(
            r"last\s+(?:chance|call|minute|hours?|days)(?!\s+of\b)(?!\s+to\s+return)|final\s+(?:call|hours?|days?|chance)|"
            r"hurry(?:\s+up)?|don"
            + _APOSTROPHE
            + r"?t\s+(?:miss|wait|delay|hesitate)(?:\s+out)?|do\s+not\s+(?:miss|wait|delay)|"
            r"(?:ends?|ending|expires?|expiring|closes?|closing|over|gone)\s+soon|act\s+(?:now|fast|quickly|today)|"
            r"limited[\s-]+time|for\s+a\s+short\s+time|time\s+is\s+running\s+out|running\s+out|"
            r"(?:before\s+)?it"
            + _APOSTROPHE
            + r"?s\s+too\s+late|now\s+or\s+never|clock\s+is\s+ticking|count(?:ing)?\s?down|"
            r"urgent(?:ly)?|immediately|right\s+away|without\s+delay|flash\s+sale"
        ),
        "",
    ),
)

_UP_TO = (
    r"up\s+to|at\s+most|(?:no|not)\s+more\s+than|(?:a\s+)?maximum(?:\s+of)?|as\s+(?:much|many)\s+as"
)
_AT_LEAST = (
    r"at\s+least|from|start(?:s|ing)?\s+(?:at|from)|(?:a\s+)?minimum(?:\s+(?:spend|order|purchase))?(?:\s+(?:of|is))?|"
    r"no\s+less\s+than|as\s+little\s+as|as\s+low\s+as"
)
_OVER = r"over|more\s+than|above|exceeding"
_UNDER = r"under|less\s+than|below|fewer\s+than"
_ABOUT = r"about|around|nearly|almost|roughly|approximately"
_BEFORE = re.compile(
    rf"(?<!\w)(?:(?P<up_to>{_UP_TO})|(?P<at_least>{_AT_LEAST})|(?P<over>{_OVER})|(?P<under>{_UNDER})"
    rf"|(?P<about>{_ABOUT})|(?P<between>between)|(?P<extra>adds?))\s+(?:(?:an?|the|just|only|usual|extra|another)\s+)*$",
    re.IGNORECASE,
)
_FROM_WORD = re.compile(r"from\b", re.IGNORECASE)
_AFTER = re.compile(
    r"\s*(?:(?P<at_least>(?:or|and)\s+(?:more|over|up|above|higher|longer)\b|\+|minimum\b)"
    r"|(?P<extra>(?:later|longer)\b)|(?P<up_to>or\s+(?:less|fewer|under|below)\b|(?:at\s+)?max(?:imum)?\b))",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s*(?:to\b|-|\u2013|\u2014|until\b)\s*[\d$£€a-z]", re.IGNORECASE)


def amount_bound(before: str, after: str, *, price: bool) -> str:
    """The bound the words around an amount put on it: "up_to", "at_least" ..., or nothing.

    "From" bounds a price ("from $20"), but not the wool in "from 100 percent wool".
    """
    match = _AFTER.match(after) or _BEFORE.search(before[-60:])
    if match is None or (_FROM_WORD.match(match.group()) and (not price or _RANGE.match(after))):
        return ""
    return match.lastgroup or ""


_OFF_AFTER = re.compile(
    r"[\s-]*(?:off|discounts?|reductions?|savings?|cheaper|less)\b", re.IGNORECASE
)
_OFF_BEFORE = re.compile(
    r"\b(?:sav(?:e|es|ing)|(?:reduced|cut|down|lowered)\s+by|discount\s+of|knocks?)\s+"
    r"(?:(?:you|an?|up|to|extra|another|the|at|least|usual|about|over)\s+)*$",
    re.IGNORECASE,
)


def is_discount(before: str, after: str) -> bool:
    """Whether an amount is taken off something, by the words around it."""
    return bool(_OFF_AFTER.match(after) or _OFF_BEFORE.search(before[-60:]))


_UNTIL = re.compile(
    r"\b(?:until|till?|by|before|through|thru|to|end(?:s|ing)?|expir(?:es|ing|y)|clos(?:es|ing)|"
    r"finish(?:es)?|deadline|last\s+day|valid|over|stops?\s+working)"
    r"(?:\s+(?:on|at|in|is|the|this|next|coming|end|of|midnight|late|\w+day,?))*[\s:,]*$",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:from|start(?:s|ing)?|open(?:s|ing)?|since|begin(?:s|ning)?|after)(?:\s+(?:on|at|in|the|\w+day,?))*[\s:,]*$",
    re.IGNORECASE,
)
_LAST_DAY = re.compile(
    r"\s*(?:is\s+the\s+(?:last|final)|only\b|deadline\b|at\s+the\s+latest)", re.IGNORECASE
)


def date_bound(before: str, after: str) -> str:
    """Whether a date is where something ends ("until"), begins ("from"), or neither."""
    if _LAST_DAY.match(after) or _UNTIL.search(before[-60:]):
        return "until"
    return "from" if _FROM.search(before[-60:]) else ""
