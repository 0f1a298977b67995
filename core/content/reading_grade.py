"""How many years of school an English text asks of its reader."""

import re

from core.content.sentences import sentences

# Below that many words one long word decides, and the grade says nothing.
FEWEST_WORDS = 30

_WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)?")
_VOWELS = re.compile(r"[aeiouy]+")
# Written vowels that are not spoken: a final e ("made", "clothes"), -ed after most letters.
_SILENT = re.compile(r"(?<=[^aeiouyl])es?$|(?<=[aeiou][lr])es?$|(?<=[^aeioutd])ed$")
# Two vowels side by side that are two syllables: "idea", "giant", "radio", "being", "really".
_TWO = re.compile(r"i[aou](?!u)|[aeu]ing|eo(?!u|p)|ea$|(?<=cr)ea|iet|uel|(?<=[^qg])ua|uou")
_ONE = re.compile(r"(?:[ct]ia|[csgtx]io|geo)")
# Endings whose e is spoken although it is written like a silent one: "dresses", "changes".
_SPOKEN = re.compile(r"(?:[sxz]|ch|sh|[cg])es$|(?:[td]|[^aeiou]l)e[ds]$")


def syllables(word: str) -> int:
    """The spoken syllables of an English word, by rules; right for about nine words in ten.

    Examples:
        >>> [syllables(w) for w in ("made", "sweater", "dresses", "delivery", "table", "idea")]
        [1, 2, 2, 4, 2, 3]
    """
    plain = re.sub(r"['\u2019].*", "", word.lower())
    spoken = plain if _SPOKEN.search(plain) else _SILENT.sub("", plain)
    two = len(_TWO.findall(spoken)) - len(_ONE.findall(spoken))
    return max(1, len(_VOWELS.findall(spoken)) + max(0, two))


def reading_grade(text: str) -> float | None:
    """The Flesch-Kincaid grade level, or None for a text too short to have one.

    0.39 words per sentence + 11.8 syllables per word - 15.59. Figures count as one short word.

    Reference:
        Kincaid, Fishburne, Rogers and Chissom (1975), "Derivation of new readability formulas
        for Navy enlisted personnel", Research Branch Report 8-75.

    Examples:
        >>> round(reading_grade("The cat sat on the mat and it was warm. " * 4), 1)
        0.1
        >>> reading_grade("A short note.") is None
        True
    """
    counted = [_WORD.findall(s.text) for s in sentences(text)]
    counted = [words for words in counted if words]
    words = [word for each in counted for word in each]
    if len(words) < FEWEST_WORDS:
        return None
    spoken = sum(syllables(word) for word in words)
    return 0.39 * len(words) / len(counted) + 11.8 * spoken / len(words) - 15.59
