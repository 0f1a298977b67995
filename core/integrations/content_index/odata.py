"""Filters in OData, as a search service reads them; every value stands as a literal."""

from collections.abc import Collection

# One of these stands between the values of a list: the first that is in none of them.
_SEPARATORS = ("|", ",", ";", "\x1f", "\x1e", "\x1d")


def literal(value: str) -> str:
    """A text as a literal: in quotes, and a quote in it doubled.

    Examples:
        >>> literal("men's")
        "'men''s'"
    """
    return "'" + value.replace("'", "''") + "'"


def equals(field: str, value: str) -> str:
    """Documents whose field is exactly this."""
    return f"{field} eq {literal(value)}"


def after(field: str, value: str) -> str:
    """Documents whose field comes after this in the order of texts."""
    return f"{field} gt {literal(value)}"


def any_of(field: str, values: Collection[str]) -> str:
    """Documents whose field is one of these; thousands are fine, where `or` allows hundreds.

    Examples:
        >>> any_of("document_id", ["b", "a"])
        "search.in(document_id, 'a|b', '|')"
    """
    wanted = sorted(set(values))
    separator = next((s for s in _SEPARATORS if not any(s in value for value in wanted)), "")
    if not separator:
        return " or ".join(equals(field, value) for value in wanted)
    return f"search.in({field}, {literal(separator.join(wanted))}, {literal(separator)})"


def both(*filters: str) -> str:
    """Documents that all of the filters let through; empty ones do not count."""
    said = [each for each in filters if each]
    return said[0] if len(said) == 1 else " and ".join(f"({each})" for each in said)
