"""Dates as people write them, and the SQL that reads them; 3/4/2025 is decided by its column."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

_TIME = (
    "([ T]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?[AaPp][Mm])?"
    "( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?)?$"
)
_PATTERNS = {
    "iso": f"^[0-9]{{4}}[-/][0-9]{{1,2}}[-/][0-9]{{1,2}}{_TIME}",
    "slashed": f"^[0-9]{{1,2}}[/-][0-9]{{1,2}}[/-][0-9]{{4}}{_TIME}",
    "dotted": f"^[0-9]{{1,2}}[.][0-9]{{1,2}}[.][0-9]{{4}}{_TIME}",
    "day_named": f"^[0-9]{{1,2}}[ -][A-Za-z]{{3,9}}[ -][0-9]{{4}}{_TIME}",
    "month_named": f"^[A-Za-z]{{3,9}} [0-9]{{1,2}},? [0-9]{{4}}{_TIME}",
    "compact": "^(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])$",
}


class DayOrder(StrEnum):
    """Which comes first where both are numbers between slashes."""

    DAY_FIRST = "%d/%m/%Y"
    MONTH_FIRST = "%m/%d/%Y"


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How the dates of a column are read: its styles, the order of slashes, what to say of it."""

    order: DayOrder = DayOrder.DAY_FIRST
    note: str | None = None
    styles: tuple[str, ...] = tuple(_PATTERNS)

    def value(self, field: str) -> str:
        """SQL of the date in a field; null where there is none."""
        return date_in(field, self.order, self.styles)


def date_in(value: str, order: DayOrder, styles: Iterable[str] = tuple(_PATTERNS)) -> str:
    """SQL of the date in a text written in any of the styles; else null."""
    start = f"regexp_extract({value}, '^[^:]*[0-9]{{4}}')"
    parsers = {
        "iso": f"TRY_CAST(replace(regexp_extract({value}, '^[0-9/-]+'), '/', '-') AS DATE)",
        "slashed": _parsed(f"replace(regexp_extract({value}, '^[0-9/-]+'), '-', '/')", order),
        "dotted": _parsed(f"regexp_extract({value}, '^[0-9.]+')", "%d.%m.%Y"),
        "day_named": _named(f"replace({start}, '-', ' ')"),
        "month_named": _named(f"regexp_replace({start}, '^([A-Za-z]+) ([0-9]+),? ', '\\2 \\1 ')"),
        "compact": _parsed(value, "%Y%m%d"),
    }
    whens = " ".join(
        f"WHEN regexp_matches({value}, '{_PATTERNS[style]}') THEN {parsers[style]}"
        for style in styles
    )
    return f"CASE {whens} END"


def _parsed(text: str, pattern: str) -> str:
    return f"CAST(try_strptime({text}, '{pattern}') AS DATE)"


def _named(text: str) -> str:
    return f"coalesce({_parsed(text, '%d %b %Y')}, {_parsed(text, '%d %B %Y')})"


COUNTED = {
    "day_first": "df IS NOT NULL",
    "month_first": "mf IS NOT NULL",
    "either": "df IS NOT NULL AND mf IS NOT NULL AND df <> mf",
    **{style: f"regexp_matches(v, '{pattern}')" for style, pattern in _PATTERNS.items()},
}
"""What is counted of the values of a column: v as it stands, df and mf its date in either order."""


def date_style(name: str, found: Mapping[str, int], values: int) -> DateStyle | None:
    """The style in which all values of a column are dates, or None.

    Raises:
        UndecidedOrder: all are dates in both orders, and not the same ones.
    """
    if not values or (found["compact"] == values and values == 1):
        return None
    if found["slashed"] and found["day_first"] == found["month_first"] == values:
        if found["either"]:
            raise UndecidedOrder(name)
        return DateStyle()
    note = f"{name} holds dates with the {{}} first, such as {{}}."
    styles = tuple(style for style in _PATTERNS if found[style])
    if found["day_first"] == values:
        said = note.format("day", "31/12/2025") if found["slashed"] else None
        return DateStyle(DayOrder.DAY_FIRST, said, styles)
    if found["month_first"] == values:
        return DateStyle(DayOrder.MONTH_FIRST, note.format("month", "12/31/2025"), styles)
    return None


class UndecidedOrder(Exception):
    """Nothing in the column tells the day from the month; the message says what to do."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is kept as text: nothing tells whether 3/4/2025 is in March or in April; "
            "write its dates as 2025-12-31."
        )
