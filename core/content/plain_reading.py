"""A text as a reader takes it in: look-alike and invisible characters undone, places kept.

Full-width digits, a zero-width space inside "25 %" and a Cyrillic letter inside "KNIT20" change
nothing about what a customer reads. Claims are looked for in the plain reading and reported where
they stand in the text as it was written.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LOOK_ALIKES = str.maketrans(
    "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423"
    "\u0425\u0430\u0441\u0435\u043e\u0440\u0443\u0445\u0456\u0455\u0458\u0501\u04bb\u0391"
    "\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf"
    "\u2010\u2011\u2012\u2212",
    "ABESIJKMHOPCTYXaceopyxisjdhABEZHIKMNOPTYXo----",
)
_LETTER_O = re.compile(r"(?<=\d)[oO](?=[\d\s%.,]|$)")
_LETTER_L = re.compile(r"(?<=[\d$£€])[lI](?=[\d\s%.,]|$)|(?<!\w)[lI](?=\d+\s?(?:%|per))")


@dataclass(frozen=True, slots=True)
class Reading:
    """The plain text and, for each of its characters, where it begins and ends in the source."""

    text: str
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the plain text stands in the source."""
        if self.starts is None or self.ends is None or start >= end:
            return start, end
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=8192)
def plain_reading(text: str) -> Reading:
    r"""The plain reading of a text.

    Examples:
        >>> shown = "Save 2\u200b5 \uff05"
        >>> plain_reading(shown).text, plain_reading(shown).place(5, 9)
        ('Save 25 %', (5, 10))
    """
    if text.isascii():
        return Reading(_digits_meant(text))
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for index, character in enumerate(text):
        for plain in _plain(character):
            characters.append(plain)
            starts.append(index)
            ends.append(index + 1)
    return Reading(_digits_meant("".join(characters)), tuple(starts), tuple(ends))


def _plain(character: str) -> str:
    if character.isascii():
        return character
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    plain = unicodedata.normalize("NFKC", character).translate(_LOOK_ALIKES)
    # A fraction such as one half falls apart into digits; the amounts know it as it is.
    return character if "\u2044" in plain else plain


def _digits_meant(text: str) -> str:
    return _LETTER_L.sub("1", _LETTER_O.sub("0", text))
