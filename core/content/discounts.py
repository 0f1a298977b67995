"""The largest discount a text states, in percent; when in doubt it is taken for one."""

import re
from collections.abc import Iterable
from fractions import Fraction

from core.content.quantities import AMOUNT, worth
from core.content.sentences import sentences

_PERCENT = re.compile(rf"({AMOUNT})\s*(?:%|per\s?cent\b|percent\b)", re.IGNORECASE)
# Words by which a sentence speaks of money that is saved; a share of cotton has none of them.
_SAVING = re.compile(
    r"\b(?:off|discount\w*|sav(?:e|es|ed|ing|ings)|reduc\w+|rebate\w*|sale|less|cheaper|"
    r"price[sd]?|deal\w*|offer\w*|code|coupon\w*|voucher\w*|markdown\w*|marked\s+down)\b",
    re.IGNORECASE,
)
_HALF = re.compile(
    r"\b(?:half[\s-]+(?:price|off)|half\s+(?:of\s+)?the\s+price|buy\s+one,?\s+get\s+one|"
    r"two\s+for\s+(?:the\s+price\s+of\s+)?one|2[\s-]+for[\s-]+1|bogo)\b",
    re.IGNORECASE,
)
_FIFTY = 50.0
_ALL = 100


def largest_discount(texts: Iterable[str]) -> float:
    """The largest discount the texts state, in percent; 0 when they state none.

    Examples:
        >>> largest_discount(["Take thirty percent off until Friday.", "Made of 80 % cotton."])
        30.0
        >>> largest_discount(["Two coats at half price."])
        50.0
    """
    return max((_discount(s.text) for text in texts for s in sentences(text)), default=0.0)


def _discount(sentence: str) -> float:
    half = _FIFTY if _HALF.search(sentence) else 0.0
    if not _SAVING.search(sentence):
        return half
    stated = [worth(found.group(1)) for found in _PERCENT.finditer(sentence)]
    shares = [float(value) for value in stated if Fraction(0) < value <= _ALL]
    return max([half, *shares])
