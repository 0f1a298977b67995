"""Amounts as people write them: digits, number words and fractions, and what they are worth."""

import re
from fractions import Fraction

_SMALL = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_BIG = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}
_PARTS = {
    "half": Fraction(1, 2), "halves": Fraction(1, 2), "third": Fraction(1, 3),
    "quarter": Fraction(1, 4), "fifth": Fraction(1, 5), "tenth": Fraction(1, 10),
}  # fmt: skip
_SIGNS = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4), "⅓": Fraction(1, 3),
          "⅔": Fraction(2, 3)}  # fmt: skip


def _any(words: dict[str, int] | dict[str, Fraction]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_UNDER_100 = rf"(?:(?:{_any(_TENS)})(?:[\s-]+(?:{'|'.join(list(_SMALL)[1:10])}))?|{_any(_SMALL)})"
_GROUP = rf"(?:{_UNDER_100}|an?|{_DIGITS})(?:[\s-]+(?:{_any(_BIG)})){{1,2}}"
_WORDS = rf"(?:{_GROUP}(?:\s+{_GROUP}){{0,3}}(?:\s+(?:and\s+)?{_UNDER_100})?|{_UNDER_100})"
_PART = r"(?:half|thirds?|quarters?|fifths?|tenths?)"
_FRACTION = (
    rf"(?:(?:{_DIGITS}|{_UNDER_100})\s+and\s+an?\s+(?:half|quarter|third)"
    rf"|(?:an?|one|two|three|four)[\s-]+{_PART}|half)"
)

#: One amount, as the inside of a larger pattern; compile with IGNORECASE.
AMOUNT = rf"(?<![\w.,])(?:{_FRACTION}|{_WORDS}|\d*[½¼¾⅓⅔]|{_DIGITS})(?![\w½¼¾⅓⅔])"
#: An amount in digits that a letter may follow, such as the 30 of "30cm".
DIGITS = rf"(?<![\w.,]){_DIGITS}"

_TOKEN = re.compile(rf"{_DIGITS}|[a-z]+|[½¼¾⅓⅔]", re.IGNORECASE)


def worth(amount: str) -> Fraction:
    """What an amount is worth; the text is one that AMOUNT or DIGITS matches.

    Examples:
        >>> [str(worth(a)) for a in ("1,200", "twenty-five", "a hundred and two", "two thirds")]
        ['1200', '25', '102', '2/3']
        >>> str(worth("one and a half")), str(worth("2½")), str(worth("half"))
        ('3/2', '5/2', '1/2')
    """
    total, group = Fraction(0), Fraction(0)
    for word in _TOKEN.findall(amount.lower()):
        part = _PARTS.get(word) or _PARTS.get(word.removesuffix("s"))
        if word in _BIG:
            group = (group or Fraction(1)) * _BIG[word]
            if word != "hundred":
                total, group = total + group, Fraction(0)
        elif part is not None:
            group = total + group + part if " and " in amount.lower() else (group or 1) * part
            total = Fraction(0)
        else:
            group += _plain(word)
    return total + group


def written(value: Fraction) -> str:
    """A value as one canonical text: "5", "1.5", "1/3".

    Examples:
        >>> written(Fraction(5)), written(Fraction(3, 2)), written(Fraction(1, 3))
        ('5', '1.5', '1/3')
    """
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return str(value)
    places = value.denominator.bit_length()
    digits = f"{value.numerator * 10**places // value.denominator:0{places + 1}d}"
    return f"{digits[:-places]}.{digits[-places:]}".rstrip("0")


def _plain(word: str) -> Fraction:
    if word in _SIGNS:
        return _SIGNS[word]
    if word in _SMALL or word in _TENS:
        return Fraction(_SMALL.get(word, _TENS.get(word, 0)))
    return Fraction(word.replace(",", "")) if word[0].isdigit() else Fraction(0)
