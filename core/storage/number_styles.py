"""Numbers as people write them: 1234.56, 1,234.56, 1.234,56, 1 234,56 and $1,234.56."""

from collections.abc import Mapping
from dataclasses import dataclass

_SPACES = " \u00a0\u202f'\u2019"
_GROUPED = f"^[+-]?[0-9]{{1,3}}([{_SPACES}][0-9]{{3}})+([.,][0-9]+)?$".replace("'", "''")
_CURRENCY = "^([+-]?)[€$£¥] ?|[ \u00a0]?[€$£¥]$"
_POINT = "^[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)([.][0-9]+)?$"
_COMMA = "^[+-]?([0-9]{1,3}([.][0-9]{3})+|[0-9]+)(,[0-9]+)?$"
# Post codes and numbers of articles begin with a zero; they are no amounts.
_LEADING_ZERO = "^[+-]?0[0-9]"
_EXACT = 9007199254740992


def bare(value: str) -> str:
    """SQL of a text without the sign of a currency and without spaces between thousands."""
    unsigned = f"regexp_replace({value}, '{_CURRENCY}', '\\1', 'g')"
    spaces = _SPACES.replace("'", "''")
    return (
        f"CASE WHEN regexp_matches({unsigned}, '{_GROUPED}') "
        f"THEN translate({unsigned}, '{spaces}', '') ELSE {unsigned} END"
    )


def plain(value: str) -> str:
    """SQL for whether a text is a number as programs write it."""
    return (
        f"(abs(TRY_CAST({value} AS DOUBLE)) < {_EXACT} AND NOT contains({value}, '_') "
        f"AND NOT regexp_matches({value}, '{_LEADING_ZERO}'))"
    )


def with_point(value: str) -> str:
    """SQL of the number in a text whose thousands may be parted by commas; else null."""
    return _guarded(value, _POINT, f"replace({value}, ',', '')")


def with_comma(value: str) -> str:
    """SQL of the number in a text with a decimal comma; else null."""
    return _guarded(value, _COMMA, f"replace(replace({value}, '.', ''), ',', '.')")


def _guarded(value: str, pattern: str, rewritten: str) -> str:
    return (
        f"CASE WHEN regexp_matches({value}, '{pattern}') "
        f"AND NOT regexp_matches({value}, '{_LEADING_ZERO}') "
        f"AND abs(TRY_CAST({rewritten} AS DOUBLE)) < {_EXACT} "
        f"THEN TRY_CAST({rewritten} AS DOUBLE) END"
    )


COUNTED = {
    "plain": "q",
    "point": "p IS NOT NULL",
    "comma": "k IS NOT NULL",
    "sure_point": "p IS NOT NULL AND k IS NULL AND regexp_matches(b, '[.,]')",
    "sure_comma": "k IS NOT NULL AND p IS NULL",
    "grouped_point": "p IS NOT NULL AND contains(b, ',')",
    "whole_plain": "q AND TRY_CAST(b AS DOUBLE) = floor(TRY_CAST(b AS DOUBLE))",
    "whole_point": "p = floor(p)",
    "whole_comma": "k = floor(k)",
    "dressed": "b <> v",
}
"""What is counted of the values of a column: v as it stands, b bare (q: a plain number), and p and
k its numbers with a decimal point and comma."""


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """One way to write a number: its SQL for a value, and which counts speak of it.

    `decimal` None is how programs write numbers; only that one knows exponents.
    """

    decimal: str | None
    counted: str
    whole: str

    def value(self, field: str, *, dressed: bool) -> str:
        """SQL of the number in a field; null where there is none."""
        text = bare(field) if dressed else field
        if self.decimal is None:
            return f"TRY_CAST({text} AS DOUBLE)"
        return with_comma(text) if self.decimal == "," else with_point(text)


_PLAIN = NumberStyle(None, "plain", "whole_plain")
_BY_DECIMAL = {
    ".": NumberStyle(".", "point", "whole_point"),
    ",": NumberStyle(",", "comma", "whole_comma"),
}


def number_style(found: Mapping[str, int], decimal: str | None, *, hint: str | None) -> NumberStyle:
    """The style most values of a column fit; where both do, the chosen decimal, then the hint.

    A value such as 1,234 or 1.234 fits both styles. `hint` is what other columns of the file use.
    """
    if decimal is not None:
        chosen = _BY_DECIMAL[decimal]
        return chosen if found[chosen.counted] or not found["plain"] else _PLAIN
    if found["sure_comma"] > found["sure_point"]:
        return _BY_DECIMAL[","]
    if found["grouped_point"] or found["comma"] > found["plain"]:
        ambiguous = not found["sure_point"] and not found["sure_comma"]
        return _BY_DECIMAL[(hint or ".") if ambiguous else "."]
    if hint == "," and not found["sure_point"] and found["comma"] >= found["plain"] > 0:
        return _BY_DECIMAL[","]
    return _PLAIN


def says(name: str, style: NumberStyle, found: Mapping[str, int]) -> str | None:
    """What is worth saying about how the numbers of a column were read."""
    if style.decimal == "," and found["comma"] > found["whole_plain"]:
        return f"{name} has a decimal comma: 1.234,56 was read as 1234.56."
    if style.decimal == "." and found["grouped_point"]:
        return f"{name} has commas between thousands: 1,234.56 was read as 1234.56."
    return None
