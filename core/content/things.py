"""What a claim is about: the things of a shop, what they are kinds of, and what rules others out.

A claim about a thing is supported by a claim about the same thing or about a wider kind of it:
"20 percent off knitwear" supports "20 percent off sweaters", never "20 percent off shoes" and
never "20 percent off everything". The list is that of a shop for clothes; things it does not have
are bound by the product's name and by the words beside the figure only.
"""

import re
from functools import lru_cache

# Thing: its words (a plural s is understood), and the wider kinds it belongs to.
_THINGS: dict[str, tuple[str, str]] = {
    "everything": (
        (
            "everything|anything|sitewide|site-wide|storewide|store-wide|every order|any order|"
            "all orders|whole order|entire order|every item|any item|all items|whole site|"
            "entire range|all products"
        ),
        "",
    ),
    "order": ("order|purchase|basket|cart", "everything"),
    "menswear": ("menswear", "clothes"),
    "womenswear": ("womenswear", "clothes"),
    "childrenswear": ("childrenswear|kidswear|baby clothes", "clothes"),
    "clothes": ("clothes|clothing|apparel|garment|fashion", "everything"),
    "outerwear": ("outerwear", "clothes"),
    "jacket": ("jacket|parka|anorak", "outerwear"),
    "coat": ("coat|trench|raincoat|overcoat", "outerwear"),
    "vest": ("vest|gilet|waistcoat", "outerwear"),
    "blazer": ("blazer|sport coat", "jacket clothes"),
    "suit": ("suit", "clothes"),
    "knitwear": ("knitwear|knit", "clothes"),
    "sweater": ("sweater|jumper|pullover|cable-knit|hoodie|sweatshirt", "knitwear"),
    "cardigan": ("cardigan", "knitwear sweater"),
    "shirt": ("shirt", "clothes"),
    "t-shirt": ("t-shirt|tee|tee-shirt", "clothes shirt"),
    "polo": ("polo", "shirt"),
    "blouse": ("blouse", "shirt"),
    "dress": ("dress|gown", "clothes"),
    "skirt": ("skirt", "clothes"),
    "pants": ("pants|trousers|slacks", "clothes"),
    "jeans": ("jeans|denims", "pants"),
    "chinos": ("chinos|khakis", "pants"),
    "shorts": ("shorts", "clothes pants"),
    "footwear": ("footwear", "everything"),
    "shoe": ("shoe|sneaker|trainer|loafer|sandal|heels|pumps|slipper", "footwear"),
    "boot": ("boot", "footwear shoe"),
    "accessory": ("accessory|accessories", "everything"),
    "scarf": ("scarf|scarves|shawl", "accessory"),
    "belt": ("belt", "accessory"),
    "sock": ("sock", "accessory basics"),
    "hat": ("hat|cap|beanie", "accessory"),
    "glove": ("glove|mitten", "accessory"),
    "bag": ("bag|handbag|tote|backpack|purse|luggage", "accessory"),
    "jewelry": ("jewelry|jewellery|necklace|earring|bracelet|watch|watches", "accessory"),
    "pajamas": ("pajamas|pyjamas|nightwear|robe", "clothes"),
    "underwear": ("underwear|lingerie|bra", "clothes"),
    "swimwear": ("swimwear|swimsuit|bikini", "clothes"),
    "home": ("homeware|bedding|towels|furniture", ""),
    "gift card": ("gift card|gift voucher|gift certificate", ""),
    "gift wrap": ("gift wrap|gift-wrap|gift wrapping|gift-wrapping|wrapping|gift box", ""),
    "gift": ("gift|present", ""),
    "delivery": ("delivery|deliveries|shipping|postage|ship|ships|express", ""),
    "return": ("return|returning|returned|sending it back", ""),
    "exchange": ("exchange|swap", ""),
    "refund": ("refund|money back", "return"),
    "alteration": ("alteration|altering|tailoring", ""),
    "hem": ("hem|hems|hemming|hemmed", "alteration"),
    "sleeve": ("sleeve", "alteration"),
    "repair": ("repair|mend|mending", ""),
    "zipper": ("zipper", ""),
    "seam": ("seam", ""),
    "button": ("buttons", ""),
    "rewax": ("rewax|rewaxing|rewaxed|wax", ""),
    "guarantee": ("guarantee|warranty", ""),
    "catalog": ("catalog|catalogue", ""),
    "swatch": ("swatch|swatches", ""),
    "personal shopping": ("personal shopping|personal shopper|stylist|styling", ""),
    "advisor": ("advisor|adviser", ""),
    "care kit": ("care kit", ""),
    **{
        material: (material, wider or "material")
        for material, wider in (
            ("cotton", ""), ("wool", ""), ("merino", "wool"), ("lambswool", "wool"), ("tweed", ""),
            ("cashmere", ""), ("silk", ""), ("linen", ""), ("leather", ""), ("suede", "leather"),
            ("polyester", ""), ("nylon", ""), ("elastane", ""), ("viscose", ""), ("polyamide", ""),
            ("bamboo", ""), ("hemp", ""), ("goose down", ""), ("gold-plated", ""),
        )
    },
}  # fmt: skip

