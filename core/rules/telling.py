"""Whether everybody in a group of customers may be told what a rule reserves for some."""

from collections.abc import Callable, Sequence

from core.errors import BadInput
from core.models.customers import EVERYONE, Truth
from core.rules.parsing import parse

Audience = Callable[[str], Truth] | None
"""For how many customers of a segment a rule holds; None when no segment is meant."""


def for_everyone(rule: str) -> bool:
    """Whether the rule reserves nothing."""
    return rule.strip().lower() in {"", EVERYONE}


def why_not_told(rule: str, audience: Audience) -> str:
    """Why this audience may not be told what is meant for the rule's customers, or nothing."""
    if for_everyone(rule):
        return ""
    if audience is None:
        return f"only for customers with {rule}; name a segment to search for it"
    try:
        columns = sorted(parse(rule).columns())
    except BadInput as error:
        return f"audience cannot be checked: {error}"
    missing = [column for column in columns if _is_missing(column, audience)]
    return _counted(audience(rule), missing)


def _counted(truth: Truth, missing: Sequence[str]) -> str:
    if truth.always:
        return ""
    if missing:
        noun = "columns" if len(missing) > 1 else "column"
        return f"audience cannot be checked: this data has no {noun} {', '.join(missing)}"
    everybody = truth.true + truth.false + truth.unknown
    reason = f"audience: true for {truth.true:,} of {everybody:,} customers of the segment"
    return f"{reason}, unknown for {truth.unknown:,}" if truth.unknown else reason


def _is_missing(column: str, audience: Callable[[str], Truth]) -> bool:
    # Whether a value is missing is known for every customer unless there is no such column.
    truth = audience(f'"{column}" is missing')
    return truth.unknown > 0 and truth.true == truth.false == 0
