"""Text that people wrote, in a form that can be set on paper."""

import unicodedata

# Control, private, surrogate and unassigned characters have no picture; the marks that turn the
# reading direction can make a text say something else.
_UNPRINTABLE = frozenset({"Cc", "Cn", "Co", "Cs"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONGEST = 700


def printable(text: str, *, longest: int = _LONGEST) -> str:
    r"""The text in one paragraph, without what cannot be set, shortened where it is very long.

    Examples:
        >>> printable("a\x00b\n\u202ec")
        'ab c'
    """
    kept = "".join(_shown(character) for character in text).strip()
    return kept if len(kept) <= longest else kept[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    hidden = unicodedata.category(character) in _UNPRINTABLE or character in _TURNING
    return "" if hidden else character
