"""Merge fields: the columns of a data set that a message may take a word from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.entities import html5

from core.models.customers import Column, ColumnKind, ColumnRole

FIRST_NAME = "first_name"
#: The most characters of a value that a message shows.
LONGEST_VALUE = 80
# What a browser reads as one sign, such as &amp; or &copy: of some senders nobody says whether they
# escape values in HTML, and without these it makes no difference.
_REFERENCES = "|".join(sorted(name for name in html5 if not name.endswith(";")))
#: What no value shown to a customer holds: markup, braces, addresses, signs that cannot be seen.
#: Written so that Python and DuckDB read it alike.
UNUSABLE = (
    r"[{}<>\[\]|\\\x00-\x1f\x7f]|\*\||%%|://|(?i:www\.)"
    rf"|&(?:#|[A-Za-z][A-Za-z0-9]*;|{_REFERENCES})"
)

_FIRST_NAMES = frozenset(
    {"first_name", "firstname", "forename", "given_name", "givenname", "vorname", "prenom"}
)


@dataclass(frozen=True, slots=True)
class MergeField:
    """What a message may name, and the column of the data set its values come from.

    Of the `customers` of the segment, `missing` have no value that can be shown.
    """

    name: str
    column: str
    kind: ColumnKind = ColumnKind.TEXT
    customers: int = 0
    missing: int = 0

    @property
    def known_for_all(self) -> bool:
        """Whether a message may do without a default."""
        return self.customers > 0 and self.missing == 0


def merge_fields(columns: Iterable[Column]) -> tuple[MergeField, ...]:
    """The fields that messages to these customers may use: a first name, what is mentionable.

    The first of two columns that would have the same name is meant. Nobody is counted yet.
    """
    found: dict[str, MergeField] = {}
    for column in columns:
        name = _name(column.name)
        if column.role is ColumnRole.PERSONAL and name in _FIRST_NAMES:
            name = FIRST_NAME
        elif not (column.mentionable and column.in_rules):
            continue
        if name:
            found.setdefault(name, MergeField(name, column.name, column.kind))
    return tuple(found.values())


def usable(value: object) -> str | None:
    """A value as a message shows it; None when it cannot be shown and a default takes its place."""
    text = re.sub(r"[ \t\r\n\f\v]+", " ", str(value if value is not None else "")).strip(" ")
    shown = 0 < len(text) <= LONGEST_VALUE and not re.search(UNUSABLE, text)
    return text if shown else None


def _name(column: str) -> str:
    """The column's name as it is written in a message; empty where none can be made of it."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column).lower()
    name = re.sub(r"[^a-z0-9]+", "_", spaced).strip("_")
    return name if name[:1].isalpha() else ""