MATERIALS = frozenset(name for name in _THINGS if "material" in _THINGS[name][1]) | {
    "merino", "lambswool", "cashmere", "suede",
}  # fmt: skip
"""What things are made of: a percentage is of them, a price is not."""

# Of each row at most one can be meant; a claim about one is none about another.
_RIVALS: tuple[dict[str, str], ...] = (
    {"standard": r"standard", "express": r"express|next[\s-]day|overnight|same[\s-]day"},
    {
        "men": r"men(?:['\u2019]?s|swear)?|gentlemen(?:['\u2019]s)?|for\s+him",
        "women": r"women(?:['\u2019]?s|swear)?|ladies['\u2019]?|for\s+her",
        "children": (
            r"children(?:['\u2019]s|swear)?|kids?(?:['\u2019]s|wear)?|boys['\u2019]?|girls['\u2019]?|baby"
        ),
    },
    {
        "full price": r"full[\s-]price[d]?|regular[\s-]price[d]?",
        "sale": r"sale\s+items?|clearance|reduced|marked[\s-]down",
    },
)  # fmt: skip
_RIVAL_PATTERNS = tuple(
    {name: re.compile(rf"(?<![\w-])(?:{p})(?![\w-])", re.IGNORECASE) for name, p in row.items()}
    for row in _RIVALS
)

_FORMS: dict[str, str] = {}
for _name, (_words, _wider) in _THINGS.items():
    for _word in _words.split("|"):
        _FORMS[_word] = _name


def _pattern() -> re.Pattern[str]:
    forms = sorted(_FORMS, key=len, reverse=True)
    parts = [r"[\s-]+".join(re.escape(word) for word in form.split()) for form in forms]
    return re.compile(
        rf"(?<![\w'\u2019-])(?:{'|'.join(parts)})(?:e?s)?(?![\w])(?!-\w)", re.IGNORECASE
    )


_THING = _pattern()


def things(text: str) -> tuple[tuple[str, int, int], ...]:
    """The things a text names, each with its place.

    Examples:
        >>> [name for name, _, _ in things("Jumpers, gift cards and free shipping")]
        ['sweater', 'gift card', 'delivery']
    """
    return tuple((_thing(m.group()), *m.span()) for m in _THING.finditer(text))


@lru_cache(maxsize=8192)
def named_things(text: str) -> frozenset[str]:
    """The things a text names."""
    return frozenset(name for name, _, _ in things(text))


@lru_cache(maxsize=1024)
def kinds_of(thing: str) -> frozenset[str]:
    """A thing and every wider kind it belongs to.

    Examples:
        >>> sorted(kinds_of("cardigan"))
        ['cardigan', 'clothes', 'everything', 'knitwear', 'sweater']
    """
    found = {thing}
    for wider in _THINGS.get(thing, ("", ""))[1].split():
        found |= kinds_of(wider)
    return frozenset(found)


def rivals(text: str) -> frozenset[str]:
    """Which of several things that exclude each other a text speaks of, such as "express"."""
    return frozenset(name for row in _RIVAL_PATTERNS for name, p in row.items() if p.search(text))


def ruled_out(said: str, approved: str) -> str:
    """What a text says that the approved text excludes: "express" where that is of "standard".

    Examples:
        >>> ruled_out("Express delivery is free", "Standard delivery is free")
        'express'
        >>> ruled_out("Delivery is free", "Standard delivery is free")
        ''
    """
    ours, theirs = rivals(said), rivals(approved)
    for row in _RIVAL_PATTERNS:
        meant, known = ours & row.keys(), theirs & row.keys()
        # A way of delivery has its own price and time, so it has to be named.
        if (known or "express" in row) and meant - known:
            return min(meant - known)
    return ""


def rival_place(text: str, name: str) -> tuple[int, int]:
    """Where a text names one of the things that exclude each other."""
    for row in _RIVAL_PATTERNS:
        match = row[name].search(text) if name in row else None
        if match:
            return match.span()
    return 0, 0


def _thing(form: str) -> str:
    plain = re.sub(r"[\s-]+", " ", form.lower())
    for candidate in (plain, plain.replace(" ", "-")):
        for ending in ("", "s", "es"):
            stem = candidate.removesuffix(ending) if ending else candidate
            if stem in _FORMS:
                return _FORMS[stem]
    return plain
